// Everything a program that writes connectors includes.
#pragma once
