# `./dev package`: a Debian package of everything that a program needs, to build with it and to run it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME weir)
set(CPACK_PACKAGE_CONTACT "Weir <weir@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "stream processing for C++20 with a log of its own")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # what the programs in it need to run
# What a program needs that is compiled and linked with it. Recommended, so that a machine that only runs programs may
# go without (apt-get install --no-install-recommends).
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "cmake, g++ (>= 4:12)")
file(STRINGS ${PROJECT_SOURCE_DIR}/packages.txt packages)
foreach(package IN LISTS packages)
  if(package MATCHES "^(lib[^ ]*-dev|zlib1g-dev|pkg-config)$" AND NOT package MATCHES "gtest|gmock|benchmark|rapidcheck|cli11|range-v3|xxhash|boost")
    string(APPEND CPACK_DEBIAN_PACKAGE_RECOMMENDS ", ${package}")
  endif()
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/copyright "Weir, under the Apache License, Version 2.0.\nThe licence's text is in /usr/share/common-licenses/Apache-2.0.\n")

set(documents ${CMAKE_INSTALL_DATADIR}/doc/weir)
install(FILES README.md DESTINATION ${documents})
install(FILES ${PROJECT_BINARY_DIR}/copyright DESTINATION ${documents})
install(DIRECTORY docs DESTINATION ${documents})
install(DIRECTORY examples DESTINATION ${documents})
install(FILES cmake/protobuf.cmake DESTINATION ${documents}/cmake)  # which they include
install(PROGRAMS $<TARGET_FILE:card_fraud> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME weir-demo)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # what goes into it is built, not all that there is
include(CPack)
