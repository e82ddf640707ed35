find_package(Threads REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)  # Asio: headers only, nothing to link
find_package(PkgConfig REQUIRED)
pkg_check_modules(HIREDIS REQUIRED hiredis)
pkg_check_modules(LIBPQ REQUIRED libpq)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(MOSQUITTO REQUIRED libmosquitto)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SNAPPY REQUIRED IMPORTED_TARGET snappy)
pkg_check_modules(SQLITE3 REQUIRED sqlite3)

set(WEIR_PRIVATE_DEPENDENCIES
  Threads::Threads RocksDB::rocksdb-shared protobuf::libprotobuf OpenSSL::SSL ZLIB::ZLIB fmt::fmt
  simdjson::simdjson spdlog::spdlog yaml-cpp PkgConfig::LZ4 PkgConfig::ZSTD PkgConfig::SNAPPY
  PkgConfig::RE2
  hiredis mosquitto pq sqlite3)  # by name: their headers are found as <postgresql/libpq-fe.h>
