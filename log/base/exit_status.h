// exit_status_of: the main of a program that ends with 0, or says on standard error what went wrong and ends with 1:
//
//   int main() {
//     return weir::exit_status_of([] {
//       auto log = weir::log::open("data").value();
//       ...
//     });
//   }
//
// What went wrong is an exception (`value()` throws the error of a Result; a topology or options that make no sense
// throw, too), an error that the body returns as Result<>, or a status of its own, an int. Everything that the body
// made is destroyed before.
#pragma once

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

#include "log/base/result.h"

namespace weir {

// "PROGRAM: what", on standard error; 1.
int report_failure(std::string_view what);

template <class Body>
int exit_status_of(Body&& body) noexcept {
  try {
    using Given = std::invoke_result_t<Body>;
    if constexpr (std::is_void_v<Given>) {
      std::forward<Body>(body)();
      return 0;
    } else if constexpr (std::convertible_to<Given, int>) {
      return std::forward<Body>(body)();
    } else {
      static_assert(
          requires(Given given) { given.error().to_string(); },
          "Weir: the body of exit_status_of gives nothing, an exit status, or a Result<>");
      auto given = std::forward<Body>(body)();
      return given ? 0 : report_failure(given.error().to_string());
    }
  } catch (const std::exception& error) {
    return report_failure(error.what());
  } catch (...) {
    return report_failure("something was thrown that is no std::exception");
  }
}

}  // namespace weir
