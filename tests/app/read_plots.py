#!/usr/bin/env python3
"""Draws the plots of a simulated sky, and reads them back.

Every row of candidates.csv has its pictures; PNG files have their sizes and are not blank; the text
of PDF files holds S/N, DM and time as the row does, rounded.

usage: read_plots.py DRAFTSTREAM
"""

import csv
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

SIZES = {"Composite": (1600, 1200), "Detections": (1100, 850), "waterfall_dispersion": (1100, 850),
         "waterfall_dedispersion": (1100, 850), "Patches": (1400, 1050)}


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def png_pixels(path):
    """Width, height, and the set of colours of a PNG file of 8 bits and one to four planes."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    place, packed = 8, b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[place + 8:place + 18])
        if kind == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    planes = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    assert depth == 8, path
    return width, height, unfiltered(zlib.decompress(packed), width, height, planes)


def unfiltered(raw, width, height, planes):
    """Rows of bytes of which each holds `planes` to a pixel."""
    stride = width * planes
    before = bytearray(stride)
    rows = []
    for number in range(height):
        kind = raw[number * (stride + 1)]
        row = bytearray(raw[number * (stride + 1) + 1:(number + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - planes] if i >= planes else 0
            above = before[i]
            corner = before[i - planes] if i >= planes else 0
            row[i] = (row[i] + predicted(kind, left, above, corner)) & 255
        rows.append(row)
        before = row
    colours = {}
    for row in rows:
        for i in range(0, stride, planes):
            colour = bytes(row[i:i + planes])
            colours[colour] = colours.get(colour, 0) + 1
    return colours


def predicted(kind, left, above, corner):
    """What a PNG filter expects of a byte."""
    if kind == 0:
        return 0
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) // 2
    distances = [(abs(above - corner), 0, left), (abs(left - corner), 1, above),
                 (abs(left + above - 2 * corner), 2, corner)]
    return min(distances)[2]


def pdf_text(path):
    """The text of a page that cairo drew, piece after piece."""
    text = ""
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.S):
        try:
            content = zlib.decompress(stream[1])
        except zlib.error:
            continue
        if b"BT" not in content:
            continue
        for shown in re.finditer(rb"\[((?:\((?:\\.|[^\\)])*\)|[^\]()])*)\] *TJ|(\((?:\\.|[^\\)])*\)) *Tj",
                                 content):
            for piece in re.finditer(rb"\(((?:\\.|[^\\)])*)\)", shown[0]):
                text += re.sub(rb"\\(.)", rb"\1", piece[1]).decode("latin-1")
        text += "\n"
    return text


def rows_of(results):
    with open(results / "candidates.csv", newline="") as table:
        return list(csv.DictReader(table))


def printed(row):
    """S/N, DM, time and width of a row as pictures print them."""
    return (f"{float(row['snr']):.2f}", f"{float(row['dm_pc_cm3']):.2f}", f"{float(row['toa_s']):.6f}",
            f"{float(row['width_ms']):.3g}")


def check_pngs(results):
    rows = rows_of(results)
    assert len(rows) >= 2, rows
    for row in rows:
        block = results / "chunks" / f"chunk{int(row['chunk']):03}"
        assert (block / "Patches" / (row["event_id"] + ".png")).is_file(), row
        for folder, size in SIZES.items():
            files = sorted((block / folder).glob("*.png"))
            assert files, block / folder
            if folder != "Patches":
                assert all(re.fullmatch(r"sky_slice\d{3}_band0\.png", file.name) for file in files)
    shown = {file.parent.name: file for file in sorted(results.glob("chunks/*/*/*.png"))}
    assert set(shown) == set(SIZES), shown
    for folder, file in shown.items():
        width, height, colours = png_pixels(file)
        assert (width, height) == SIZES[folder], file
        print(f"{folder}: {width} x {height}, {len(colours)} colours")
        assert len(colours) > 200, f"{file}: {len(colours)} colours"
        assert max(colours.values()) < 0.9 * width * height, f"{file}: next to nothing on it"
    width, height, colours = png_pixels(results / "overview.png")
    assert (width, height) == (1400, 800) and len(colours) > 5, results / "overview.png"


def check_texts(results):
    composites = "".join(pdf_text(file) for file in results.glob("chunks/*/Composite/*.pdf"))
    for row in rows_of(results):
        snr, dm, time, width = printed(row)
        for told in (row["event_id"], f"S/N {snr}, DM {dm} pc cm", f", t {time} s", f"width {width} ms"):
            assert told in composites, f"{told!r} is on no composite: {composites}"
        page = pdf_text(results / "chunks" / f"chunk{int(row['chunk']):03}" / "Patches" /
                        (row["event_id"] + ".pdf"))
        for told in (row["event_id"], f"S/N {snr}", f"DM {dm} pc cm", f"{time} s after", f"width {width} ms"):
            assert told in page, f"{told!r} is not on its page: {page}"
    assert "chunk ends" in composites, composites  # a slice reaches around its candidate
    assert re.search(r"sky, chunk \d{3} \(\d+\.\d{3} to \d+\.\d{3} s\), slice 000, whole band", composites)
    assert (results / "overview.pdf").is_file()


def main():
    draftstream = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        sky = folder / "sky.fil"
        run(draftstream, "simulate", sky, "--quiet", "--nchans", 64, "--tsamp", "1e-3", "--duration", 24,
            "--seed", 11, "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--burst",
            "dm=120,t=12.25,width_ms=2,snr=18")
        pdf = folder / "pdf.yaml"
        pdf.write_text("output: {plot_format: pdf}\n")
        for out, more in (("png", []), ("pdf", ["--config", pdf])):
            run(draftstream, "replay", sky, "-o", folder / out, "--dm", "0:600", "--no-networks",
                "--quiet", "--plots", "candidates", *more)
        check_pngs(folder / "png")
        check_texts(folder / "pdf")


main()
