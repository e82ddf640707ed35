# The package: the library, the weir program, what find_package(weir) reads, and the headers. Inside the tree a header
# is included from the root ("log/base/bytes.h"); installed, everything lies under include/weir and every such include
# is rewritten to match ("weir/log/base/bytes.h"), so that nothing of ours can be mistaken for a user's file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS weir EXPORT weir_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT weir_targets NAMESPACE weir:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
configure_package_config_file(cmake/weir-config.cmake.in ${PROJECT_BINARY_DIR}/weir-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weir-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weir-config.cmake ${PROJECT_BINARY_DIR}/weir-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/weir)

install(CODE "
  set(from \"${PROJECT_SOURCE_DIR}\")
  set(to \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/weir\")
  file(GLOB_RECURSE headers RELATIVE \"\${from}\" \"\${from}/log/*.h\" \"\${from}/streams/*.h\" \"\${from}/connect/*.h\")
  foreach(header IN LISTS headers)
    file(READ \"\${from}/\${header}\" text)
    string(REGEX REPLACE \"#include \\\"(log|streams|connect)/\" \"#include \\\"weir/\\\\1/\" text \"\${text}\")
    file(WRITE \"\${to}/\${header}\" \"\${text}\")
  endforeach()
  foreach(name log streams connect)
    file(WRITE \"\${to}/\${name}.h\" \"#pragma once\\n#include \\\"weir/\${name}/\${name}.h\\\"\\n\")
  endforeach()
  message(STATUS \"Installed: headers under \${to}\")
")
