"""Reads what `draftstream --format` wrote by the rules of each format, and compares it with
candidates.csv: FETCH's images by h5py, VOTables by astropy and their schema, the others by readers
that know docs/interfaces/formats.md and nothing of ours.

usage: read_formats.py DRAFTSTREAM
"""

import csv
import datetime
import json
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from astropy.io import votable
from astropy.io.votable import ucd

FORMATS = ["heimdall", "presto", "fetch", "drafts++", "drafts++2025-07", "transientx", "votable"]
ALL = ["--format", ",".join(FORMATS[:4]), "--format", ",".join(FORMATS[4:])]
TSAMP_S = 1e-3
PROGRAM = sys.argv[1]


def check(condition, sentence):
    if not condition:
        sys.exit(f"read_formats: {sentence}")


def draftstream(*arguments, status=0):
    """Runs the program. @return What it said on stderr."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}")
    return done.stderr


def simulate(path, seed, *more):
    """24 s of 64 channels of 1 ms, and two bursts."""
    draftstream("simulate", path, "--nchans", 64, "--tsamp", TSAMP_S, "--duration", 24, "--nbits", 8,
                "--seed", seed, "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                "--burst", "dm=120,t=18.25,width_ms=2,snr=18", "--quiet", *more)
    return path


def replay(out, *arguments):
    draftstream("replay", *arguments, "-o", out, "--dm", "0:600", "--threshold", 4, "--quiet", *ALL)
    return out


def table(path):
    """Rows of a CSV file with names, by Python's own reader."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def candidates(out):
    return table(out / "candidates.csv")


def close(a, b, within):
    return abs(float(a) - float(b)) <= within


def same(rows, expected, what):
    """Each row of a format goes with one of candidates.csv, in order."""
    check(len(rows) == len(expected), f"{what}: {len(rows)} rows, expected {len(expected)}")
    return zip(rows, expected)


def columns(path):
    """Of the lines of a file, between tabs."""
    return [line.split("\t") for line in path.read_text().splitlines()]


def read_heimdall(path, expected, start):
    check(path.name.startswith(start.strftime("%Y-%m-%d-%H:%M:%S_")), f"heimdall: {path.name}")
    trials = {}
    for row, own in same(columns(path), expected, "heimdall"):
        check(len(row) == 10 and row[9] == "", f"heimdall: {row}")
        snr, sample, seconds, filter_, trial, dm, members, first, last = map(float, row[:9])
        check(snr == float(own["snr"]), f"heimdall: S/N {snr}")
        check(sample == float(own["sample_index"]), f"heimdall: sample {sample}")
        check(close(seconds, sample * TSAMP_S, 1e-9), f"heimdall: {seconds} s")
        check(filter_ == np.rint(np.log2(float(own["boxcar_samples"]))), f"heimdall: 2^{filter_}")
        check(dm == float(own["dm_pc_cm3"]), f"heimdall: DM {dm}")
        check(members == float(own["members"]), f"heimdall: {members} members")
        check(last - first + 1 == float(own["boxcar_samples"]), f"heimdall: {first} to {last}")
        middle = (first + last + 1) / 2 * TSAMP_S
        check(close(middle, own["toa_s"], 1e-9), f"heimdall: {middle} s, not {own['toa_s']}")
        trials[dm] = trial
    rising = [trials[dm] for dm in sorted(trials)]
    check(rising == sorted(rising), "heimdall: trials do not rise with DM")


def read_inf(path):
    """As readinf() of PRESTO: lines in their order, values behind column 40."""
    lines = path.read_text(encoding="latin-1").splitlines()
    check(all(line[40] == "=" for line in lines[:20]), f"{path.name}: no '=' at column 40")
    check(lines[20] == " Any additional notes:", f"{path.name}: {lines[20]}")
    value = [line[41:].strip() for line in lines[:20]]
    check(value[12] == "Radio" and value[8] == "0" and value[11] == "0", f"{path.name}: {value}")
    return {"name": value[0], "epoch": float(value[7]), "bins": int(value[9]),
            "dt": float(value[10]), "dm": float(value[14]), "low": float(value[15]),
            "band": float(value[16]), "channels": int(value[17])}


