// PRESTO's .singlepulse and .inf files: what each line says, worked out by hand.
#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::content;
using test::files_in;
using test::sample_beam;
using test::stream_beam;
using test::write;
using test::Written;

TEST_CASE("PRESTO: rows of a DM in the order of their samples", "[publishers][formats]") {
  Written written{CandidateFormat::presto};
  CHECK(files_in(written.own).empty());
  Event event = test::sample_event(0);
  write(written.files, event);
  const std::string name = "night,1_DM474.80";
  const std::string header = "# DM      Sigma      Time (s)     Sample    Downfact\n";
  const std::string first = " 474.80    8.00      2.028000       8112       8\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + first);
  event.time.sample_index = 40;
  event.signal.snr = 123.456;
  write(written.files, event);
  const std::string earlier = " 474.80  123.46      0.010000         40       8\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + earlier + first);
  event.time.sample_index = 8112;  // behind the one that is there
  event.signal.width_samples = 512;
  write(written.files, event);
  const std::string same = " 474.80  123.46      2.028000       8112     512\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + earlier + first + same);
  event.dm.value_pc_cm3 = 7.046;
  write(written.files, event);
  CHECK(files_in(written.own) ==
        std::vector<std::string>{"night,1_DM474.80.inf", "night,1_DM474.80.singlepulse",
                                 "night,1_DM7.05.inf", "night,1_DM7.05.singlepulse"});
}

TEST_CASE("PRESTO: any order of candidates gives the same rows",
          "[publishers][formats][property]") {
  std::mt19937 random{11};
  std::vector<std::uint64_t> samples;
  for (int i = 0; i < 60; ++i) samples.push_back(std::uniform_int_distribution<>{0, 50}(random));
  std::vector<std::uint64_t> found;
  for (int round = 0; round < 3; ++round) {
    std::shuffle(samples.begin(), samples.end(), random);
    Written written{CandidateFormat::presto};
    Event event = test::sample_event(0);
    for (const auto sample : samples) {
      event.time.sample_index = sample;
      write(written.files, event);
    }
    std::istringstream text{content(written.own / "night,1_DM474.80.singlepulse")};
    text.ignore(1000, '\n');
    std::vector<std::uint64_t> rows;
    double dm = 0.0;
    double snr = 0.0;
    double time_s = 0.0;
    std::uint64_t sample = 0;
    int width = 0;
    while (text >> dm >> snr >> time_s >> sample >> width) rows.push_back(sample);
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    CHECK(rows.size() == samples.size());
    CHECK((found.empty() || found == rows));
    found = rows;
  }
}

TEST_CASE("PRESTO: the time series is told as its reader in C wants it", "[publishers][formats]") {
  FormatBeam beam = sample_beam();
  beam.observation.telescope = std::string(50, 'T');
  beam.observation.source_name = "two\nlines";
  Written written{CandidateFormat::presto, {beam}};
  write(written.files, test::sample_event(0));
  // 188.5 degrees are 12.566667 hours.
  CHECK(content(written.own / "night,1_DM474.80.inf") ==
        " Data file name without suffix          =  night,1_DM474.80\n"
        " Telescope used                         =  " +
            std::string(39, 'T') +
            "\n"
            " Instrument used                        =  Unknown\n"
            " Object being observed                  =  two lines\n"
            " J2000 Right Ascension (hh:mm:ss.ssss)  =  12:34:00.0000\n"
            " J2000 Declination     (dd:mm:ss.ssss)  =  -14:15:00.0000\n"
            " Data observed by                       =  Unknown\n"
            " Epoch of observation (MJD)             =  " +
            format_mjd(beam.observation.time.start) +
            "\n"
            " Barycentered?           (1 yes, 0 no)  =  0\n"
            " Number of bins in the time series      =  400000\n"
            " Width of each time series bin (sec)    =  0.00025\n"
            " Any breaks in the data? (1 yes, 0 no)  =  0\n"
            " Type of observation (EM band)          =  Radio\n"
            " Beam diameter (arcsec)                 =  0\n"
            " Dispersion measure (cm-3 pc)           =  474.80\n"
            " Central freq of low channel (MHz)      =  1437\n"
            " Total bandwidth (MHz)                  =  64\n"
            " Number of channels                     =  64\n"
            " Channel bandwidth (MHz)                =  1\n"
            " Data analyzed by                       =  Unknown\n"
            " Any additional notes:\n"
            "    Candidates of draftstream; the beam's diameter is not known.\n");
}

TEST_CASE("PRESTO: a stream's bins reach to the last candidate", "[publishers][formats]") {
  Written written{CandidateFormat::presto, {stream_beam()}};
  Event event = test::sample_event(0);
  const auto bins = [&](std::uint64_t sample) {
    event.time.sample_index = sample;
    write(written.files, event);
    const std::string text = content(written.own / "parkes-obs_DM474.80.inf");
    const std::string mark = " Number of bins in the time series      =  ";
    return std::stoull(text.substr(text.find(mark) + mark.size()));
  };
  CHECK(bins(100) == 101);
  CHECK(bins(5000) == 5001);
  CHECK(bins(300) == 5001);
}
