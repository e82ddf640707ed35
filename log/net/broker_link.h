// BrokerLink: one connection to one broker, made, introduced (ApiVersions), told whose it is if that is said, and then
// used: requests leave in order, a few at a time, and answers come in the same order. For .cc files of this folder: it
// needs Asio.
//
//   connect ─► TLS, if asked for ─► ApiVersions ─► SaslHandshake, SaslAuthenticate, if there is a mechanism ─► open
//
// A broker that wants to be told again from time to time (KIP-368) is told before the time is over: what is sent waits
// until what was sent is answered, and until it has been told.
//
// Everything belongs to the io thread but what is said otherwise. It is opened once and closed once; whoever wants
// another opens another.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "log/base/clock.h"
#include "log/base/host_port.h"
#include "log/net/broker_versions.h"
#include "log/net/frame_reader.h"
#include "log/net/io_thread.h"
#include "log/net/outgoing.h"
#include "log/net/tls.h"
#include "log/security/client_security.h"
#include "log/security/sasl_client.h"
#include "log/wire/messages/sasl_authenticate.h"

namespace weir::log::net {

// A request on its way. Shared by who asked, who may have gone, and the link.
struct LinkRequest {
  wire::GatheredBytes frame;
  std::int32_t correlation_id = 0;
  bool is_answered = true;  // not where nobody wants an acknowledgement
  // Once, on the io thread: the answer's frame, or why there is none. A request that is not answered gets an empty one
  // when it has left.
  std::function<void(Result<SharedBytes>)> done;
};

class BrokerLink final : public std::enable_shared_from_this<BrokerLink> {
 public:
  struct Options {
    std::string client_id;
    std::size_t max_frame_bytes = 0;
    std::size_t max_in_flight = 0;
    ClientSecurity security{};
    std::shared_ptr<const TlsContext> tls{};  // shared: by all links; null: in the clear
  };
  struct Events {
    std::function<void()> on_open;
    std::function<void(const Error&)> on_closed;  // also if it was never opened; once, and nothing comes behind it
  };

  BrokerLink(IoThread& thread, Clock& clock, HostPort at, const Options& options, Events events);

  void open();
  void send(std::shared_ptr<LinkRequest> request);
  // What is on its way is told `why`.
  void close(Error why);

  const HostPort& at() const { return at_; }  // from any thread
  // From any thread, once it is open.
  const BrokerVersions& versions() const { return *versions_; }

 private:
  using SystemError = boost::system::error_code;

  void connected();
  void introduce(std::int16_t version);
  void introduced(std::int16_t version, Result<SharedBytes> frame);
  Error failed(const SystemError& error, const char* doing) const;
  Error broken(const std::string& why) const;

  // A request of its own, before all others: `use(Result<Response>)`.
  template <class Request, class Use>
  void ask(const Request& request, std::int16_t version, Use use);
  void begin_authentication();
  void authenticate(OwnedBytes token, std::int16_t version);
  void authenticated(const wire::SaslAuthenticateResponse& answer, std::int16_t version);
  Error refused(const std::string& why) const;
  bool is_time_to_authenticate() const;

  void write_next();
  void write(wire::GatheredBytes frame);
  void write_rest();
  void read_more();
  void read_what_is_there();
  Result<> received(std::span<char> room, std::size_t count);
  Error closed_by_broker() const;
  Result<> take_answers();

  IoThread& thread_;
  Clock& clock_;
  const HostPort at_;
  const Options& options_;
  Events events_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<BrokerVersions> versions_;
  bool is_closed_ = false;
  FrameReader reader_;
  std::optional<TlsSession> tls_;
  bool was_introduced_ = false;  // or has begun to be
  bool is_open_ = false;
  bool was_answered_ = false;                       // since it is open
  std::optional<security::SaslClient> sasl_;        // while it is told who comes
  std::int64_t authenticate_at_ns_ = 0;             // again; 0: never
  std::deque<std::shared_ptr<LinkRequest>> first_;  // of its own
  std::deque<std::shared_ptr<LinkRequest>> unsent_;
  std::shared_ptr<LinkRequest> leaving_;  // is being written
  std::unique_ptr<Outgoing> outgoing_;    // its bytes
  std::deque<std::shared_ptr<LinkRequest>> unanswered_;
};

}  // namespace weir::log::net