def read_presto(folder, expected, bins):
    rows = []
    for path in folder.glob("*.singlepulse"):
        lines = path.read_text().splitlines()
        check(lines[0] == "# DM      Sigma      Time (s)     Sample    Downfact", path.name)
        here = [line.split() for line in lines[1:]]
        dm = path.stem.rpartition("_DM")[2]
        inf = read_inf(path.with_suffix(".inf"))
        check(all(float(row[0]) == float(dm) == inf["dm"] for row in here), f"{path.name}: DMs")
        samples = [int(row[3]) for row in here]
        check(samples == sorted(samples), f"{path.name}: not sorted")
        check(inf["name"] == path.stem and inf["dt"] == TSAMP_S, f"{path.name}: {inf}")
        check(inf["bins"] == (bins or samples[-1] + 1), f"{path.name}: {inf['bins']} bins")
        check(inf["channels"] == 64, f"{path.name}: {inf['channels']} channels")
        rows += here
    check(len(list(folder.glob("*.inf"))) == len(list(folder.glob("*.singlepulse"))), "PRESTO: .inf")
    # In no order of their own: compared as sets of what they say.
    found = sorted((int(r[3]), float(r[0]), float(r[1]), float(r[2]), int(r[4])) for r in rows)
    own = sorted((int(r["sample_index"]), float(f"{float(r['dm_pc_cm3']):.2f}"),
                  float(f"{float(r['snr']):.2f}"),
                  float(f"{int(r['sample_index']) * TSAMP_S:.6f}"), int(r["boxcar_samples"]))
                 for r in expected)
    check(found == own, "PRESTO: other rows")


def read_fetch(folder, expected, firsts, images):
    """@param firsts  Time of the first sample of each recording [s]."""
    for row, own in same(table(folder / "cand.csv"), expected, "FETCH"):
        check(row["file"] == own["file"], f"FETCH: {row['file']}")
        check(row["snr"] == own["snr"] and row["dm"] == own["dm_pc_cm3"], f"FETCH: {row}")
        check(close(row["stime"], float(own["toa_s"]) - firsts[own["file"]], 1e-9), f"FETCH: {row}")
        check(2 ** int(row["width"]) == 2 ** np.rint(np.log2(int(own["boxcar_samples"]))),
              f"FETCH: 2^{row['width']} samples")
        check(row["label"] == str(int(own["label"] == "burst")), f"FETCH: label {row['label']}")
        check(row["chan_mask_path"] == "" and row["num_files"] == "1", f"FETCH: {row}")
    paths = list(folder.glob("*.h5"))
    check(len(paths) == (len(expected) if images else 0), f"FETCH: {len(paths)} images")
    by_place = {(own["toa_s"], own["dm_pc_cm3"]): own for own in expected}
    results = {row["candidate"]: row for row in table(folder / "results_draftstream.csv")}
    for path in paths:
        with h5py.File(path) as file:
            own = by_place[(str(file.attrs["tcand"]), str(file.attrs["dm"]))]
            check(file["data_freq_time"].shape == (256, 256), f"FETCH: {path.name}")
            check(file["data_dm_time"].dims[0].label == "dm", f"FETCH: {path.name}")
            check(np.ptp(file["data_freq_time"]) > 0, f"FETCH: {path.name} is flat")
            check(str(file.attrs["snr"]) == own["snr"], f"FETCH: {path.name}: S/N")
            check(file.attrs["width"] == int(own["boxcar_samples"]), f"FETCH: {path.name}: width")
        if own["label"] == "unjudged":
            check(path.name not in results, f"FETCH: a verdict on {path.name}")
            continue
        result = results[path.name]
        check(int(result["label"]) == int(float(result["probability"]) >= 0.5), f"FETCH: {result}")


