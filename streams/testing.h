// What a program's tests include: the TestDriver, which runs a topology without a log, threads or the clock.
#pragma once

#include "streams/runtime/testing/test_driver.h"
