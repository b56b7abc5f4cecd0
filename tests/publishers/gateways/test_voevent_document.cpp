// VOEvents. Schemas are asked by tests/publishers/gateways/tell_the_world.py.
#include <fmt/format.h>

#include <pugixml.hpp>
#include <string>

#include "publishers/gateways/voevent_document.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

VoeventAuthor author() {
  VoeventAuthor author;
  author.ivorn = "ivo://org.example/draftstream";
  author.contact_email = "night@example.org";
  author.position_error_deg = 0.125;
  author.gain_k_jy = 0.7;
  return author;
}

// A document that outlives what is asked of it.
struct Document {
  explicit Document(const OutgoingEvent& outgoing, const VoeventAuthor& by = author()) {
    REQUIRE(document.load_string(voevent_document(outgoing, by).c_str()));
  }
  [[nodiscard]] std::string at(const std::string& path) const {
    const auto found = document.select_node(path.c_str());
    return found.attribute() ? found.attribute().value() : found.node().text().get();
  }
  [[nodiscard]] std::string param(const std::string& name) const {
    return at("//Param[@name='" + name + "']/@value");
  }
  [[nodiscard]] std::size_t count(const std::string& path) const {
    return document.select_nodes(path.c_str()).size();
  }

  pugi::xml_document document;
};

}  // namespace

TEST_CASE("a VOEvent has the event's values in the standard's units", "[publishers][gateways]") {
  Event event = test::current_event(1);
  event.classifier.probability = 0.75;
  const Document document{{event, "", {}, "R1"}};
  CHECK(document.at("/voe:VOEvent/@ivorn") ==
        "ivo://org.example/draftstream#" + event.event_id + "/1");
  CHECK(document.at("/voe:VOEvent/@role") == "observation");
  CHECK(document.at("/voe:VOEvent/@version") == "2.0");
  CHECK(document.at("//Who/AuthorIVORN") == "ivo://org.example/draftstream");
  CHECK(document.at("//Who/Author/contactEmail") == "night@example.org");
  CHECK(document.param("dm") == fmt::format("{}", event.dm.value_pc_cm3));
  CHECK(document.param("dm_error") == "0.7");
  CHECK(document.at("//Group[@name='event parameters']/Param[@name='dm']/@unit") == "pc/cm^3");
  CHECK(document.param("snr") == "8.1");
  CHECK(document.param("width") == fmt::format("{}", event.signal.width_ms));
  CHECK(document.param("sampling_time") == "0.25");
  CHECK(document.param("bandwidth") == "64");
  CHECK(document.param("centre_frequency") == "1468.5");
  CHECK(document.param("nchan") == "64");
  CHECK(document.param("bits_per_sample") == "2");
  CHECK(document.param("beam") == "7");
  CHECK(document.param("gain") == "0.7");
  CHECK(document.param("known_source") == "R1");
  CHECK(document.count("//Param[@name='tsys']") == 0);
  CHECK(document.at("//TimeInstant/ISOTime") == "2018-04-17T13:18:33.251581789");
  CHECK(document.at("//Time/Error") == "0.0004");
  CHECK(document.at("//AstroCoordSystem/@id") == "UTC-ICRS-TOPO");
  CHECK(document.at("//Position2D/Value2/C1") == "188.5");
  CHECK(document.at("//Position2D/Value2/C2") == "-14.25");
  CHECK(document.at("//Position2D/Error2Radius") == "0.125");
  CHECK(document.at("//Why/@importance") == "0.75");
  CHECK(document.at("//Why/Name") == "FRB180417");
  CHECK(document.count("//Citations") == 0);
}

TEST_CASE("a VOEvent leaves out what is not known", "[publishers][gateways]") {
  Event event = test::current_event(1);
  CHECK(Document{{event, "", {}, ""}}.count("//Why[@importance]") == 0);
  VoeventAuthor nameless;
  nameless.ivorn = "ivo://a/b";
  const Document without_error{{event, "", {}, ""}, nameless};
  CHECK(without_error.count("//Position2D") == 0);  // the schema wants an error beside it
  CHECK(without_error.count("//Who/Author") == 0);
  event.position = {};
  event.beam = {};
  const Document nowhere{{event, "", {}, ""}};
  CHECK(nowhere.count("//Position2D") == 0);
  CHECK(nowhere.count("//Param[@name='gl' or @name='gb' or @name='beam']") == 0);
}

TEST_CASE("a VOEvent cites what it follows", "[publishers][gateways]") {
  const Event event = test::current_event(1);
  const Event update = test::update_of(event);
  const Document second{{update, "", {{event.event_id, 1}}, ""}};
  CHECK(second.at("/voe:VOEvent/@ivorn") == ivorn_of(author(), {event.event_id, 2}));
  CHECK(second.at("//Citations/EventIVORN") == ivorn_of(author(), {event.event_id, 1}));
  CHECK(second.at("//Citations/EventIVORN/@cite") == "supersedes");

  Event retraction = test::update_of(event, AlertType::retraction);
  retraction.retraction_reason = "the full search found no such pulse";
  const Document last{{retraction, "", {{event.event_id, 1}}, ""}};
  CHECK(last.at("//Citations/EventIVORN/@cite") == "retraction");
  CHECK(last.at("//Citations/Description") == *retraction.retraction_reason);
  CHECK(last.at("//Why/@importance") == "0");

  const Document confirming{{event, "", {{"a-p", 2}, {"b-p", 1}}, ""}};
  CHECK(confirming.count("//Citations/EventIVORN[@cite='supersedes']") == 2);
}

TEST_CASE("names from outside do not break a VOEvent", "[publishers][gateways]") {
  Event event = test::current_event(1);
  event.observation.telescope = "<a href=\"x\">&\x01\x1f\n]]>\xef\xbf\xbf";
  event.observation.backend = "\"'><evil/>";
  const Document document{{event, "", {}, ""}};
  CHECK(document.at("//ObservatoryLocation/@id") == "<a href=\"x\">&???]]>?");
  CHECK(document.param("backend") == "\"'><evil/>");
  CHECK(document.count("//evil") == 0);
}
