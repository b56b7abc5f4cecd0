"""Other programs read what we write: the same bytes from HDF5 (our module, and plain h5py), .npy,
.pt and FETCH's files; also while the store is written.

usage: read_cutouts.py CRASH_CUTOUTS DRAFTSTREAM MODULE_FOLDER
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ROWS = 100


def check(condition, sentence):
    if not condition:
        sys.exit(f"read_cutouts: {sentence}")


def expected(row, shape, dtype):
    """The array of a row, by tests/publishers/cutout_cases.hpp."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    codes = ((1 + row * 7 + np.arange(size) * 13) % 125).astype(np.uint8)
    return codes.view(dtype).reshape(shape)


def check_store(cutouts, rows):
    check(len(cutouts) >= rows, f"found {len(cutouts)} rows, expected {rows}")
    for row in range(rows):
        info = cutouts.info(row)
        check(info["event_id"] == f"local-{row}", f"row {row}: event {info['event_id']}")
        check(info["dm_pc_cm3"] == 100 + row / 8, f"row {row}: DM {info['dm_pc_cm3']}")
        check(bool(info["has_tile"]) == (row % 3 != 1), f"row {row}: has_tile")
        tile = expected(row, (2, 3, 5), np.uint8) * (row % 3 != 1)
        patch = expected(row, (2, 3, 4), np.int8) * (row % 5 != 2)
        check(np.array_equal(cutouts.tile(row), tile), f"row {row}: another tile")
        check(np.array_equal(cutouts.patch(row), patch), f"row {row}: another patch")


def check_many(cutouts):
    asked = [5, 3, 99, 3]
    check(cutouts.tiles(asked).shape == (4, 2, 3, 5), "tiles of another shape")
    for tile, row in zip(cutouts.tiles(asked), asked):
        check(np.array_equal(tile, cutouts.tile(row)), f"tiles: another one for row {row}")
    check(np.array_equal(cutouts.patches([-1])[0], cutouts.patch(99)), "patches: another last one")
    for wrong in (100, -101):
        try:
            cutouts.tile(wrong)
        except IndexError:
            continue
        check(False, f"row {wrong} is there")


def check_exports(draftstream, store, folder, cutouts):
    def export(kind, name):
        path = folder / name
        subprocess.run(
            [draftstream, "cutouts", "export", store, path, "--format", kind],
            check=True, capture_output=True,
        )
        return path

    npy = export("npy", "npy")
    check(np.array_equal(np.load(npy / "000003.tile.npy"), cutouts.tile(3)), "another .npy")
    raw = np.fromfile(export("dat", "a.dat"), np.uint8).reshape(ROWS, 30 + 24)
    check(np.array_equal(raw[3, :30].reshape(2, 3, 5), cutouts.tile(3)), "another .dat")
    pt = export("pt", "a.pt")
    fetch = sorted(export("fetch", "fetch").iterdir())
    check(len(fetch) == 80, f"{len(fetch)} files for FETCH, expected 80")
    with h5py.File(fetch[0]) as file:
        image = file["data_freq_time"]
        check(image.shape == (256, 256) and image.dtype == np.float32, "FETCH: another image")
        check(image.dims[0].label == "time", f"FETCH: axis {image.dims[0].label}")
        # Plane 0 is [frequency, time] in steps of 1/20 sigma, its frequencies rise; FETCH's is [time,
        # frequency], its first channel is fch1.
        check(file.attrs["foff"] == file.attrs["channel_bandwidth"] == -0.25, "FETCH: other channels")
        patch = cutouts.patch(0)[0, ::-1].T / 20
        check(np.allclose(image[0, 0], patch[0, 0]), "FETCH: another first pixel")
        check(np.allclose(image[255, 0], patch[-1, 0]), "FETCH: another last time")
        check(np.allclose(image[0, 255], patch[0, -1]), "FETCH: another last frequency")
        check(file.attrs["dm"] == 100.0, "FETCH: another DM")
        check(file.attrs["width"] == 4, f"FETCH: {file.attrs['width']} samples")  # 1 ms of 256 us
    try:
        import torch
    except ImportError:
        return "without PyTorch, which is not there"
    check(np.array_equal(torch.load(pt).numpy(), cutouts.tiles(range(ROWS))), "another tensor")
    patches = torch.load(folder / "a.patches.pt").numpy()
    check(np.array_equal(patches, cutouts.patches(range(ROWS))), "another tensor of patches")
    # And the other way round: what PyTorch saves is imported.
    torch.save(torch.from_numpy(cutouts.tiles(range(ROWS))), folder / "theirs.pt")
    subprocess.run(
        [draftstream, "cutouts", "import", folder / "theirs.pt", folder / "theirs.h5"],
        check=True, capture_output=True,
    )
    with h5py.File(folder / "theirs.h5") as file:
        check(np.array_equal(file["tiles"], cutouts.tiles(range(ROWS))), "another imported tensor")
    return "with PyTorch"


def main():
    writer, draftstream, module_folder = sys.argv[1:]
    sys.path.insert(0, module_folder)
    sys.dont_write_bytecode = True
    from draftstream_cutouts import CutoutFile

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        store = folder / "a.h5"
        # The writer says how many rows it flushed, and waits, half way, until it is told to go on.
        with subprocess.Popen(
            [writer, "halves", store, str(ROWS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:
            half = int(process.stdout.readline())
            cutouts = CutoutFile(store)
            check_store(cutouts, half)
            process.stdin.write("go on\n")
            process.stdin.flush()
            check(int(process.stdout.readline()) == ROWS, "the writer did not write all")
            check(cutouts.refresh() == ROWS, f"refreshed: {len(cutouts)} rows")
            check_store(cutouts, ROWS)
            cutouts.close()
            process.kill()  # the file stays marked as being written
        with CutoutFile(store) as cutouts:
            check_store(cutouts, ROWS)
            check_many(cutouts)
            check(len(cutouts.table) == ROWS, "a table of another length")
            listed = subprocess.run(
                [draftstream, "cutouts", "list", store, "--json"],
                check=True, capture_output=True, text=True,
            )
            for row, one in enumerate(json.loads(listed.stdout)["cutouts"]):
                check(one["snr"] == cutouts.info(row)["snr"], f"list: row {row}: another S/N")
            said = check_exports(draftstream, store, folder, cutouts)
    print(f"{ROWS} cutouts read, {said}")


main()
