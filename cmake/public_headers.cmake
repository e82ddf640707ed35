# A user writes #include <weir/streams.h>, <weir/log.h>, <weir/connect.h>, <weir/text_patterns.h>, and in tests
# <weir/testing.h>: the same line in this tree and with the installed package. Here they are one-line headers in the build folder.
set(WEIR_PUBLIC_HEADERS log/log.h streams/streams.h streams/testing.h streams/text_patterns.h streams/pattern_rules.h connect/connect.h)
foreach(header IN LISTS WEIR_PUBLIC_HEADERS)
  cmake_path(GET header FILENAME name)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/include/weir/${name} CONTENT "#pragma once\n#include \"${header}\"\n" @ONLY)
endforeach()
