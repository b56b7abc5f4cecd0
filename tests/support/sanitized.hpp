// Is the program under test built with sanitizers? They take memory of their own.
#pragma once

#if defined(__has_feature)
#define DRAFTSTREAM_HAS_FEATURE(name) __has_feature(name)
#else
#define DRAFTSTREAM_HAS_FEATURE(name) 0
#endif

namespace draftstream::test {

#if defined(__SANITIZE_ADDRESS__) || DRAFTSTREAM_HAS_FEATURE(address_sanitizer)
inline constexpr bool address_sanitized = true;
#else
inline constexpr bool address_sanitized = false;
#endif

#if defined(__SANITIZE_THREAD__) || DRAFTSTREAM_HAS_FEATURE(thread_sanitizer)
inline constexpr bool thread_sanitized = true;
#else
inline constexpr bool thread_sanitized = false;
#endif

inline constexpr bool sanitized = address_sanitized || thread_sanitized;

// ThreadSanitizer of g++ 12 knows no threads that a library makes by C11's thrd_create(): they
// crash.
inline constexpr bool knows_c11_threads = !thread_sanitized;

// UndefinedBehaviorSanitizer, which our presets have beside AddressSanitizer, looks at an object's
// type by a pipe: without files left, each is one of a wrong type.
inline constexpr bool may_run_out_of_files = !address_sanitized;

}  // namespace draftstream::test
