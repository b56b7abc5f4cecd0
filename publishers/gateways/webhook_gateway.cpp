#include "publishers/gateways/webhook_gateway.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::size_t longest_answer = 200;  // [bytes] of it that are told; the rest is not kept
constexpr long most_answer = 1 << 20;        // [bytes] that are received at all

struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, SlistDeleter>;

void add(Headers& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers.release();
  headers.reset(longer);
}

std::size_t keep_beginning(char* data, std::size_t, std::size_t size, void* kept) {
  auto& text = *static_cast<std::string*>(kept);
  text.append(data, std::min(size, longest_answer - std::min(longest_answer, text.size())));
  return size;
}

int stops(void* stopped, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopped)->load() ? 1 : 0;
}

// What is said of an answer: its first line, printable.
std::string excerpt(const std::string& answer) {
  std::string text = answer.substr(0, answer.find('\n'));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text.empty() ? "" : fmt::format(" ({})", text);
}

bool is_for_a_while(long status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

}  // namespace

class WebhookGateway::Impl {
 public:
  explicit Impl(WebhookOptions options) : options_{std::move(options)} {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) throw std::runtime_error(curl_easy_strerror(ready));
    handle_.reset(curl_easy_init());
    if (!handle_) throw std::runtime_error("libcurl cannot be used");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_USERAGENT, "draftstream");
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.timeout.count() / 2));
    set(CURLOPT_MAXFILESIZE, most_answer);
    set(CURLOPT_WRITEFUNCTION, keep_beginning);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, stops);
    set(CURLOPT_XFERINFODATA, &stopped_);
    set(CURLOPT_URL, options_.url.c_str());
  }

  Delivery deliver(const OutgoingEvent& outgoing) {
    const std::string body = webhook_body(outgoing, options_.body);
    Headers headers;
    add(headers, "Content-Type: application/json");
    add(headers, "Expect:");  // no question before the body
    add(headers, fmt::format("Idempotency-Key: {}", outgoing.event.uuid));
    if (!options_.secret.empty()) {
      add(headers,
          fmt::format("X-Draftstream-Signature-256: {}", webhook_signature(body, options_.secret)));
    }
    std::string answer;
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_WRITEDATA, &answer);
    const CURLcode result = curl_easy_perform(handle_.get());
    set(CURLOPT_HTTPHEADER, nullptr);
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    // A status counts, whatever became of the rest of its answer: it was said.
    if (result == CURLE_OK || status >= 200) return judge_answer(status, answer);
    return Delivery::later(curl_easy_strerror(result));
  }

  void stop() noexcept { stopped_ = true; }

 private:
  struct Deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode result = curl_easy_setopt(handle_.get(), option, value);
    if (result != CURLE_OK) throw std::runtime_error(curl_easy_strerror(result));
  }

  Delivery judge_answer(long status, const std::string& answer) {
    if (status >= 200 && status < 300) return Delivery::delivered();
    const std::string reason = fmt::format("HTTP status {}{}", status, excerpt(answer));
    if (!is_for_a_while(status)) return Delivery::refused(reason);
    Delivery delivery = Delivery::later(reason);
    curl_off_t wait_s = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &wait_s);
    if (wait_s > 0) delivery.wait = std::chrono::seconds{wait_s};
    return delivery;
  }

  const WebhookOptions options_;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<CURL, Deleter> handle_;
};

bool is_url_of_http(const std::string& url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts{curl_url(), &curl_url_cleanup};
  return parts && curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
}

WebhookGateway::WebhookGateway(WebhookOptions options) {
  if (!is_url_of_http(options.url)) {
    throw ConfigError("found a URL that is not of HTTP, expected http://... or https://...");
  }
  impl_ = std::make_unique<Impl>(std::move(options));
}

WebhookGateway::~WebhookGateway() = default;

Delivery WebhookGateway::deliver(const OutgoingEvent& outgoing) {
  return impl_->deliver(outgoing);
}

void WebhookGateway::stop() noexcept {
  impl_->stop();
}

}  // namespace draftstream
