// What changes while live runs, and what does not.
#include <limits>
#include <string>
#include <vector>

#include "app/exit_status.hpp"
#include "app/live_settings.hpp"
#include "ingest/errors.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;
using test::write_file;

namespace {

using Texts = std::vector<std::string>;

const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-4.0}, 8};

std::vector<bool> channels(const std::string& pattern) {
  std::vector<bool> mask;
  for (const char c : pattern) mask.push_back(c == 'x');
  return mask;
}

}  // namespace

TEST_CASE("a reload takes thresholds and mask, and names the rest", "[app][live_settings]") {
  const TemporaryFolder folder;
  Settings file;
  file.mask_file = folder.file("mask");
  write_file(file.mask_file, "1");
  LiveSettings settings{file, [&file] { return file; }};
  CHECK(settings.mask(axis) == channels(".x......"));

  file.search.threshold_snr = 8.5;
  file.search.dm_max = DispersionMeasure{500.0};
  file.site = "elsewhere";
  write_file(file.mask_file, "2-3");
  CHECK(settings.mask(axis) == channels(".x......"));  // until it is told
  const auto reloaded = settings.reload();
  CHECK(reloaded.changed == Texts{"search.threshold_snr: 7, now 8.5", "the mask"});
  CHECK(reloaded.at_restart ==
        Texts{"search.dm_pc_cm3: 0:2000, now 0:500", "publish.site: local, now elsewhere"});
  CHECK(settings.current().search.threshold_snr == 8.5);
  CHECK(settings.current().search.dm_max == DispersionMeasure{2000.0});
  CHECK(settings.current().site == "local");
  CHECK(settings.mask(axis) == channels("..xx...."));
  CHECK(settings.reload().changed.empty());
}

TEST_CASE("a reload that fails changes nothing", "[app][live_settings]") {
  const TemporaryFolder folder;
  Settings file;
  file.mask_file = folder.file("mask");
  write_file(file.mask_file, "1");
  bool is_bad = false;
  LiveSettings settings{file, [&] {
                          if (is_bad) throw ConfigError("a.yaml:2: found something");
                          return file;
                        }};
  CHECK(settings.mask(axis) == channels(".x......"));
  file.search.threshold_snr = 9.0;
  SECTION("the configuration") {
    is_bad = true;
    CHECK_THROWS_AS(settings.reload(), ConfigError);
  }
  SECTION("a mask of another band") {
    write_file(file.mask_file, "8");
    CHECK_THROWS_AS(settings.reload(), InputError);
  }
  SECTION("a mask that is gone") {
    file.mask_file = folder.file("none");
    CHECK_THROWS_AS(settings.reload(), MissingInput);
  }
  CHECK(settings.current().search.threshold_snr == 7.0);
  CHECK(settings.mask(axis) == channels(".x......"));
}

TEST_CASE("a mask that was reloaded and does not fit is passed over", "[app][live_settings]") {
  const TemporaryFolder folder;
  Settings file;
  file.mask_file = folder.file("mask");
  write_file(file.mask_file, "1");
  LiveSettings settings{file, [&file] { return file; }};
  const FrequencyAxis wide{Megahertz{1500.0}, Megahertz{-4.0}, 16};
  CHECK(settings.mask(wide) == channels(".x.............."));
  write_file(file.mask_file, "15");
  CHECK(settings.reload().changed == Texts{"the mask"});
  CHECK(settings.mask(axis) == channels(".x......"));
  CHECK(settings.mask(wide) == channels("...............x"));
  CHECK_THROWS_AS(settings.mask(axis), InputError);  // no longer one that is from before
}

TEST_CASE("masks and thresholds that operators change last until a reload",
          "[app][live_settings]") {
  const TemporaryFolder folder;
  Settings file;
  file.mask_file = folder.file("mask");
  write_file(file.mask_file, "1 2");
  LiveSettings settings{file, [&file] { return file; }};
  CHECK_THROWS_AS(settings.change_mask("3", ""), TryAgain);
  (void)settings.mask(axis);
  CHECK(settings.change_mask("4-5", "1") == 3);
  CHECK(settings.change_mask("1484:1488MHz", "") == 4);  // channel 3; 4 is masked
  CHECK_THROWS_AS(settings.change_mask("4 nine", ""), InputError);
  CHECK(settings.mask(axis) == channels("..xxxx.."));
  settings.set_threshold(6.5);
  CHECK(settings.current().search.threshold_snr == 6.5);
  for (const double bad : {2.9, 1.1e6, -7.0})
    CHECK_THROWS_AS(settings.set_threshold(bad), UsageError);
  CHECK_THROWS_AS(settings.set_threshold(std::numeric_limits<double>::quiet_NaN()), UsageError);
  CHECK(settings.current().search.threshold_snr == 6.5);

  const FrequencyAxis narrow{Megahertz{1500.0}, Megahertz{-4.0}, 4};
  CHECK(settings.mask(narrow) == channels(".xx."));  // the changes do not fit

  CHECK(settings.reload().changed == Texts{"search.threshold_snr: 6.5, now 7"});
  CHECK(settings.mask(axis) == channels(".xx....."));
}
