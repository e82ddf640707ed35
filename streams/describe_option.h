// describe_if_asked: what lets any program show its topology, before it opens or parses anything:
//
//   int main(int argc, char** argv) {
//     if (streams::describe_if_asked(argc, argv, topology())) return 0;
#pragma once

#include "streams/topology/topology.h"

namespace weir::streams {

// If the command line has `--describe` (text), `--describe=json` or `--describe=mermaid`: prints the topology so to
// standard output. True if it did. Another form than these is printed as text, with a note on standard error.
bool describe_if_asked(int argc, const char* const* argv, const Topology& topology);

}  // namespace weir::streams
