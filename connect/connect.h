// Everything a program that brings data in and takes it out includes: the file connectors and the contracts of others,
// `run_source_until_end` and `run_sink_until_end` for one of them inside an application, `run_connectors` for many.
#pragma once

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/contracts/sink.h"
#include "connect/contracts/source.h"
#include "connect/run.h"
#include "connect/runtime/connector.h"
#include "connect/runtime/run_connectors.h"
