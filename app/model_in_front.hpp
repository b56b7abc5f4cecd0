// Models that do something around another one.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/infer/inference_model.hpp"

namespace draftstream {

/// What it says of itself is what the one behind says.
class ModelInFront : public InferenceModel {
 public:
  explicit ModelInFront(std::shared_ptr<InferenceModel> behind) : behind_{std::move(behind)} {}

  [[nodiscard]] const std::string& metadata() const override { return behind_->metadata(); }
  [[nodiscard]] const std::string& metadata_sha256() const override {
    return behind_->metadata_sha256();
  }
  [[nodiscard]] const std::string& weights_sha256() const override {
    return behind_->weights_sha256();
  }

 protected:
  [[nodiscard]] InferenceModel& behind() const noexcept { return *behind_; }

 private:
  std::shared_ptr<InferenceModel> behind_;
};

}  // namespace draftstream
