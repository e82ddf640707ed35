// Everything a program that processes streams includes.
#pragma once

#include "streams/app.h"
#include "streams/describe_option.h"
#include "streams/dsl/builder.h"
#include "streams/dsl/json.h"
#include "streams/run_program.h"
