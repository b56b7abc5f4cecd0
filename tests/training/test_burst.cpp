// What a user may write for a burst, and what is refused.
#include <string>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "training/burst.hpp"

using namespace draftstream;

TEST_CASE("a burst is read key by key", "[training][burst]") {
  const Burst all =
      parse_burst("dm=512.5,t=-2.25,width_ms=4,snr=33,tau_ms=8,index=-1.5,band=1400-1250.5");
  CHECK(all.dm == DispersionMeasure{512.5});
  CHECK(all.toa == Seconds{-2.25});
  CHECK(all.width == Seconds{0.004});
  CHECK(all.snr == 33.0);
  CHECK(all.tau == Seconds{0.008});
  CHECK(all.index == -1.5);
  REQUIRE(all.band);
  CHECK(*all.band == Band{Megahertz{1400.0}, Megahertz{1250.5}});

  const Burst structured = parse_burst(
      "dm=5,t=1,components=3,spacing_ms=7,ratio=0.5,drift_mhz_ms=2.5,slant_ms=1.5,scint_mhz=12,"
      "scint_depth=0.25,scint_seed=9007199254740992,band=1400-1300");
  CHECK(structured.components == 3);
  CHECK(structured.spacing == Seconds{0.007});
  CHECK(structured.spread() == Seconds{0.014});
  CHECK(structured.ratio == 0.5);
  CHECK(structured.drift_mhz_ms == 2.5);
  CHECK(structured.slant == Seconds{0.0015});
  CHECK(structured.scint_scale == Megahertz{12.0});
  CHECK(structured.scint_depth == 0.25);
  CHECK(structured.scint_seed == std::uint64_t{1} << 53U);
  CHECK(structured.band_of(0) == structured.band);
  CHECK(structured.band_of(2) == Band{Megahertz{1365.0}, Megahertz{1265.0}});  // 2 x 7 x 2.5 lower

  const Burst least = parse_burst("t=1e1,dm=0");
  CHECK(least.components == 1);
  CHECK(least.spread() == Seconds{0.0});
  CHECK(least.scint_scale == Megahertz{0.0});
  CHECK_FALSE(least.band_of(0));
  CHECK(least.dm == DispersionMeasure{0.0});
  CHECK(least.toa == Seconds{10.0});
  CHECK(least.width == Burst{}.width);
  CHECK(least.snr == Burst{}.snr);
  CHECK_FALSE(least.band);
}

