"""Cutouts as a data set of PyTorch's: from one HDF5 file, or from single files.

    cutouts = CutoutDataset("cutouts.h5", "patch")
    loader = torch.utils.data.DataLoader(cutouts, batch_size=32, shuffle=True, num_workers=2)
    for inputs, targets in loader:          # int8 [32, 2, 64, 64], float32 [32]
        ...

The twin of training/networks/cutout_dataset.hpp: the same cutouts in the same order. Stores are
what `draftstream cutouts export` writes: HDF5, a folder of .npy, .dat, .pt; also any folder of
.npy, or tensor [row, ...], of another program. Needs PyTorch, NumPy and, for HDF5, h5py (Debian:
python3-torch, python3-numpy, python3-h5py).
"""

import json
import os
import pathlib

import numpy as np
import torch

PARTS = ("tile", "patch")


def is_burst(info):
    """1 for the label "burst", else 0."""
    return 1.0 if info.get("label") == "burst" else 0.0


class CutoutDataset(torch.utils.data.Dataset):
    """The cutouts of a store that have one part, in the order of the store, each with its target.

    Worker processes open the store for themselves, whether they were forked or spawned.
    """

    def __init__(self, path, part="tile", target=is_burst, transform=None):
        """path: the store. part: "tile" or "patch"; cutouts without it are left out.
        target: called once for each cutout, now, with its metadata as a dictionary.
        transform: called with each array, a tensor. Raises ValueError if the store has no such
        part."""
        if part not in PARTS:
            raise ValueError(f"part: found {part!r}, expected tile or patch")
        self._path = pathlib.Path(path)
        self._part = part
        self._transform = transform
        self._open()
        if part not in self._source.parts:
            self._source.close()
            raise ValueError(f"{path}: found cutouts without {part}, expected some that have one")
        self._rows = []
        self._targets = []
        for row, info in enumerate(self._source.infos()):
            if info[f"has_{part}"]:
                self._rows.append(row)
                self._targets.append(float(target(info)))

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"cutout {index} of {len(self)}")
        if self._process != os.getpid():
            self._open()
        array = torch.from_numpy(self._source.array(self._rows[index], self._part))
        if self._transform is not None:
            array = self._transform(array)
        return array, torch.tensor(self._targets[index], dtype=torch.float32)

    def row(self, index):
        """Its number in the store."""
        return self._rows[index]

    def close(self):
        """Lets go of the store."""
        self._source.close()

    def __getstate__(self):
        state = dict(self.__dict__)
        state["_source"] = None  # is opened anew by whoever gets this
        state["_process"] = None
        return state

    def _open(self):
        self._source = _open_source(self._path)
        self._process = os.getpid()


def _open_source(path):
    if not path.exists():
        raise FileNotFoundError(f"{path}: is not there")
    if path.is_dir():
        return _NpyFolder(path)
    return {".dat": _DatFile, ".pt": _PtFile}.get(path.suffix, _Hdf5File)(path)


def _list_of(path):
    """What is known of cutouts in single files; docs/interfaces/cutouts.md."""
    if not path.exists():
        return None
    known = json.loads(path.read_text())
    if not str(known.get("schema", "")).startswith("draftstream-cutouts/1."):
        raise ValueError(f"{path}: schema: found {known.get('schema')!r}, "
                         "expected draftstream-cutouts/1.x")
    return known


def _foreign(count):
    return [{"label": "unjudged", "has_tile": True, "has_patch": False}] * count


class _Hdf5File:
    def __init__(self, path):
        from draftstream_cutouts import CutoutFile

        self._file = CutoutFile(path)
        self.parts = self._file.parts

    def infos(self):
        table = self._file.table
        labels = table["label"]
        for row in range(len(table)):
            info = {name: table[name][row] for name in table.dtype.names}
            info["label"] = bytes(labels[row]).decode()
            yield info

    def array(self, row, part):
        return self._file.tile(row) if part == "tile" else self._file.patch(row)

    def close(self):
        self._file.close()


class _Listed:
    """Single files with a list beside them."""

    def __init__(self, known):
        self._known = known
        self.parts = [part for part in PARTS if known.get(part)]

    def infos(self):
        return self._known["cutouts"]

    def close(self):
        pass


class _NpyFolder(_Listed):
    def __init__(self, folder):
        self._folder = folder
        self._files = None
        known = _list_of(folder / "cutouts.json")
        if known is None:
            self._files = sorted(folder.glob("*.npy"))
            if not self._files:
                raise ValueError(f"{folder}: found neither cutouts.json nor *.npy")
            known = {"tile": True, "cutouts": _foreign(len(self._files))}
        super().__init__(known)

    def array(self, row, part):
        return np.load(self._files[row] if self._files else self._folder / f"{row:06}.{part}.npy")


class _DatFile(_Listed):
    def __init__(self, path):
        known = _list_of(path.with_name(path.name + ".json"))
        if known is None:
            raise ValueError(f"{path}: found no {path.name}.json beside it, expected its list")
        super().__init__(known)
        self._record = np.dtype([
            (part, np.dtype(known[part]["type"]).newbyteorder("<"), tuple(known[part]["shape"]))
            for part in self.parts
        ])
        self._records = np.memmap(path, self._record, "r")

    def array(self, row, part):
        return np.array(self._records[row][part])


class _PtFile(_Listed):
    def __init__(self, path):
        known = _list_of(path.with_name(path.name + ".json"))
        first = torch.load(path)
        super().__init__(known or {"tile": True, "cutouts": _foreign(len(first))})
        self._tensors = {self.parts[0]: first}
        if len(self.parts) > 1:
            self._tensors[self.parts[1]] = torch.load(path.with_suffix(".patches.pt"))

    def array(self, row, part):
        return self._tensors[part][row].numpy().copy()
