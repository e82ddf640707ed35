// PgConnection: one connection to PostgreSQL by libpq, and what its errors are for a connector (contracts/failure.h),
// by their SQLSTATE.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

struct pg_conn;
struct pg_result;

namespace weir::connect {

struct PgOptions {
  std::string connection{};  // keywords or a URI, as libpq reads them (PostgreSQL's manual, 34.1.1)
  std::string password{};    // beside it, so that it need not stand in it
  std::string time_zone = "UTC";
  Millis connect_timeout{10'000};
};

// What the code of an error is here: `unavailable` for outages and for what another try may pass, `invalid_record` for
// what a row holds, `permission_denied` for credentials and rights, `no_space`, else `invalid_config`.
ErrorCode code_of_sqlstate(std::string_view sqlstate);

class PgResult {
 public:
  explicit PgResult(pg_result* result) : result_(result) {}

  int rows() const;
  int columns() const;
  std::optional<std::string_view> text(int row, int column) const;  // nullopt: null
  std::string_view name(int column) const;
  std::uint32_t type(int column) const;  // its OID
  std::int32_t modifier(int column) const;
  std::uint64_t changed() const;  // rows

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

enum class PgPurpose { queries, replication };

// One owner thread. Every wait for the server ends: by the time-out of the connection, or as TCP finds it gone.
class PgConnection {
 public:
  static Result<std::unique_ptr<PgConnection>> open(const PgOptions& options, PgPurpose purpose = PgPurpose::queries);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Statements, and the result of the last of them.
  Result<PgResult> run(const std::string& sql);
  // One statement with parameters as text; nullopt is null.
  Result<PgResult> run(const std::string& sql, std::span<const std::optional<std::string>> parameters);
  // COPY .. FROM STDIN with these rows, in its text format.
  Result<> copy_in(const std::string& sql, Bytes rows);

  // START_REPLICATION, and what comes then: the next message that is there within the time, nullopt if none is; the
  // bytes live until the next call. unavailable: the server ended the stream.
  Result<> start_copy_both(const std::string& command);
  Result<std::optional<Bytes>> next_copy_data(Millis patience);
  Result<> send_copy_data(Bytes message);

  std::string database() const;

 private:
  explicit PgConnection(pg_conn* connection) : connection_(connection) {}

  Error error_of(const pg_result* result, std::string_view what) const;
  Result<PgResult> checked(pg_result* result, std::string_view what) const;

  pg_conn* connection_;
  char* copied_ = nullptr;
};

}  // namespace weir::connect
