// weir: one binary, a noun and a verb.
#include "cli/commands.h"

int main(int argc, char** argv) {
  return weir::cli::run(argc, argv);
}
