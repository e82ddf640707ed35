// What somebody may send before it is known who it is, changed a little: tokens that are nearly right prove nothing,
// nothing but the way to say who one is gets an answer, and memory stays within four times what was sent.
#include "log/net/frame_reader.h"
#include "log/security/random.h"
#include "log/security/sasl_client.h"
#include "log/security/sasl_server.h"
#include "log/server/broker_service.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/sasl_authenticate.h"
#include "log/wire/messages/sasl_handshake.h"
#include "sim/memory_file.h"
#include "tests/fuzz/allocation.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz::sasl_test {
namespace {

using namespace weir::log;
using namespace weir::log::wire;

const std::string kUser = "alice";
const std::string kPassword = "secret";
constexpr auto kMechanism = security::ScramMechanism::sha_256;

security::SaslServer server() {
  static const auto credential = security::ScramCredential::of(kMechanism, kPassword, "some salt", 4'096);
  return security::SaslServer({{"PLAIN", "SCRAM-SHA-256"},
                               [](const std::string& user) -> std::optional<security::Credentials> {
                                 if (user != kUser) return std::nullopt;
                                 return security::Credentials{{kMechanism, credential}};
                               },
                               [] { return std::string("the-servers"); },
                               "a secret of the server's"});
}

TEST(SaslFuzz, a_token_of_plain_that_is_changed_proves_only_what_it_says) {
  const auto right = security::PlainMessage{{}, kUser, kPassword}.to_string();
  mutate({right, security::PlainMessage{kUser, kUser, kPassword}.to_string()}, 2'000, [&](const OwnedBytes& token) {
    auto one = server();
    ASSERT_TRUE(one.handshake("PLAIN"));
    const auto answer = one.step(token);
    const auto message = security::PlainMessage::parse(token);
    const bool is_right = message && message->user == kUser && message->password == kPassword;
    EXPECT_EQ(answer.has_value(), is_right) << to_hex(token);
    EXPECT_EQ(one.is_done(), is_right);
  });
}

TEST(SaslFuzz, a_first_message_of_scram_that_is_changed_is_challenged_or_refused) {
  auto client = security::SaslClient::make("SCRAM-SHA-256", kUser, kPassword, "a-nonce").value();
  mutate({client.first(), "n,a=alice,n=alice,r=x,ext=y"}, 20'000, [&](const OwnedBytes& token) {
    auto one = server();
    ASSERT_TRUE(one.handshake("SCRAM-SHA-256"));
    const AllocationWatch watch;
    const auto answer = one.step(token);
    EXPECT_LE(watch.bytes(), 40 * token.size() + 10'000);
    EXPECT_FALSE(one.is_done());
    if (answer) {
      EXPECT_TRUE(security::ServerFirst::parse(*answer));
    }
  });
}

TEST(SaslFuzz, a_proof_that_is_changed_is_none) {
  const auto exchange = [](const std::function<OwnedBytes(const OwnedBytes&)>& change) {
    auto one = server();
    EXPECT_TRUE(one.handshake("SCRAM-SHA-256"));
    auto client = security::SaslClient::make("SCRAM-SHA-256", kUser, kPassword, "a-nonce").value();
    const auto proof = client.next(one.step(client.first()).value());
    const OwnedBytes sent = change(**proof);
    const bool is_done = one.step(sent).has_value();
    if (is_done) {
      EXPECT_EQ(security::ClientFinal::parse(sent)->proof, security::ClientFinal::parse(**proof)->proof);
    }
    EXPECT_EQ(is_done, one.is_done());
    return is_done;
  };
  EXPECT_TRUE(exchange([](const OwnedBytes& proof) { return proof; }));
  OwnedBytes right;  // nonces are the same each time
  exchange([&](const OwnedBytes& proof) { return right = proof; });
  mutate({right}, 300, [&](const OwnedBytes& token) { exchange([&](const OwnedBytes&) { return token; }); });
}

// A connection of somebody who has not said who it is, without its socket.
class Unproven {
 public:
  Unproven() : broker_(broker::Broker::open(files_, "log", clock_, {}).value()), service_(*broker_, options()) {
    session_ = service_.begin({0, "127.0.0.1", std::nullopt});
  }

  net::Session& session() { return *session_; }
  // False: the connection is closed. What comes, in pieces, as frames.
  bool receive(const OwnedBytes& bytes) {
    net::FrameReader reader(512 * 1024);
    Bytes rest = bytes;
    while (!rest.empty()) {
      const auto room = reader.room(scratch_);
      const std::size_t count = std::min(room.size(), rest.size());
      std::copy_n(rest.data(), count, room.data());
      rest.remove_prefix(count);
      if (!reader.received(room, count)) return false;
      while (reader.has_frame()) {
        if (!answer(reader.next())) return false;
      }
    }
    return true;
  }
  int answered() const { return answered_; }

