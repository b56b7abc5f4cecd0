// Is the program under test built with sanitizers? They take memory of their own.
#pragma once

namespace draftstream::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

// ThreadSanitizer of g++ 12 knows no threads that a library makes by C11's thrd_create(): they
// crash.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool knows_c11_threads = false;
#else
inline constexpr bool knows_c11_threads = true;
#endif

// UndefinedBehaviorSanitizer, which our presets have beside AddressSanitizer, looks at an object's
// type by a pipe: without files left, each is one of a wrong type.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool may_run_out_of_files = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool may_run_out_of_files = false;
#else
inline constexpr bool may_run_out_of_files = true;
#endif
#else
inline constexpr bool may_run_out_of_files = true;
#endif

}  // namespace draftstream::test
