// Everything a program includes that has patterns of events as text.
#pragma once

#include "streams/dsl/text_pattern.h"