TEST_CASE("a bad burst names its key", "[training][burst]") {
  struct Row {
    std::string text;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {"", "expected key 'dm'"},
      {"dm=5", "expected key 't'"},
      {"t=5", "expected key 'dm'"},
      {"dm=5,t=1,dm=6", "key 'dm': found twice"},
      {"dm=5,t=1,with_ms=6", "found key 'with_ms', expected one of dm, t, width_ms"},
      {"DM=5,t=1", "found key 'DM'"},
      {" dm=5,t=1", "found key ' dm'"},
      {"dm,t=1", "key 'dm': found no value"},
      {"dm=,t=1", "key 'dm': found '', expected a number"},
      {"dm=5pc,t=1", "key 'dm': found '5pc', expected a number"},
      {",dm=5,t=1", "found key ''"},
      {"dm=5,,t=1", "found key ''"},
      {"dm=nan,t=1", "key 'dm': found 'nan', expected a number"},
      {"dm=inf,t=1", "key 'dm': found 'inf', expected a number"},
      {"dm=1e999,t=1", "key 'dm': found '1e999', expected a number"},
      {"dm=-1,t=1", "key 'dm': found -1, expected 0 to"},
      {"dm=1,t=1,width_ms=0", "key 'width_ms': found 0"},
      {"dm=1,t=1,snr=-3", "key 'snr': found -3"},
      {"dm=1,t=1,tau_ms=-3", "key 'tau_ms': found -3"},
      {"dm=1,t=1,index=1e5", "key 'index': found 100000"},
      {"dm=1,t=1,band=1400", "key 'band': found '1400', expected TOP-BOTTOM"},
      {"dm=1,t=1,band=1200-1400", "key 'band': found 1200-1400 MHz, expected TOP above BOTTOM"},
      {"dm=1,t=1,band=1400-1400", "expected TOP above BOTTOM"},
      {"dm=1,t=1,band=1400-", "key 'band': found '', expected a number"},
      {"dm=1,t=1,components=0", "key 'components': found '0', expected a whole number, 1 to 8"},
      {"dm=1,t=1,components=9", "key 'components': found '9', expected a whole number, 1 to 8"},
      {"dm=1,t=1,components=1.5", "key 'components': found '1.5', expected a whole number"},
      {"dm=1,t=1,components=2", "found 2 components and key 'spacing_ms' of 0, expected a spacing"},
      {"dm=1,t=1,spacing_ms=4", "found 1 component and key 'spacing_ms' of 4, expected a spacing"},
      {"dm=1,t=1,components=2,spacing_ms=-1", "key 'spacing_ms': found -1, expected 0 to"},
      {"dm=1,t=1,ratio=0", "key 'ratio': found 0, expected 0.001 to 1000"},
      {"dm=1,t=1,drift_mhz_ms=-1", "key 'drift_mhz_ms': found -1, expected 0 to"},
      {"dm=1,t=1,band=1400-1300,drift_mhz_ms=1", "found 1 with one component, expected keys"},
      {"dm=1,t=1,components=2,spacing_ms=1,drift_mhz_ms=1", "found 1 with no band, expected keys"},
      {"dm=1,t=1,slant_ms=-1", "key 'slant_ms': found -1, expected 0 to"},
      {"dm=1,t=1,scint_mhz=-1", "key 'scint_mhz': found -1, expected 0 to"},
      {"dm=1,t=1,scint_mhz=1e-9", "key 'scint_mhz': found 1e-09, expected 1e-06 to"},
      {"dm=1,t=1,scint_depth=1.1", "key 'scint_depth': found 1.1, expected 0 to 1"},
      {"dm=1,t=1,scint_seed=-1", "key 'scint_seed': found '-1', expected a whole number, 0 to"},
      {"dm=1,t=1,scint_seed=1e16", "key 'scint_seed': found '1e16', expected a whole number"},
      {"dm=1=2,t=1", "key 'dm': found '1=2', expected a number"},
  }));
  INFO(row.text);
  std::string message;
  try {
    parse_burst(row.text);
  } catch (const ConfigError& error) {
    message = error.what();
  }
  CHECK_THAT(message, ContainsSubstring(row.message));
}

TEST_CASE("whatever is cut out of a burst's text is read or refused", "[training][burst]") {
  const std::string good =
      GENERATE("dm=512.5,t=2,width_ms=4,snr=33,tau_ms=8,index=-1.5,band=1400-1250",
               "dm=5,t=2,components=3,spacing_ms=7,ratio=.5,drift_mhz_ms=2,band=1400-1250",
               "dm=5,t=2,slant_ms=1.5,scint_mhz=12,scint_depth=0.25,scint_seed=5");
  std::size_t read = 0;
  for (std::size_t from = 0; from < good.size(); ++from) {
    for (std::size_t length = 0; from + length <= good.size(); ++length) {
      std::string text = good;
      text.erase(from, length);
      try {
        const Burst burst = parse_burst(text);
        CHECK_NOTHROW(check(burst));
        ++read;
      } catch (const ConfigError&) {
        continue;
      }
    }
  }
  CHECK(read > 50);    // an optional key less, a digit less
  CHECK(read < 1500);  // of some 2000 or more
}

TEST_CASE("a band is two edges", "[training][burst]") {
  CHECK(parse_band("1500:1200.5", ':', "--band") == Band{Megahertz{1500.0}, Megahertz{1200.5}});
  CHECK_THROWS_WITH(parse_band("1500-1200", ':', "--band"),
                    "--band: found '1500-1200', expected TOP:BOTTOM in MHz");
  CHECK_THROWS_AS(parse_band("100:-100", ':', "--band"), ConfigError);
}
