// Service: who answers what a Server receives. The server knows connections and frames, the service what requests mean;
// neither knows the other's room, and a composition root (log/server) joins them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/executor.h"
#include "log/base/host_port.h"
#include "log/base/result.h"
#include "log/base/task.h"
#include "log/wire/messages/api_key.h"

namespace weir::log::net {

// A request's circumstances; they live until it is answered, or its task is destroyed.
struct Call {
  wire::ApiKey api;
  std::int16_t version;
  Executor& executor;            // of the connection: resumes what waits
  std::string_view client_id;    // what the client calls itself
  std::string_view client_host;  // its address
  const HostPort& here;          // how this client is to reach this node
};

// Who came, as far as it is known before the first request.
struct Peer {
  std::size_t listener;                    // by which, counted from 0
  std::string host;                        // its address
  std::optional<std::string> certificate;  // the subject of a certificate that somebody trusted vouches for (RFC 2253)
};

// One connection of a Service, if it has to remember something of it. Of the connection's thread.
class Session {
 public:
  virtual ~Session() = default;

  // As Service::answer.
  virtual std::optional<Task<Result<>>> answer(const Call& call, void* request, void* response) = 0;

  enum class Stage {
    unproven,  // it has not said who it is: it has little time, and may send short frames only
    proven,
    over,  // it is closed when its last answer has left
  };
  virtual Stage stage() const = 0;
  // Is the next frame the bytes of a SaslAuthenticate request, and nothing else, and so its answer?
  virtual bool takes_tokens() const { return false; }
  // Asked from time to time: otherwise it is closed.
  virtual bool is_welcome() { return true; }
};

struct Versions {
  std::int16_t min;
  std::int16_t max;
};

class Service {
 public:
  virtual ~Service() = default;

  // For each connection, before its first request. Null: nothing is remembered of it, and `answer` below is asked.
  virtual std::unique_ptr<Session> begin(Peer peer) {
    (void)peer;
    return nullptr;
  }

  // Those of an API that are answered; nullopt: it is none.
  virtual std::optional<Versions> versions(wire::ApiKey api) const = 0;

  // `request` is the API's request, which may be moved from, `response` its response at its defaults; both live until
  // the answer is there: at once if nothing is returned, or when the task ends. An error: there is no answer, and the
  // connection is closed. A task that is destroyed takes the call back. Called on the threads of the server, which
  // wait for nothing.
  virtual std::optional<Task<Result<>>> answer(const Call& call, void* request, void* response) = 0;
};

}  // namespace weir::log::net
