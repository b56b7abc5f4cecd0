// Networks that fail, in a run that goes on.
#include <cmath>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "app/guarded_networks.hpp"
#include "tests/engine/fake_networks.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

// What a classifier of this formula says of one patch of zeros, guarded.
float guarded_answer(test::FakeModel::Formula formula) {
  test::FakeNetworks fakes;
  fakes.classifier = std::make_shared<test::FakeModel>(NetworkKind::classifier, formula);
  const RunNetworks guarded =
      guarded_networks({fakes.networks(), "d.pt", "c.pt", NetworkDevice::cpu, ""});
  CHECK(guarded.classifier_file == "c.pt");
  const std::vector<std::uint8_t> patch(shape_of(NetworkKind::classifier).bytes());
  float answer = 0.0F;
  guarded.networks->classifier.model->run(patch, 1, std::span{&answer, 1});
  return answer;
}

}  // namespace

TEST_CASE("a network that fails says what is no number", "[app][networks]") {
  using Input = std::span<const std::uint8_t>;
  using Output = std::span<float>;
  CHECK(guarded_answer([](Input, Output output) { output[0] = 3.0F; }) == 3.0F);
  CHECK(std::isnan(guarded_answer([](Input, Output output) { output[0] = std::nanf(""); })));
  CHECK(std::isnan(guarded_answer([](Input, Output output) {
    output[0] = 3.0F;
    throw std::runtime_error("out of order");
  })));
}

TEST_CASE("where there are no networks none are guarded", "[app][networks]") {
  CHECK(guarded_networks({nullptr, "", "", NetworkDevice::cpu, "none"}).networks == nullptr);
}
