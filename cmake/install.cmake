# The package: the library, the weir program, what find_package(weir) reads, and the headers that a user's file sees.
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
  set(FROM \"${PROJECT_SOURCE_DIR}\")
  set(TO \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")
  set(HEADERS \"${WEIR_PUBLIC_HEADERS}\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake\")
")