 private:
  static server::BrokerService::Options options() {
    server::BrokerService::Options options;
    options.mechanisms = {{"PLAIN", "SCRAM-SHA-256"}};
    options.is_guarded = true;
    options.failed_authentication_delay = Millis(0);
    return options;
  }
  bool answer(SharedBytes bytes) {
    auto frame = parse_request_frame(std::move(bytes));
    if (!frame) return false;
    const auto& header = frame->header;
    const auto versions = service_.versions(header.request_api_key);
    if (!versions || header.request_api_version < versions->min || header.request_api_version > versions->max) {
      return false;
    }
    const ApiOps& api = *find_api_ops(header.request_api_key);
    auto request = api.request.make();
    if (!decode_body(api.request, request.get(), header.request_api_version, frame->body)) return false;
    auto response = api.response.make();
    const HostPort here{"127.0.0.1", 9092};
    const net::Call call{api.api, header.request_api_version, loop_, {}, "127.0.0.1", here};
    auto later = session_->answer(call, request.get(), response.get());
    if (later && !later->start()) return false;
    if (later && !later->take()) return false;
    const bool is_of_the_way_in =
        api.api == ApiKey::api_versions || api.api == ApiKey::sasl_handshake || api.api == ApiKey::sasl_authenticate;
    EXPECT_TRUE(is_of_the_way_in) << api.name;
    EXPECT_TRUE(response_frame(api, response.get(), header.request_api_version, header.correlation_id));
    ++answered_;
    return session_->stage() == net::Session::Stage::unproven;
  }

  ManualClock clock_{1'700'000'000'000};
  Loop loop_{clock_};
  MemoryFileSystem files_;
  std::unique_ptr<broker::Broker> broker_;
  server::BrokerService service_;
  std::unique_ptr<net::Session> session_;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
  int answered_ = 0;
};

// Requests as Kafka's classes write them, of all APIs, and whole exchanges.
std::vector<OwnedBytes> corpus() {
  std::vector<OwnedBytes> all;
  OwnedBytes exchange;
  const auto add = [&](const auto& request, std::int16_t version) {
    exchange += *request_frame(request, version, 1, "fuzz");
    all.push_back(exchange);
  };
  ApiVersionsRequest versions;
  versions.client_software_name = versions.client_software_version = "fuzz";
  add(versions, 3);
  SaslHandshakeRequest handshake;
  handshake.mechanism = "SCRAM-SHA-256";
  add(handshake, 1);
  SaslAuthenticateRequest authenticate;
  authenticate.auth_bytes = "n,,n=alice,r=nonce";
  add(authenticate, 2);
  add(authenticate, 0);
  for (const auto& api : all_api_ops()) {
    auto request = api.request.make();
    all.push_back(request_frame(api, request.get(), api.max_version, 1, "fuzz")->flat());
  }
  return all;
}

TEST(SaslFuzz, before_it_is_known_who_comes_nothing_else_is_answered) {
  std::unique_ptr<Unproven> one;
  int count = 0;
  int answered = 0;
  mutate(corpus(), 20'000, [&](const OwnedBytes& bytes) {
    if (count++ % 500 == 0 || one == nullptr || one->session().stage() != net::Session::Stage::unproven) {
      if (one != nullptr) answered += one->answered();
      one = std::make_unique<Unproven>();
    }
    (void)one->receive(bytes);
    EXPECT_NE(one->session().stage(), net::Session::Stage::proven);
  });
  answered += one->answered();
  EXPECT_GE(answered, std::getenv("WEIR_FUZZ_SEED") == nullptr ? 500 : 0);
}

TEST(SaslFuzz, memory_stays_within_four_times_the_frame) {
  const std::string longest(500 * 1024, 'x');
  std::vector<OwnedBytes> frames;
  ApiVersionsRequest versions;
  versions.client_software_name = longest.substr(0, 32'000);
  frames.push_back(*request_frame(versions, 3, 1, "fuzz"));
  SaslHandshakeRequest handshake;
  handshake.mechanism = longest.substr(0, 32'000);
  frames.push_back(*request_frame(handshake, 1, 1, "fuzz"));
  SaslAuthenticateRequest authenticate;
  authenticate.auth_bytes = longest;
  const auto authentication = *request_frame(authenticate, 2, 1, "fuzz");
  frames.push_back(authentication);
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    handshake.mechanism = mechanism;
    Unproven one;
    ASSERT_TRUE(one.receive(*request_frame(handshake, 1, 1, "fuzz")));
    const AllocationWatch watch;
    (void)one.receive(authentication);
    EXPECT_LE(watch.bytes(), 4 * authentication.size()) << mechanism;
  }
  for (const auto& frame : frames) {
    Unproven one;
    const AllocationWatch watch;
    (void)one.receive(frame);
    EXPECT_LE(watch.bytes(), 4 * frame.size() + 16 * 1024) << frame.size();
  }
}

}  // namespace
}  // namespace weir::fuzz::sasl_test
