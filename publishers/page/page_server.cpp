#include "publishers/page/page_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "ingest/errors.hpp"
#include "publishers/journal/journal_query.hpp"
#include "publishers/json_fields.hpp"
#include "publishers/page/bounded_pool.hpp"
#include "publishers/page/event_rows.hpp"
#include "publishers/page/page_streams.hpp"

namespace draftstream {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t threads_beside_streams = 8;
constexpr std::size_t most_connections_waiting = 16;
constexpr std::size_t most_rows = 10'000;
constexpr std::size_t usual_rows = 1000;
constexpr int most_unsent = 256 << 10;  // [bytes] that the system holds for a client
constexpr const char* json_type = "application/json";
constexpr const char* no_page =
    "The page was left out when this program was built, as npm or its packages were not there. "
    "/metrics, /api/state and /api/events are; see docs/interfaces/http.md.\n";

const httplib::Headers default_headers{
    {"Content-Security-Policy",
     "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-cache"}};

void answer_text(Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_content(text, "text/plain; charset=utf-8");
}

// As it is: what stands in a body the library would compress, by a way that takes seconds for a
// megabyte.
void answer_data(Response& response, std::string data, const std::string& type) {
  if (data.empty()) return response.set_content(data, type);
  const auto kept = std::make_shared<const std::string>(std::move(data));
  response.set_content_provider(
      kept->size(), type, [kept](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(kept->data() + offset, length);
      });
}

std::optional<std::uint64_t> parse_count(const std::string& text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return count;
}

// A parameter that is a count.
// @throws std::invalid_argument with a sentence if it is something else.
std::optional<std::uint64_t> count_of(const Request& request, const char* name) {
  if (!request.has_param(name)) return std::nullopt;
  const auto count = parse_count(request.get_param_value(name));
  if (!count) throw std::invalid_argument(fmt::format("{}: expected a whole number", name));
  return count;
}

// Without SO_REUSEPORT, which the library would set: another process would share the address.
void set_socket_options(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &most_unsent, sizeof most_unsent);
}

