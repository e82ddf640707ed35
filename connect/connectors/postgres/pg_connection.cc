#include "connect/connectors/postgres/pg_connection.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <poll.h>
#include <postgresql/libpq-fe.h>

namespace weir::connect {

namespace {

// On one line.
std::string cleaned(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  text.resize(std::min(text.size(), text.find("\nLOCATION:")));  // of its source
  for (char& letter : text) {
    if (letter == '\n') letter = ' ';
  }
  return text;
}

// Of a failed connection: "FATAL:  28P01: password authentication failed ..."; empty: the server said nothing.
std::string sqlstate_in(std::string_view message) {
  for (std::size_t at = message.find(": "); at != std::string_view::npos; at = message.find(": ", at + 1)) {
    std::size_t begin = message.find_first_not_of(' ', at + 1);
    if (begin == std::string_view::npos || begin + 5 >= message.size() || message[begin + 5] != ':') continue;
    const auto state = message.substr(begin, 5);
    bool is_state = state.find_first_of("0123456789") != std::string_view::npos;  // which "FATAL" has not
    for (char letter : state) {
      is_state = is_state && (std::isdigit(static_cast<unsigned char>(letter)) || (letter >= 'A' && letter <= 'Z'));
    }
    if (is_state) return std::string(state);
  }
  return {};
}

Result<bool> wait_for_socket(PGconn* connection, short events, std::int64_t patience_ms) {
  pollfd asked{PQsocket(connection), events, 0};
  if (asked.fd < 0) return fail(ErrorCode::unavailable, "postgres: the connection is closed");
  const int ready = ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(patience_ms, 3'600'000)));
  if (ready < 0 && errno != EINTR) return fail(ErrorCode::io_error, std::string("poll: ") + std::strerror(errno));
  return ready > 0;
}

Result<> finish_connecting(PGconn* connection, Millis timeout) {
  auto& clock = SystemClock::instance();
  const std::int64_t end_ms = clock.monotonic_ms() + timeout.count();
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED) {
      const std::string message = cleaned(PQerrorMessage(connection));
      const std::string state = sqlstate_in(message);
      if (!state.empty()) return fail(code_of_sqlstate(state), "postgres: " + message);
      const bool lacks_password = PQconnectionNeedsPassword(connection) != 0;
      return fail(lacks_password ? ErrorCode::permission_denied : ErrorCode::unavailable, "postgres: " + message);
    }
    const std::int64_t left_ms = end_ms - clock.monotonic_ms();
    const short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    WEIR_TRY_VAR(ready, wait_for_socket(connection, events, std::max<std::int64_t>(left_ms, 0)));
    if (!ready && clock.monotonic_ms() >= end_ms) {
      return fail(ErrorCode::unavailable, "postgres: no connection within " + std::to_string(timeout.count()) + " ms");
    }
    if (ready) status = PQconnectPoll(connection);
  }
  return {};
}

}  // namespace

ErrorCode code_of_sqlstate(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (state == "57P04") return ErrorCode::invalid_config;  // the database was dropped
  // An operator or a restart, no resources, a deadlock or a conflict of transactions, a lock that was waited for.
  for (std::string_view passing : {"08", "57", "58", "40"}) {
    if (kind == passing) return ErrorCode::unavailable;
  }
  if (state == "53100") return ErrorCode::no_space;
  if (kind == "53") return ErrorCode::unavailable;
  if (state == "55P03" || state == "55006" || state == "25P03" || state == "25P02") return ErrorCode::unavailable;
  if (state == "25006") return ErrorCode::read_only;
  if (kind == "28" || state == "42501") return ErrorCode::permission_denied;
  if (kind == "22" || kind == "23") return ErrorCode::invalid_record;
  return ErrorCode::invalid_config;
}

