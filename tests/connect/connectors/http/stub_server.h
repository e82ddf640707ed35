// StubServer: an HTTP server of a test's own, over plain sockets: it gives each question to a function and writes what
// that returns. It knows nothing of the library that it is there to test.
#pragma once

#include <atomic>
#include <cctype>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/base/mutex.h"

namespace weir::connect {

class StubServer {
 public:
  struct Question {
    std::string method, target, body;
    std::map<std::string, std::string> headers;  // names in lower case
  };
  struct Answer {
    int status = 200;
    std::string body{};
    std::string headers{};  // "ETag: x\r\n"
    bool closes = false;    // without saying so
  };
  using Answers = std::function<Answer(const Question&)>;

  explicit StubServer(Answers answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept(); });
  }
  ~StubServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (open_ >= 0) ::shutdown(open_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  std::vector<Question> questions() {
    MutexLock lock(mutex_);
    return questions_;
  }

 private:
  void accept() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      open_ = connection;
      std::string read;
      while (serve(connection, read)) continue;
      open_ = -1;
      ::close(connection);
    }
  }

  bool serve(int connection, std::string& read) {
    Question question;
    std::size_t end;
    while ((end = read.find("\r\n\r\n")) == std::string::npos) {
      if (!more(connection, read)) return false;
    }
    const std::string head = read.substr(0, end + 2);
    read.erase(0, end + 4);
    std::size_t line = head.find("\r\n");
    question.method = head.substr(0, head.find(' '));
    const std::size_t target = head.find(' ') + 1;
    question.target = head.substr(target, head.find(' ', target) - target);
    for (std::size_t at = line + 2; at < head.size(); at = line + 2) {
      line = head.find("\r\n", at);
      const std::size_t colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      question.headers[name] = head.substr(colon + 2, line - colon - 2);
    }
    const std::size_t size =
        question.headers.count("content-length") ? std::stoul(question.headers["content-length"]) : 0;
    while (read.size() < size) {
      if (!more(connection, read)) return false;
    }
    question.body = read.substr(0, size);
    read.erase(0, size);
    Answer answer = answers_(question);
    {
      MutexLock lock(mutex_);
      questions_.push_back(std::move(question));
    }
    const std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\n" + answer.headers +
                             "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    return ::send(connection, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()) &&
           !answer.closes;
  }

  static bool more(int connection, std::string& into) {
    char buffer[4096];
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    into.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  Answers answers_;
  int listener_ = -1;
  std::atomic<int> open_{-1};
  std::uint16_t port_ = 0;
  Mutex mutex_;
  std::vector<Question> questions_ WEIR_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace weir::connect