def read_drafts(folder, expected, firsts, stems, old=False):
    rows = []
    for stem in stems:
        here = table(folder / "Summary" / stem / f"{stem}.candidates.csv")
        check(all(len(row) == (16 if old else 29) and None not in row for row in here), "DRAFTS++")
        rows += here
    for row, own in same(rows, expected, "DRAFTS++"):
        check(row["file"] == pathlib.Path(own["file"]).name, f"DRAFTS++: {row['file']}")
        check(row["chunk_id"] == own["chunk"] and row["slice_id"] == row["band_id"] == "0",
              f"DRAFTS++: {row}")
        check(row["dm_pc_cm-3"] == f"{float(own['dm_pc_cm3']):.2f}", f"DRAFTS++: {row}")
        seconds = f"{float(own['toa_s']) - firsts[own['file']]:.6f}"
        snr = f"{float(own['snr']):.2f}"
        burst = {"burst": "burst", "interference": "no_burst", "unjudged": ""}[own["label"]]
        check(row["is_burst"] == burst, f"DRAFTS++: {row['is_burst']}, expected {burst}")
        score = own["detector_score"] and f"{float(own['detector_score']):.3f}"
        check(row["detection_prob"] == score, f"DRAFTS++: {row['detection_prob']}")
        check(all(row[name] == "" for name in ("x1", "y1", "x2", "y2")), f"DRAFTS++: {row}")
        if old:
            check(row["t_sec"] == seconds and row["snr"] == snr, f"DRAFTS++: {row}")
            continue
        check(row["t_sec_dm_time"] == row["t_sec_waterfall"] == seconds, f"DRAFTS++: {row}")
        check(row["snr_patch_dedispersed"] == snr and row["snr_waterfall"] == "", f"DRAFTS++: {row}")
        check(row["width_ms"] == f"{float(own['width_ms']):.3f}", f"DRAFTS++: {row}")
        whole, _, decimals = own["toa_mjd_utc"].partition(".")
        day, _, part = row["mjd_utc"].partition(".")
        off = int(part) * 1000 - int(decimals) + (int(day) - int(whole)) * 10**15
        check(len(part) == 12 and abs(off) <= 500, f"DRAFTS++: {row['mjd_utc']}")


def read_transientx(path, expected):
    ids = []
    for row, own in same(columns(path), expected, "TransientX"):
        check(len(row) == 11, f"TransientX: {row}")
        ids.append(int(row[1]))
        check(row[0] == (own["beam"] or "unknown"), f"TransientX: beam {row[0]}")
        check(row[2] == own["toa_mjd_utc"], f"TransientX: MJD {row[2]}")
        check(row[3] == f"{float(own['dm_pc_cm3']):.2f}", f"TransientX: DM {row[3]}")
        check(row[4] == f"{float(own['width_ms']):.2f}", f"TransientX: {row[4]} ms")
        check(row[5] == f"{float(own['snr']):.1f}", f"TransientX: S/N {row[5]}")
        check(0 < float(row[6]) < float(row[7]), f"TransientX: {row[6]} to {row[7]} MHz")
        check(row[10] == (own["file"] or "-"), f"TransientX: {row[10]}")
    check(ids == list(range(1, len(ids) + 1)), "TransientX: ids")


def read_votable(path, expected, out):
    schema = pathlib.Path(votable.__file__).parent / "data/VOTable.v1.4.xsd"
    said = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, path],
                          capture_output=True, text=True)
    check(said.returncode == 0, f"VOTable: against its schema: {said.stderr}")
    parsed = votable.parse(str(path), verify="exception").get_first_table()
    for field in parsed.fields:
        check(not field.ucd or ucd.check_ucd(field.ucd, True, True), f"VOTable: UCD {field.ucd}")
    units = {field.name: str(field.unit) for field in parsed.fields}
    check(units["dm_pc_cm3"] == "pc / cm3" and units["width_ms"] == "ms", f"VOTable: {units}")
    events = {}
    for line in (out / "candidates.jsonl").read_text().splitlines():
        event = json.loads(line)
        events.setdefault(event["event_id"], event)
    rows = parsed.array
    for row, own in same(rows, expected, "VOTable"):
        event = events[own["event_id"]]
        check(row["event_id"] == own["event_id"], f"VOTable: {row['event_id']}")
        for name in ("snr", "dm_pc_cm3", "toa_s", "width_ms", "sample_index", "boxcar_samples",
                     "members", "frac_missing", "toa_mjd_utc", "toa_inf_mjd_utc"):
            check(row[name] == float(own[name]), f"VOTable: {name} {row[name]}")
        for name in ("detector_score", "classifier_score", "beam"):
            found = None if row[name] is np.ma.masked or np.isnan(row[name]) else float(row[name])
            check(found == (float(own[name]) if own[name] else None), f"VOTable: {name} {found}")
        check(row["label"] == own["label"] and row["file"] == own["file"], f"VOTable: {row}")
        check(row["toa_utc"] + "Z" == event["time"]["toa_utc"], f"VOTable: {row['toa_utc']}")
        check(row["dm_unc_pc_cm3"] == event["dm"]["unc_pc_cm3"], f"VOTable: {row}")
        check(row["toa_unc_s"] == event["time"]["toa_unc_s"], f"VOTable: {row}")
        injection = event["injection"]["injection_id"] or ""
        check(row["injection_id"] == injection, f"VOTable: {row['injection_id']}")


