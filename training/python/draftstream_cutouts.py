"""Reads a store of cutouts, as `draftstream` writes it: one HDF5 file.

    with CutoutFile("cutouts.h5") as cutouts:
        tile = cutouts.tile(7)                  # uint8 [plane, dm, time]
        batch = cutouts.tiles([3, 1, 4, 1])     # [4, plane, dm, time], in this order
        bright = cutouts.table["snr"] > 10

It has what torch.utils.data.Dataset wants of its source: len(), and access by index; open one in
each worker process. Needs h5py and NumPy (Debian: python3-h5py).
"""

import os

import h5py
import numpy as np

SCHEMA = "draftstream-cutouts/1."


class CutoutFile:
    """The cutouts of one file, by row; also while `draftstream` appends to it, or after a run that
    was killed."""

    def __init__(self, path):
        """path: the HDF5 file. Raises ValueError if it is no store of cutouts."""
        self._file = _open(path)
        schema = self._file.attrs.get("schema", b"")
        schema = schema.decode() if isinstance(schema, bytes) else str(schema)
        if not schema.startswith(SCHEMA):
            self._file.close()
            raise ValueError(f"{path}: attribute schema: found {schema!r}, expected {SCHEMA}x")
        self._arrays = {part: self._file.get(part) for part in ("tiles", "patches")}
        self._rows = 0
        self.refresh()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Lets go of the file."""
        self._file.close()

    def __len__(self):
        """Cutouts that were complete when the file was opened, or last refreshed."""
        return self._rows

    @property
    def parts(self):
        """Which arrays its cutouts may have: of "tile" and "patch"."""
        names = {"tiles": "tile", "patches": "patch"}
        return [names[part] for part, array in self._arrays.items() if array is not None]

    def refresh(self):
        """Looks for cutouts that were appended since. Returns how many there are."""
        table = self._file["table"]
        table.refresh()
        rows = len(table)
        while rows and table[rows - 1]["number"] != rows:  # cut off while it was written
            rows -= 1
        for array in self._arrays.values():
            if array is not None:
                array.refresh()
        self._rows = rows
        return rows

    @property
    def table(self):
        """All metadata: a structured array [row]; see docs/interfaces/cutouts.md."""
        return self._file["table"][: self._rows]

    def info(self, row):
        """Metadata of one cutout, as a dictionary; texts are decoded."""
        values = self._file["table"][self._index(row)]
        return {
            name: value.decode() if isinstance(value, bytes) else value.item()
            for name, value in zip(values.dtype.names, values)
        }

    def tile(self, row):
        """uint8 [plane, dm, time]; zeros where the cutout has none (has_tile)."""
        return self._part("tiles")[self._index(row)]

    def patch(self, row):
        """int8 [plane, frequency or dm, time]; zeros where the cutout has none (has_patch)."""
        return self._part("patches")[self._index(row)]

    def tiles(self, rows):
        """Tiles of many rows, in the order asked for; rows may repeat."""
        return self._many("tiles", rows)

    def patches(self, rows):
        """Patches of many rows, in the order asked for; rows may repeat."""
        return self._many("patches", rows)

    def _part(self, part):
        if self._arrays[part] is None:
            raise ValueError(f"the store has no {part}")
        return self._arrays[part]

    def _index(self, row):
        row = int(row)
        if not -self._rows <= row < self._rows:
            raise IndexError(f"cutout {row} of a store of {self._rows}")
        return row % self._rows

    def _many(self, part, rows):
        array = self._part(part)
        rows = [self._index(row) for row in rows]
        # h5py's own selection of many rows is slower than one row at a time: a chunk is a row.
        out = np.empty((len(rows), *array.shape[1:]), array.dtype)
        for to, row in zip(out, rows):
            array.read_direct(to, np.s_[row])
        return out


def _open(path):
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: is not there")
    try:  # takes files that are being written, too
        return h5py.File(path, "r", libver="latest", swmr=True)
    except (OSError, ValueError):
        pass
    try:  # a copy in another format, as h5repack makes
        return h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
