// A log over files in memory that listens, and clients by sockets of the system.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "tests/log/net/raw_client.h"

namespace weir::log {

class ServedLog : public testing::Test {
 protected:
  Result<Client> open_served(ServeOptions serve = {}, std::vector<std::string> listen = {"127.0.0.1:0"}) {
    serve.stop_within = Millis(10);
    return open("log", {.durability = Durability::os, .files = &files, .listen = std::move(listen), .serve = serve});
  }
  static net::RawClient raw(const Client& client, std::size_t listener = 0) {
    return net::RawClient(*HostPort::parse(listening_on(client).at(listener)));
  }

  MemoryFileSystem files;
};

}  // namespace weir::log
