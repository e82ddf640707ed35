// Everything a program that processes streams includes.
#pragma once
