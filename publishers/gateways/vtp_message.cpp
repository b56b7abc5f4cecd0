#include "publishers/gateways/vtp_message.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <pugixml.hpp>
#include <sstream>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::size_t length_bytes = 4;

// Without the prefix, which is the writer's choice.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name{node.name()};
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string text_of(const pugi::xml_node& parent, std::string_view name) {
  for (const pugi::xml_node& child : parent.children()) {
    if (local_name(child) == name) return child.text().get();
  }
  return "";
}

}  // namespace

std::string transport_xml(const TransportMessage& message, const UtcInstant& now) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("trn:Transport");
  root.append_attribute("xmlns:trn")
      .set_value("http://www.telescope-networks.org/xml/Transport/v1.1");
  root.append_attribute("version").set_value("1.0");
  root.append_attribute("role").set_value(message.role.c_str());
  root.append_child("Origin").text().set(message.origin.c_str());
  if (!message.response.empty()) {
    root.append_child("Response").text().set(message.response.c_str());
  }
  root.append_child("TimeStamp").text().set(format_iso8601(now).c_str());
  if (!message.result.empty()) {
    root.append_child("Meta").append_child("Result").text().set(message.result.c_str());
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw, pugi::encoding_utf8);
  return text.str();
}

std::optional<TransportMessage> parse_transport(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return std::nullopt;
  const pugi::xml_node root = document.document_element();
  if (local_name(root) != "Transport") return std::nullopt;
  TransportMessage message{root.attribute("role").value(), text_of(root, "Origin"),
                           text_of(root, "Response"), ""};
  for (const pugi::xml_node& child : root.children()) {
    if (local_name(child) == "Meta") message.result = text_of(child, "Result");
  }
  return message;
}

std::string vtp_frame(std::string_view message) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>((message.size() >> static_cast<unsigned>(shift)) & 0xffU);
  }
  return frame.append(message);
}

std::optional<std::string> VtpReader::next() {
  if (buffer_.size() < length_bytes) return std::nullopt;
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length = (length << 8U) | static_cast<unsigned char>(buffer_[i]);
  }
  if (length > longest_vtp_message) {
    throw InputError("VTP", fmt::format("a message of {} bytes", length),
                     fmt::format("at most {}", longest_vtp_message));
  }
  if (buffer_.size() < length_bytes + length) return std::nullopt;
  std::string message = buffer_.substr(length_bytes, length);
  buffer_.erase(0, length_bytes + length);
  return message;
}

}  // namespace draftstream