def start_of(out):
    text = json.loads((out / "summary.json").read_text())["observation"]["start_utc"]
    return datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")


def read_all(out, firsts, stems, images=True, bins=24000):
    """Of a run with one beam. @return Its candidates."""
    formats = out / "formats"
    expected = candidates(out)
    [heimdall] = (formats / "heimdall").iterdir()
    [transientx] = (formats / "transientx").iterdir()
    read_heimdall(heimdall, expected, start_of(out))
    if (formats / "presto").exists():
        read_presto(formats / "presto", expected, bins)
    read_fetch(formats / "fetch", expected, firsts, images)
    read_drafts(formats / "drafts++", expected, firsts, stems)
    read_drafts(formats / "drafts++2025-07", expected, firsts, stems, old=True)
    read_transientx(transientx, expected)
    read_votable(formats / "votable" / "candidates.vot", expected, out)
    return expected


def without_chunks(path):
    """Text of a file; of DRAFTS++, less what the chunk size changes."""
    if not path.name.endswith(".candidates.csv"):
        return path.read_bytes()
    return [{name: row[name] for name in row if name not in ("chunk_id", "t_sample")}
            for row in table(path)]


def compare(one, two):
    """The same files in both folders, byte by byte."""
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    others = sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    check(names == others, f"{two}: other files than {one}")
    check(len(names) > 20, f"{one}: {len(names)} files")
    for name in names:
        check(without_chunks(one / name) == without_chunks(two / name), f"{name} differs")


def split(sky, folder):
    """The same samples as two recordings."""
    data = sky.read_bytes()
    begin = data.index(b"HEADER_END") + len("HEADER_END")
    place = data.index(b"tstart") + len("tstart")
    start = struct.unpack_from("<d", data, place)[0]
    cut = begin + 10000 * 64
    first = folder / "first.fil"
    first.write_bytes(data[:cut])
    later = bytearray(data[:begin])
    struct.pack_into("<d", later, place, start + 10000 * TSAMP_S / 86400)
    second = folder / "second.fil"
    second.write_bytes(bytes(later) + data[cut:])
    return first, second


def test_one_recording(folder, sky):
    one = replay(folder / "one", sky, "--threads", 1)
    rows = read_all(one, {str(sky): 0.0}, ["sky"])
    check(len(rows) > 20, f"{len(rows)} candidates")
    two = replay(folder / "two", sky, "--threads", 3, "--chunk-samples", 333)
    compare(one / "formats", two / "formats")
    return one


def test_split(folder, sky, whole):
    first, second = split(sky, folder)
    out = replay(folder / "split", first, second)
    rows = read_all(out, {str(first): 0.0, str(second): 10.0}, ["first", "second"])
    check({row["file"] for row in rows} == {str(first), str(second)}, "one recording only")
    check([row["snr"] for row in rows] == [row["snr"] for row in candidates(whole)], "other S/N")


def test_stream(folder, sky):
    out = folder / "stream"
    with open(sky, "rb") as samples:
        subprocess.run([PROGRAM, "live", "-", "-o", out, "--dm", "0:600", "--threshold", "4",
                        "--no-networks", "--no-cutouts", "--quiet", "--publish",
                        f"ipc://{folder}/topic", *ALL], stdin=samples, check=True)
    summary = json.loads((out / "summary.json").read_text())
    rows = read_all(out, {"": 0.0}, [summary["obs_id"]], images=False, bins=None)
    check(len(rows) > 20, f"{len(rows)} candidates of a stream")