void PgResult::Clear::operator()(pg_result* result) const {
  PQclear(result);
}
int PgResult::rows() const {
  return PQntuples(result_.get());
}
int PgResult::columns() const {
  return PQnfields(result_.get());
}
std::optional<std::string_view> PgResult::text(int row, int column) const {
  if (PQgetisnull(result_.get(), row, column) != 0) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), row, column),
                          static_cast<std::size_t>(PQgetlength(result_.get(), row, column)));
}
std::string_view PgResult::name(int column) const {
  return PQfname(result_.get(), column);
}
std::uint32_t PgResult::type(int column) const {
  return PQftype(result_.get(), column);
}
std::int32_t PgResult::modifier(int column) const {
  return PQfmod(result_.get(), column);
}
std::uint64_t PgResult::changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::uint64_t count = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Result<std::unique_ptr<PgConnection>> PgConnection::open(const PgOptions& options, PgPurpose purpose) {
  std::vector<const char*> names{
      "fallback_application_name", "keepalives_idle", "keepalives_interval", "keepalives_count",
      "tcp_user_timeout",          "dbname",          "client_encoding"};
  std::vector<const char*> values{"weir", "10", "5", "3", "30000", options.connection.c_str(), "UTF8"};
  if (!options.password.empty()) {
    names.push_back("password");
    values.push_back(options.password.c_str());
  }
  if (purpose == PgPurpose::replication) {
    names.push_back("replication");
    values.push_back("database");
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PgConnection> made(new PgConnection(PQconnectStartParams(names.data(), values.data(), 1)));
  if (made->connection_ == nullptr) return fail(ErrorCode::unavailable, "postgres: no memory");
  PQsetErrorVerbosity(made->connection_, PQERRORS_VERBOSE);
  PQsetNoticeProcessor(
      made->connection_, [](void*, const char*) {}, nullptr);
  if (PQstatus(made->connection_) == CONNECTION_BAD) {
    const std::string message = cleaned(PQerrorMessage(made->connection_));
    // Without a socket it is what the options say, or a server that is not there.
    const bool is_config =
        message.find("missing \"=\"") != std::string::npos || message.find("invalid") != std::string::npos;
    return fail(is_config ? ErrorCode::invalid_config : ErrorCode::unavailable, "postgres: " + message);
  }
  WEIR_TRY(finish_connecting(made->connection_, options.connect_timeout));
  // Texts that are the same whatever the server's settings, and locks and pauses of a writer that end.
  WEIR_TRY(made->run("SET datestyle = 'ISO'"));
  WEIR_TRY(made->run("SET intervalstyle = 'postgres'"));
  WEIR_TRY(made->run("SET extra_float_digits = 3"));
  WEIR_TRY(made->run("SET bytea_output = 'hex'"));
  WEIR_TRY(made->run("SET lock_timeout = '30s'"));
  std::string zone = "SET timezone = '";
  for (char letter : options.time_zone) zone += letter == '\'' ? "''" : std::string(1, letter);
  WEIR_TRY(made->run(zone + "'"));
  return made;
}

PgConnection::~PgConnection() {
  if (copied_ != nullptr) PQfreemem(copied_);
  PQfinish(connection_);
}

Error PgConnection::error_of(const pg_result* result, std::string_view what) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  const bool is_lost = PQstatus(connection_) == CONNECTION_BAD;
  if (state == nullptr) {
    const std::string message = cleaned(PQerrorMessage(connection_));
    return {is_lost ? ErrorCode::unavailable : ErrorCode::invalid_config, "postgres: " + message};
  }
  std::string text = "postgres: " + cleaned(primary);
  if (detail != nullptr) text += " (" + cleaned(detail) + ")";
  text += " [" + std::string(state) + "]";
  const ErrorCode code = code_of_sqlstate(state);
  if (code == ErrorCode::invalid_config) text += ", in: " + std::string(what.substr(0, 200));
  return {code, text};
}

Result<PgResult> PgConnection::checked(pg_result* result, std::string_view what) const {
  PgResult owned(result);
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
      return owned;
    default:
      return tl::make_unexpected(error_of(result, what));
  }
}

Result<PgResult> PgConnection::run(const std::string& sql) {
  return checked(PQexec(connection_, sql.c_str()), sql);
}

Result<PgResult> PgConnection::run(const std::string& sql, std::span<const std::optional<std::string>> parameters) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  return checked(PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                              nullptr, nullptr, 0),
                 sql);
}

Result<> PgConnection::copy_in(const std::string& sql, Bytes rows) {
  WEIR_TRY(run(sql));
  constexpr std::size_t kPiece = 1024 * 1024;
  bool is_sent = true;
  while (!rows.empty() && is_sent) {
    const Bytes piece = rows.substr(0, kPiece);
    is_sent = PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) == 1;
    rows.remove_prefix(piece.size());
  }
  is_sent = is_sent && PQputCopyEnd(connection_, nullptr) == 1;
  Result<> outcome;
  while (pg_result* result = PQgetResult(connection_)) {
    auto each = checked(result, sql);
    if (!each && outcome) outcome = fail(each.error());
    if (PQstatus(connection_) == CONNECTION_BAD) break;
  }
  if (outcome && !is_sent) return fail(ErrorCode::unavailable, "postgres: " + cleaned(PQerrorMessage(connection_)));
  return outcome;
}

Result<> PgConnection::start_copy_both(const std::string& command) {
  WEIR_TRY(run(command));
  return {};
}

Result<std::optional<Bytes>> PgConnection::next_copy_data(Millis patience) {
  if (copied_ != nullptr) PQfreemem(copied_);
  copied_ = nullptr;
  int size = PQgetCopyData(connection_, &copied_, 1);
  if (size == 0) {
    WEIR_TRY_VAR(ready, wait_for_socket(connection_, POLLIN, patience.count()));
    if (!ready) return std::nullopt;
    if (PQconsumeInput(connection_) == 0) {
      return fail(ErrorCode::unavailable, "postgres: " + cleaned(PQerrorMessage(connection_)));
    }
    size = PQgetCopyData(connection_, &copied_, 1);
  }
  if (size == 0) return std::nullopt;
  if (size > 0) return Bytes(copied_, static_cast<std::size_t>(size));
  // The stream is over: its result says why.
  auto ended = checked(PQgetResult(connection_), "START_REPLICATION");
  if (!ended) return fail(ended.error());
  return fail(ErrorCode::unavailable, "postgres: the server ended the stream of changes");
}

Result<> PgConnection::send_copy_data(Bytes message) {
  if (PQputCopyData(connection_, message.data(), static_cast<int>(message.size())) == 1 && PQflush(connection_) >= 0) {
    return {};
  }
  return fail(ErrorCode::unavailable, "postgres: " + cleaned(PQerrorMessage(connection_)));
}

std::string PgConnection::database() const {
  return PQdb(connection_);
}

}  // namespace weir::connect
