#!/usr/bin/env python3
"""Feeds each parser of what comes from outside so many mutations of good input.

usage: mutations.py FOLDER RUNS [FORMAT...]
       mutations.py --fuzzers           the names of the fuzzers that it needs
FOLDER holds the fuzzers, as the preset `fuzz` builds them. Prints executions and findings of each
format; what was found lies beside it, as FORMAT-crash-... Exit status: 1 if anything was.
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

HEADER_BYTES = 400  # most that a mutated header may have
PACKETS_BYTES = 96  # and what tells which packets to make: up to 32 of them a run

DADA = (b"HDR_VERSION 1.0\nHDR_SIZE 4096\nNCHAN 64\nNBIT 8\nNPOL 1\nNDIM 1\nTSAMP 64.0\n"
        b"FREQ 1400.0\nBW -256.0\nUTC_START 2023-02-25-00:00:00\nOBS_OFFSET 4096\n"
        b"BYTES_PER_SECOND 1000000\nTELESCOPE Parkes # a comment\nBEAM 7\nSOURCE B0531+21\n")


def sigproc_header(nbits=8, nifs=1):
    """A header of 4 channels, and two spectra."""
    def text(word):
        return struct.pack("<i", len(word)) + word.encode()
    fields = [("telescope_id", "<i", 4), ("machine_id", "<i", 2), ("data_type", "<i", 1),
              ("fch1", "<d", 1500.0), ("foff", "<d", -1.0), ("nchans", "<i", 4),
              ("nbits", "<i", nbits), ("tstart", "<d", 60000.0), ("tsamp", "<d", 1e-3),
              ("nifs", "<i", nifs), ("src_raj", "<d", 53431.9), ("ibeam", "<i", 3)]
    made = text("HEADER_START") + text("source_name") + text("B0531+21")
    for name, kind, value in fields:
        made += text(name) + struct.pack(kind, value)
    return made + text("HEADER_END") + bytes(range(4 * nifs * nbits // 8 * 2))


def packets(kinds, times=16):
    """Good packets in order of time, as packet_feed.hpp makes them: kind, when, edits; and some spoilt."""
    good = [(kind, when, 0) for when in range(times) for kind in kinds]
    spoilt = [(kind, when, 1, 0, 3, 9) for when in range(times) for kind in kinds]
    return [bytes(byte for record in records for byte in record)[:PACKETS_BYTES]
            for records in (good, spoilt)]


# Format, fuzzer, good input.
FORMATS = {
    "chime-v1": ("fuzz_chime_v1", packets([8 * i for i in range(8)])),
    "chime-v2": ("fuzz_chime_v2", packets([8 * i for i in range(8)])),
    "spead": ("fuzz_spead", packets([0, 2, 4, 6, 1, 3, 5, 7])),
    "counter": ("fuzz_counter", packets([0, 1, 2])),
    "pbeam": ("fuzz_pbeam", packets([0, 1])),
    "fast": ("fuzz_fast", packets([0, 1])),
    "dada-header": ("fuzz_dada_header", [b"\0" + DADA, b"\5" + DADA.replace(b" ", b"\t")]),
    "sigproc-header": ("fuzz_sigproc_header", [sigproc_header(), sigproc_header(32, 2)]),
    "sigproc-stream": ("fuzz_sigproc_stream", [sigproc_header(), sigproc_header(16, 4)]),
}


def mutate(folder, runs, name):
    """Returns the number of executions and whether something was found."""
    fuzzer, seeds = FORMATS[name]
    longest = HEADER_BYTES if "header" in name or "stream" in name else PACKETS_BYTES
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            (pathlib.Path(corpus) / f"good{number}").write_bytes(seed)
        done = subprocess.run(
            [folder / fuzzer, f"-runs={runs}", "-seed=1", f"-max_len={longest}", "-timeout=60",
             "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={folder / name}-", corpus],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            check=False)
    counted = re.search(r"stat::number_of_executed_units: +(\d+)", done.stdout)
    executed = int(counted.group(1)) if counted else 0
    if done.returncode != 0:
        print(done.stdout[-4000:], file=sys.stderr)
    return executed, done.returncode != 0


def main():
    if sys.argv[1:] == ["--fuzzers"]:
        print("\n".join(fuzzer for fuzzer, _ in FORMATS.values()))
        return
    if len(sys.argv) < 3 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    runs = int(sys.argv[2])
    names = sys.argv[3:] or list(FORMATS)
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        sys.exit(f"mutations.py: found {unknown[0]}, expected some of {', '.join(FORMATS)}")
    failed = False
    print(f"{'format':16}{'mutations':>12}  findings")
    for name in names:
        executed, found = mutate(folder, runs, name)
        too_few = executed < runs and not found
        failed = failed or found or too_few
        outcome = "found something" if found else "ended early" if too_few else "none"
        print(f"{name:16}{executed:12}  {outcome}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
