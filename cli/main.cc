// weir: one binary, a noun and a verb.
#include "cli/run.h"

int main(int argc, char** argv) {
  return weir::cli::run(argc, argv);
}
