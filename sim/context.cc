#include "sim/context.h"

#include <cstdint>
#include <cstring>

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "log/base/assert.h"

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WEIR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_TSAN 1
#endif
#endif
#if defined(WEIR_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(WEIR_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace weir {

namespace {

constexpr std::size_t kStackBytes = 1024 * 1024;  // of addresses; memory is taken as it is used
constexpr std::size_t kGuardBytes = 64 * 1024;    // below it nothing may be touched

// What the C++ runtime keeps for a thread: the exceptions that are being handled, and how many are in the air.
struct Exceptions {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

}  // namespace

struct Context::Impl {
  ucontext_t place{};
  std::function<void()> work;
  char* memory = nullptr;
  Exceptions exceptions;
  // Of the sanitizers.
  void* fake_stack = nullptr;
  const void* stack = nullptr;
  std::size_t stack_bytes = 0;
  void* fiber = nullptr;

  static void begin(unsigned int high, unsigned int low) {
    auto* self = reinterpret_cast<Impl*>((static_cast<std::uintptr_t>(high) << 32) | low);
    arrived(*self);
    self->work();
    WEIR_ASSERT(false, "a context's work does not return");
  }

  static Impl*& left() {
    static Impl* from = nullptr;
    return from;
  }
  static void arrived([[maybe_unused]] Impl& here) {
#if defined(WEIR_ASAN)
    Impl& from = *left();
    __sanitizer_finish_switch_fiber(here.fake_stack, &from.stack, &from.stack_bytes);
#endif
  }
};

Context::Context() : impl_(std::make_unique<Impl>()) {
#if defined(WEIR_TSAN)
  impl_->fiber = __tsan_get_current_fiber();
#endif
}

Context::Context(std::function<void()> work) : impl_(std::make_unique<Impl>()) {
  impl_->work = std::move(work);
  void* memory = ::mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  WEIR_ASSERT(memory != MAP_FAILED);
  impl_->memory = static_cast<char*>(memory);
  WEIR_ASSERT(::mprotect(memory, kGuardBytes, PROT_NONE) == 0);
  impl_->stack = impl_->memory + kGuardBytes;
  impl_->stack_bytes = kStackBytes;
  WEIR_ASSERT(::getcontext(&impl_->place) == 0);
  impl_->place.uc_stack.ss_sp = impl_->memory + kGuardBytes;
  impl_->place.uc_stack.ss_size = kStackBytes;
  const auto self = reinterpret_cast<std::uintptr_t>(impl_.get());
  ::makecontext(&impl_->place, reinterpret_cast<void (*)()>(&Impl::begin), 2, static_cast<unsigned int>(self >> 32),
                static_cast<unsigned int>(self));
#if defined(WEIR_TSAN)
  impl_->fiber = __tsan_create_fiber(0);
#endif
}

Context::~Context() {
  if (impl_->memory == nullptr) return;
#if defined(WEIR_TSAN)
  __tsan_destroy_fiber(impl_->fiber);
#endif
  ::munmap(impl_->memory, kGuardBytes + kStackBytes);
}

void Context::switch_from(Context& from) {
  Impl& here = *from.impl_;
  Impl& there = *impl_;
  auto* exceptions = abi::__cxa_get_globals();
  static_assert(sizeof(Exceptions) == 16);
  std::memcpy(static_cast<void*>(&here.exceptions), static_cast<const void*>(exceptions), sizeof(Exceptions));
  std::memcpy(static_cast<void*>(exceptions), &there.exceptions, sizeof(Exceptions));
  Impl::left() = &here;
#if defined(WEIR_ASAN)
  __sanitizer_start_switch_fiber(&here.fake_stack, there.stack, there.stack_bytes);
#endif
#if defined(WEIR_TSAN)
  __tsan_switch_to_fiber(there.fiber, 0);
#endif
  WEIR_ASSERT(::swapcontext(&here.place, &there.place) == 0);
  Impl::arrived(here);
}

void Context::switch_from_ended(Context& from) {
  Impl& there = *impl_;
  auto* exceptions = abi::__cxa_get_globals();
  std::memcpy(static_cast<void*>(exceptions), &there.exceptions, sizeof(Exceptions));
  Impl::left() = from.impl_.get();
#if defined(WEIR_ASAN)
  __sanitizer_start_switch_fiber(nullptr, there.stack, there.stack_bytes);
#endif
#if defined(WEIR_TSAN)
  __tsan_switch_to_fiber(there.fiber, 0);
#endif
  ::setcontext(&there.place);
  WEIR_ASSERT(false, "it cannot be switched to");
}

}  // namespace weir