def test_beams(folder):
    beams = {}
    for beam in (0, 12):
        (folder / str(beam)).mkdir()
        beams[beam] = simulate(folder / str(beam) / "sky.fil", 20 + beam, "--beam", beam)
    out = replay(folder / "beams", *beams.values(), "--no-networks", "--max-beams", 0)
    formats = out / "formats"
    rows = candidates(out)
    for beam, sky in beams.items():
        own = [row for row in rows if int(row["beam"]) == beam]
        check(len(own) > 10, f"{len(own)} candidates of beam {beam}")
        name = f"b{beam:04d}"
        [heimdall] = (formats / "heimdall").glob(f"*_{beam + 1:02d}.cand")
        [transientx] = (formats / "transientx").glob(f"*_{beam}.cands")
        read_heimdall(heimdall, own, start_of(out))
        read_presto(formats / "presto" / name, own, 24000)
        read_fetch(formats / "fetch" / name, own, {str(sky): 0.0}, True)
        read_drafts(formats / "drafts++" / name, own, {str(sky): 0.0}, ["sky"])
        read_transientx(transientx, own)
    read_votable(formats / "votable" / "candidates.vot", rows, out)


def test_nothing_found(folder, sky):
    out = folder / "nothing"
    draftstream("replay", sky, "-o", out, "--threshold", 1000, "--quiet", *ALL)
    check(not read_all(out, {}, ["sky"]), "candidates above S/N 1000")


def test_injections(folder, sky):
    out = folder / "injected"
    draftstream("replay", sky, "-o", out, "--dm", "0:600", "--quiet", "--inject-every", 3, *ALL)
    events = [json.loads(line) for line in (out / "candidates.jsonl").read_text().splitlines()]
    injected = {e["event_id"] for e in events if e["injection"]["is_injection"]}
    rows = candidates(out)
    check(injected and len(injected) < len(rows), f"{len(injected)} injections of {len(rows)}")
    read_votable(out / "formats/votable/candidates.vot", rows, out)
    of_sky = [row for row in rows if row["event_id"] not in injected]
    [heimdall] = (out / "formats/heimdall").iterdir()
    read_heimdall(heimdall, of_sky, start_of(out))
    read_fetch(out / "formats/fetch", of_sky, {str(sky): 0.0}, True)


def test_killed(folder, sky):
    """What a killed run leaves is read like all else, but for the candidate in hand."""
    out = folder / "killed"
    process = subprocess.Popen([PROGRAM, "replay", sky, "-o", out, "--dm", "0:600", "--threshold",
                                "4", "--no-networks", "--quiet", *ALL])
    deadline = time.monotonic() + 300
    while not (out / "candidates.csv").exists() or len(candidates(out)) < 30:
        check(time.monotonic() < deadline, "no 30 candidates in five minutes")
        check(process.poll() is None, "it ended before it was killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    rows = candidates(out)
    [heimdall] = (out / "formats/heimdall").iterdir()
    found = len(columns(heimdall))
    check(found in (len(rows) - 1, len(rows)), f"{found} rows of {len(rows)}")
    read_heimdall(heimdall, rows[:found], start_of(out))
    parsed = votable.parse(str(out / "formats/votable/candidates.vot"), verify="exception")
    found = len(parsed.get_first_table().array)
    check(found in (len(rows) - 1, len(rows)), f"VOTable: {found} rows of {len(rows)}")


def test_replaced(folder, sky):
    out = folder / "one"
    (out / "formats/presto/notes.txt").write_text("mine")
    draftstream("replay", sky, "-o", out, "--quiet", "--no-networks", "--format", "transientx")
    left = sorted(str(p.relative_to(out / "formats")) for p in (out / "formats").rglob("*.*"))
    check(len(left) == 2 and left[0] == "presto/notes.txt", f"left are {left}")
    theirs = folder / "theirs"
    (theirs / "formats").mkdir(parents=True)
    (theirs / "formats/a.cand").write_text("mine")
    said = draftstream("replay", sky, "-o", theirs, "--quiet", status=2)
    check("formats: found a file that is no result" in said, said)


def test_refused(sky):
    said = draftstream("replay", sky, "--format", "presto,heimdal", status=2)
    check("--format: found 'heimdal', expected one of heimdall, " in said, said)
    check("the nearest one is heimdall" in said, said)
    said = draftstream("replay", sky, "--format", "presto,", status=2)
    check("--format: found ''" in said, said)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sky = simulate(folder / "sky.fil", 11)
        test_refused(sky)
        whole = test_one_recording(folder, sky)
        test_split(folder, sky, whole)
        test_stream(folder, sky)
        test_beams(folder)
        test_nothing_found(folder, sky)
        test_injections(folder, sky)
        test_killed(folder, sky)
        test_replaced(folder, sky)


main()
