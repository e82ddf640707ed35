// run_program: the whole main of a program that runs one topology.
//
//   int main(int argc, char** argv) {
//     return ws::run_program(argc, argv, topology, "data", {.application_id = "word-count"});
//   }
#pragma once

#include <functional>
#include <string>

#include "streams/app.h"
#include "streams/topology/topology.h"

namespace weir::streams {

// Opens, or creates, the log in `directory` and runs there what `topology` gives until SIGINT or SIGTERM; or shows it,
// if the arguments ask for that (describe_if_asked). They may also say where the log is:
//
//   --data DIR                          in another directory
//   --listen ADDRESS                    others reach it too, while the program runs (log::OpenOptions::listen);
//   repeatable
//   --bootstrap SERVERS --state DIR     elsewhere, and where this instance keeps its state
//   --help                              shows these
//
// Gives the exit status: 0; 1 once what is wrong was said on standard error, an exception included; 2 for arguments
// that it does not know, by name.
int run_program(int argc, const char* const* argv, const std::function<Topology()>& topology,
                const std::string& directory, AppOptions options);

}  // namespace weir::streams