std::string host_of(const Endpoint& endpoint) {
  const std::string& host = endpoint.host;
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

class PageServer::Impl {
 public:
  Impl(PageOptions options, PageSources sources)
      : options_{std::move(options)}, sources_{std::move(sources)} {
    set_up();
    bind();
    guard_.emplace(options_.endpoint, options_.token);
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    pthread_setname_np(thread_.native_handle(), "http accept");
    while (!server_.is_running()) std::this_thread::yield();  // stop() would pass unheard
  }
  ~Impl() {
    streams_.stop();
    server_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::string url() const {
    return fmt::format("http://{}:{}/", options_.endpoint.host, options_.endpoint.port);
  }
  [[nodiscard]] PageCounts counts() const { return streams_.counts(); }

 private:
  void set_up() {
    const std::size_t threads = options_.most_streams + threads_beside_streams;
    server_.new_task_queue = [threads] {
      return new BoundedPool{threads, most_connections_waiting};  // the server deletes it
    };
    server_.set_socket_options(set_socket_options);
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_timeout(1);  // [s]; a connection that waits holds a thread
    server_.set_read_timeout(options_.patience);
    server_.set_write_timeout(options_.patience);
    server_.set_payload_max_length(0);
    server_.set_default_headers(default_headers);
    server_.set_pre_routing_handler(
        [this](const Request& request, Response& response) { return admit(request, response); });
    server_.set_exception_handler([](const Request&, Response& response, std::exception_ptr error) {
      try {
        std::rethrow_exception(std::move(error));
      } catch (const std::invalid_argument& fault) {
        answer_text(response, 400, fmt::format("{}\n", fault.what()));
      } catch (const std::exception& fault) {
        answer_text(response, 503, fmt::format("{}\n", fault.what()));
      }
    });
    server_.set_error_handler([](const Request&, Response& response) {
      if (response.body.empty() && response.status == 404) {
        answer_text(response, 404, "found no such path; see docs/interfaces/http.md\n");
      }
    });
    server_.set_file_request_handler([](const Request&, Response& response) {
      const std::string type = response.get_header_value("Content-Type");
      response.headers.erase("Content-Type");
      answer_data(response, std::exchange(response.body, {}), type);
    });
    add_paths();
    if (!options_.files.empty()) server_.set_mount_point("/", options_.files.string());
  }

  void bind() {
    Endpoint& endpoint = options_.endpoint;
    const std::string host = host_of(endpoint);
    const bool any = endpoint.port == 0;
    errno = 0;  // the library tells of no reason: it is the system's last word
    const int port = any ? server_.bind_to_any_port(host) : endpoint.port;
    if (any ? port < 0 : !server_.bind_to_port(host, port)) {
      const std::string reason = errno == 0 ? "" : fmt::format(": {}", std::strerror(errno));
      throw ConfigError(
          fmt::format("page.http: {}:{} cannot be bound{}", endpoint.host, endpoint.port, reason));
    }
    endpoint.port = port;
  }

  httplib::Server::HandlerResponse admit(const Request& request, Response& response) const {
    const std::string host = request.get_header_value("Host");
    const std::string authorization = request.get_header_value("Authorization");
    const std::string cookie = request.get_header_value("Cookie");
    const std::string token =
        request.has_param("token") ? request.get_param_value("token") : std::string{};
    switch (guard_->judge({request.method, host, authorization, cookie, token})) {
      case Admission::admitted:
        return httplib::Server::HandlerResponse::Unhandled;
      case Admission::by_parameter:
        response.set_header("Set-Cookie", guard_->cookie());
        response.set_redirect("/", 303);
        break;
      case Admission::wrong_method:
        response.set_header("Allow", "GET, HEAD");
        answer_text(response, 405, "found another method, expected GET: nothing can be changed\n");
        break;
      case Admission::wrong_host:
        answer_text(response, 421,
                    "found another name in Host, expected 127.0.0.1 or localhost: without a token "
                    "only pages of this machine may ask\n");
        break;
      case Admission::no_token:
        response.set_header("WWW-Authenticate", "Bearer");
        answer_text(response, 401,
                    "found no token, or another one, expected /?token=... once, or the header "
                    "Authorization: Bearer ...\n");
        break;
    }
    return httplib::Server::HandlerResponse::Handled;
  }

  void add_paths() {
    server_.Get("/metrics", [this](const Request&, Response& response) {
      answer_data(response, sources_.metrics(streams_.counts()),
                  "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Get("/api/state", [this](const Request&, Response& response) {
      answer_data(response, streams_.state(), json_type);
    });
    server_.Get("/api/events", [this](const Request& request, Response& response) {
      answer_events(request, response);
    });
    server_.Get(R"(/api/events/(\d+))", [this](const Request& request, Response& response) {
      if (const auto event = event_of(request, response)) answer_data(response, *event, json_type);
    });
    server_.Get(R"(/api/events/(\d+)/page\.(png|svg))",
                [this](const Request& request, Response& response) { draw(request, response); });
    server_.Get("/api/stream", [this](const Request& request, Response& response) {
      begin_stream(request, response);
    });
    server_.Get("/api/waterfall", [this](const Request&, Response& response) {
      const auto picture = sources_.waterfall();
      if (!picture) {
        response.status = 204;  // no fault: nothing is searched at the moment
        return;
      }
      response.set_header("Draftstream-Picture", picture->json());
      answer_data(response, {picture->cells.begin(), picture->cells.end()},
                  "application/octet-stream");
    });
    // Those of the page itself come first.
    server_.Get("/",
                [](const Request&, Response& response) { answer_text(response, 404, no_page); });
  }

  // The newest, unless it is said from where on; in order of their numbers.
  void answer_events(const Request& request, Response& response) const {
    const std::uint64_t limit =
        std::min<std::uint64_t>(count_of(request, "limit").value_or(usual_rows), most_rows);
    if (limit == 0) throw std::invalid_argument("limit: found 0, expected 1 or more");
    const std::uint64_t last = sources_.last_seq();
    const std::uint64_t since = count_of(request, "since").value_or(last - std::min(last, limit));
    std::string text = fmt::format("{{\"last_seq\":{},\"events\":[", last);
    const char* separator = "";
    for (const EventRow& row : read_event_rows(sources_.journal, since, limit)) {
      text += separator + row.json;
      separator = ",";
    }
    answer_data(response, text + "]}", json_type);
  }

  // Answers if there is none.
  std::optional<std::string> event_of(const Request& request, Response& response) const {
    const auto seq = parse_count(request.matches[1]);
    auto event = seq ? read_event_json(sources_.journal, *seq) : std::nullopt;
    if (!event) answer_text(response, 404, "found no event with this number in the journal\n");
    return event;
  }

  void draw(const Request& request, Response& response) const {
    const auto event = event_of(request, response);
    if (!event) return;
    const auto place = cutout_of_event(sources_.journal, *event);
    if (!place) return answer_text(response, 404, "no cutout of this event was kept\n");
    const std::string kind = request.matches[2];
    answer_data(response, sources_.draw(place->store, place->row, place->event_id, kind),
                kind == "svg" ? "image/svg+xml" : "image/png");
  }

  void begin_stream(const Request& request, Response& response) {
    auto after = parse_count(request.get_header_value("Last-Event-ID"));
    if (!after) after = count_of(request, "since");
    if (request.method == "HEAD") return response.set_content("", "text/event-stream");
    if (!streams_.enter()) {
      response.set_header("Retry-After", "10");
      return answer_text(response, 503, "found too many pages that are kept up to date\n");
    }
    auto stream = std::make_shared<PageStream>(streams_, sources_, options_,
                                               after.value_or(sources_.last_seq()));
    response.set_chunked_content_provider(
        "text/event-stream",
        [stream](std::size_t, httplib::DataSink& sink) {
          return stream->go_on(
              [&sink](const std::string& text) { return sink.write(text.data(), text.size()); });
        },
        [this](bool) { streams_.leave(); });
  }

  PageOptions options_;
  PageSources sources_;
  std::optional<PageGuard> guard_;
  PageStreams streams_{sources_, options_};
  httplib::Server server_;
  std::thread thread_;  // last: it uses all of the above
};

PageServer::PageServer(PageOptions options, PageSources sources)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(sources))} {}

PageServer::~PageServer() = default;

std::string PageServer::url() const {
  return impl_->url();
}

PageCounts PageServer::counts() const {
  return impl_->counts();
}

}  // namespace draftstream
