#include "publishers/replay_protocol.hpp"

#include <algorithm>

#include "publishers/json_fields.hpp"
#include "publishers/topic.hpp"

namespace draftstream {

std::string to_json(const ReplayRequest& request) {
  OrderedJson json;
  if (request.op == ReplayRequest::Op::replay) {
    json = {{"op", "replay"}, {"from", request.from}};
    if (request.to) json["to"] = *request.to;
  } else {
    json = {{"op", "snapshot"}, {"last", request.last}};
  }
  json["id"] = request.id;
  if (!request.session.empty()) json["session"] = request.session;
  if (!request.topic.empty()) json["topic"] = request.topic;
  return one_line(json);
}

ReplayRequest parse_replay_request(std::string_view json) {
  const nlohmann::json parsed = parse_object(json);
  const FieldReader fields{parsed};
  ReplayRequest request;
  if (fields.one_of("op", {"replay", "snapshot"}) == 0) {
    request.op = ReplayRequest::Op::replay;
    request.from = fields.count("from", 1);
    request.to = fields.maybe_count("to");
  } else {
    request.op = ReplayRequest::Op::snapshot;
    request.last = fields.count("last");
  }
  request.id = fields.maybe_count("id").value_or(0);
  request.session = fields.maybe_text("session").value_or("");
  request.topic = fields.maybe_text("topic").value_or("");
  return request;
}

std::string to_json(const ReplayEnd& end) {
  OrderedJson json{{"op", end.error.empty() ? "end" : "error"},
                   {"last", end.last},
                   {"id", end.id},
                   {"publisher", end.state.publisher},
                   {"session", end.state.session},
                   {"session_started_utc", format_iso8601(end.state.session_started)},
                   {"journal", known_text(end.state.journal)},
                   {"session_first_seq", end.state.session_first_seq},
                   {"first_seq", end.first_seq},
                   {"last_seq", end.state.last_seq}};
  if (!end.error.empty()) json["text"] = end.error;
  return one_line(json);
}

ReplayEnd parse_replay_end(std::string_view json) {
  const nlohmann::json parsed = parse_object(json);
  const FieldReader fields{parsed};
  ReplayEnd end;
  if (fields.one_of("op", {"end", "error"}) == 1) end.error = fields.text("text");
  end.last = fields.count("last");
  end.id = fields.count("id");
  end.state = {fields.text("publisher"),
               fields.text("session"),
               fields.instant("session_started_utc"),
               fields.count("last_seq"),
               fields.maybe_text("journal").value_or(""),
               fields.maybe_count("session_first_seq").value_or(1)};
  end.first_seq = fields.maybe_count("first_seq").value_or(1);
  return end;
}

ReplayAnswer answer_request(std::string_view request_json, const EventStore& store,
                            const PublisherState& state, std::size_t batch) {
  ReplayAnswer answer;
  answer.end.state = state;
  answer.end.first_seq = store.first_seq();
  ReplayRequest request;
  try {
    request = parse_replay_request(request_json);
    if (!request.session.empty() && request.session != state.session) {
      throw InputError("field session", request.session, state.session);
    }
  } catch (const InputError& fault) {
    answer.end.error = fault.what();
    return answer;
  }
  answer.end.id = request.id;

  std::uint64_t from = request.from;
  std::uint64_t to = std::min(request.to.value_or(state.last_seq), state.last_seq);
  if (request.op == ReplayRequest::Op::snapshot) {
    to = state.last_seq;
    from = to - std::min({request.last, to, std::uint64_t{batch}}) + 1;
  }
  answer.end.last = to;
  if (from > to) return answer;

  try {
    const auto stored = store.read(from, to, batch);
    for (const auto& json : stored) {
      const Event event = parse_event(json);  // for its topic: cheap beside the search behind it
      if (stored.size() == batch) answer.end.last = event.seq;
      std::string topic = topic_name(event);
      if (topic.starts_with(request.topic)) answer.events.push_back({std::move(topic), json});
    }
  } catch (const std::exception& fault) {  // a disk that fails, a file that was changed
    answer.events.clear();
    answer.end.error = std::string{"stored events cannot be read: "} + fault.what();
  }
  return answer;
}

}  // namespace draftstream
