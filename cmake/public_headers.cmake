# A user writes #include <weir/streams.h>, <weir/log.h>, <weir/connect.h> - the same line in this tree and with the
# installed package. Here they are one-line headers in the build folder.
foreach(name IN ITEMS log streams connect)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/include/weir/${name}.h
       CONTENT "#pragma once\n#include \"${name}/${name}.h\"\n" @ONLY)
endforeach()
