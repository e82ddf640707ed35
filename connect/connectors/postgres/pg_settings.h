// The settings by which every connector to PostgreSQL finds its server.
#pragma once

#include <array>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/settings/settings.h"

namespace weir::connect {

inline constexpr auto kPgSettings = std::to_array<Setting>({
    {.name = "connection",
     .presence = Presence::required,
     .meaning = "where the database is, as libpq reads it: postgresql://user@host/db, or host=... dbname=... user=..."},
    {.name = "password", .meaning = "of its user, so that it need not stand in `connection`", .secret = Secret::yes},
    {.name = "connection.timeout.ms",
     .type = SettingType::integer,
     .otherwise = "10000",
     .least = 1,
     .most = 600'000,
     .meaning = "how long to wait for a connection; then it is an outage, which is tried again"},
});

inline PgOptions pg_options(const Settings& settings) {
  return {.connection = settings.text("connection"),
          .password = settings.text("password"),
          .connect_timeout = Millis(settings.integer("connection.timeout.ms"))};
}

}  // namespace weir::connect
