// Prints each event that is published: listen [ENDPOINT]
#include <iostream>
#include <nlohmann/json.hpp>
#include <zmq_addon.hpp>

int main(int argc, char** argv) {
  zmq::context_t context;
  zmq::socket_t topic{context, zmq::socket_type::sub};
  topic.set(zmq::sockopt::subscribe, "frb.");
  topic.connect(argc > 1 ? argv[1] : "tcp://127.0.0.1:5555");
  for (bool ended = false; !ended;) {
    zmq::multipart_t frames{topic};
    const auto message = nlohmann::json::parse(frames[1].to_string_view());
    const std::string type = message["message_type"];
    if (type == "event" && message["alert_tense"] != "injection") {
      std::cout << message["event_id"].get<std::string>() << ' ' << message["signal"]["snr"] << ' '
                << message["dm"]["value_pc_cm3"] << std::endl;
    }
    ended = type == "status" && message["status"]["state"] == "ended";
  }
}
