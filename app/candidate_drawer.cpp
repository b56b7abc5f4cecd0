#include "app/candidate_drawer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "ingest/errors.hpp"

extern char** environ;

namespace draftstream {
namespace {

namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_wait{30};  // for others
constexpr std::chrono::seconds longest_work{60};
constexpr std::chrono::milliseconds between_looks{100};
constexpr std::size_t most_remembered = 64;

// A folder that is gone with this.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "draftstream-page-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

// All signals let through: those that Interrupt takes from this process's threads, too.
pid_t spawn(std::vector<std::string> words, const fs::path& out) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = 0;
  const int failed =
      ::posix_spawnp(&process, arguments.front(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), words.front());
  return process;
}

// @return Its exit status, or -1 if something else ended it.
// @throws TryAgain if it was ended here.
int wait_for(pid_t process, const std::atomic<bool>& leaving) {
  const auto end = Clock::now() + longest_work;
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  bool ended = false;
  while (descriptor >= 0 && !ended && !leaving && Clock::now() < end) {
    pollfd watched{descriptor, POLLIN, 0};
    ended = ::poll(&watched, 1, static_cast<int>(between_looks.count())) == 1;
  }
  if (descriptor >= 0) ::close(descriptor);
  if (!ended) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) throw TryAgain("the picture took too long to draw");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string content(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string draw_one(const fs::path& store, std::size_t row, const std::string& event_id,
                     const std::string& kind, const std::atomic<bool>& leaving) {
  const ScratchFolder scratch;
  const fs::path picture = scratch.path() / ("page." + kind);
  const fs::path told = scratch.path() / "cutout.json";
  const pid_t process =
      spawn({"nice", fs::read_symlink("/proc/self/exe").string(), "cutouts", "show", store.string(),
             std::to_string(row), "--page", picture.string(), "--json"},
            told);
  if (wait_for(process, leaving) != 0) throw std::runtime_error("the picture cannot be drawn");
  const auto json = nlohmann::json::parse(content(told), nullptr, false);
  if (!json.is_object() || json.value("event_id", "") != event_id) {
    throw std::runtime_error("the cutouts there are those of other events");
  }
  return content(picture);
}

}  // namespace

std::string CandidateDrawer::draw(const fs::path& store, std::size_t row,
                                  const std::string& event_id, const std::string& kind) {
  const std::unique_lock lock{mutex_, longest_wait};
  if (!lock || leaving_) throw TryAgain("too many pictures are asked for");
  const std::string name = fmt::format("{}#{}.{}", store.string(), row, kind);
  const auto found = std::find_if(drawn_.begin(), drawn_.end(), [&](const Drawn& one) {
    return one.name == name && one.event_id == event_id;
  });
  if (found != drawn_.end()) return found->picture;
  drawn_.push_front({name, event_id, draw_one(store, row, event_id, kind, leaving_)});
  if (drawn_.size() > most_remembered) drawn_.pop_back();
  return drawn_.front().picture;
}

}  // namespace draftstream
