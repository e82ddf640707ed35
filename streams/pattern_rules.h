// Everything a program includes whose patterns come as data: rules of a topic.
#pragma once

#include "streams/dsl/pattern_rules.h"
