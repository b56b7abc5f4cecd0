// Runs the real program and hears what it says.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

extern char** environ;

namespace draftstream::test {

/// What a program said and how it ended.
struct ProgramResult {
  int status = -1;  ///< Exit status; 128 + signal if one ended it.
  std::string out;
  std::string err;
};

/// A program that runs beside the test.
///
/// Threads: one at a time; two of its own read what it says.
class Program {
 public:
  /// @param folder  To run in; "" = the test's own.
  /// @throws std::system_error if it cannot be started.
  Program(const std::string& path, const std::vector<std::string>& arguments,
          const std::string& folder = "") {
    int out[2];
    int err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());

    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int failed =
        ::posix_spawn(&process_, path.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_reader_ = std::thread{[this, end = out[0]] { read_all(end, result_.out); }};
    err_reader_ = std::thread{[this, end = err[0]] { read_all(end, result_.err); }};
    if (failed != 0) {
      out_reader_.join();
      err_reader_.join();
      throw std::system_error(failed, std::generic_category(), path);
    }
  }
  ~Program() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    (void)wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Blocks until stdout or stderr contains `text`.
  /// @return The rest of its line, or "" if the program ended without it.
  [[nodiscard]] std::string wait_for(const std::string& text) {
    std::unique_lock lock{mutex_};
    for (;;) {
      for (const std::string* said : {&result_.out, &result_.err}) {
        const auto begin = said->find(text);
        if (begin == std::string::npos) continue;
        const auto end = said->find('\n', begin);
        if (end != std::string::npos) {
          return said->substr(begin + text.size(), end - begin - text.size());
        }
      }
      if (silent_ == 2) return "";
      changed_.wait(lock);
    }
  }

  void signal(int number) const {
    if (process_ > 0) ::kill(process_, number);  // 0 would be everyone
  }

  /// Blocks until it has ended.
  ProgramResult wait() {
    out_reader_.join();
    err_reader_.join();
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result_;
  }

 private:
  void read_all(int end, std::string& text) {
    char piece[4096];
    for (;;) {
      const auto got = ::read(end, piece, sizeof piece);
      if (got < 0 && errno == EINTR) continue;
      const std::lock_guard lock{mutex_};
      if (got <= 0) {
        ++silent_;
      } else {
        text.append(piece, static_cast<std::size_t>(got));
      }
      changed_.notify_all();
      if (got <= 0) break;
    }
    ::close(end);
  }

  pid_t process_ = 0;
  std::mutex mutex_;                 // guards what follows
  std::condition_variable changed_;  // signalled by: each piece read, each end of a stream
  ProgramResult result_;
  int silent_ = 0;  // streams that have ended
  std::thread out_reader_;
  std::thread err_reader_;
};

/// Runs it to its end.
inline ProgramResult run_program(const std::string& path, const std::vector<std::string>& arguments,
                                 const std::string& folder = "") {
  return Program{path, arguments, folder}.wait();
}

}  // namespace draftstream::test
