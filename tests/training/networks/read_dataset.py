"""The data set of Python has what that of C++ has: the same bytes in the same order, from every
store, whatever the workers; and a training loop learns from it.

usage: read_dataset.py PRINT_DATASET MODULE_FOLDER
"""

import pathlib
import pickle
import subprocess
import sys
import tempfile

import numpy as np
import torch

STORES = ["a.h5", "npy", "a.dat", "a.pt"]


def check(condition, sentence):
    if not condition:
        sys.exit(f"read_dataset: {sentence}")


def lines_of_cpp(program, store, part):
    done = subprocess.run([program, "print", store, part], check=True, capture_output=True,
                          text=True)
    return done.stdout.splitlines()


def line(cutouts, index, array, target):
    return f"{cutouts.row(index)} {float(target):g} {array.numpy().tobytes().hex()}"


def compare(program, store):
    from draftstream_dataset import CutoutDataset

    for part in ("tile", "patch"):
        expected = lines_of_cpp(program, store, part)
        check(len(expected) > 30, f"{store}: C++ has {len(expected)} examples")
        cutouts = CutoutDataset(store, part)
        check(len(cutouts) == len(expected), f"{store}: {len(cutouts)} {part}s")
        found = [line(cutouts, i, *cutouts[i]) for i in range(len(cutouts))]
        check(found == expected, f"{store}: other {part}s than in C++")
        check(line(cutouts, len(cutouts) - 1, *cutouts[-1]) == expected[-1], "another last one")
        for workers in (0, 2):
            loader = torch.utils.data.DataLoader(cutouts, batch_size=7, num_workers=workers)
            arrays, targets = (torch.cat(all) for all in zip(*loader))
            found = [line(cutouts, i, *both) for i, both in enumerate(zip(arrays, targets))]
            check(found == expected, f"{store}: other {part}s with {workers} workers")
        copy = pickle.loads(pickle.dumps(cutouts))  # as a spawned worker gets it
        check(line(copy, 3, *copy[3]) == expected[3], f"{store}: another one when unpickled")
        try:
            cutouts[len(cutouts)]
            check(False, f"{store}: a {part} behind the last one")
        except IndexError:
            pass


def foreign(folder):
    """What other programs wrote: files in order of name, a tensor."""
    from draftstream_dataset import CutoutDataset

    arrays = np.arange(3 * 4 * 5, dtype=np.float32).reshape(3, 4, 5)
    (folder / "theirs").mkdir()
    for name, array in zip(("c", "a", "b"), arrays):
        np.save(folder / "theirs" / f"{name}.npy", array)
    cutouts = CutoutDataset(folder / "theirs")
    check([int(cutouts[i][0][0, 0]) for i in range(3)] == [20, 40, 0], "another order of names")
    torch.save(torch.from_numpy(arrays), folder / "theirs.pt")
    doubled = CutoutDataset(folder / "theirs.pt", transform=lambda array: 2 * array)
    check(np.array_equal(doubled[1][0].numpy(), 2 * arrays[1]), "another tensor")
    check(float(doubled[1][1]) == 0.0, "another target")
    for wrong, error in ((lambda: CutoutDataset(folder / "none.h5"), FileNotFoundError),
                         (lambda: CutoutDataset(folder / "theirs", "patch"), ValueError),
                         (lambda: CutoutDataset(folder / "theirs", "patches"), ValueError)):
        try:
            wrong()
        except error:
            continue
        check(False, f"{error.__name__} was not raised")


def first_pixel_is_bright(info):
    number = round(4 * (info["snr"] - 7))
    return float((1 + 7 * number) % 125 > 62)


def train(store):
    """The mean loss of each epoch; the target is whether a tile's first pixel is above 62, which
    its S/N tells: both are made of its number (tests/publishers/cutout_cases.hpp)."""
    from draftstream_dataset import CutoutDataset

    cutouts = CutoutDataset(store, "tile", target=first_pixel_is_bright)
    torch.manual_seed(5)
    network = torch.nn.Linear(30, 1)
    optimizer = torch.optim.SGD(network.parameters(), 0.3)
    loader = torch.utils.data.DataLoader(cutouts, batch_size=10, shuffle=True, num_workers=2)
    losses = []
    for _ in range(20):
        total = 0.0
        for inputs, targets in loader:
            outputs = network(inputs.to(torch.float32).flatten(1) / 125).squeeze(1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(outputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss) / len(loader)
        losses.append(total)
    return losses


def main():
    program, module_folder = sys.argv[1:]
    sys.path.insert(0, module_folder)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, "write", folder], check=True)
        trained = []
        for store in STORES:
            compare(program, folder / store)
            trained.append(train(folder / store))
        foreign(folder)
    check(trained[0][-1] < 0.8 * trained[0][0], f"the loss did not fall: {trained[0]}")
    check(all(one == trained[0] for one in trained), "a store trains otherwise than the others")
    print(f"{len(STORES)} stores; loss from {trained[0][0]:.3f} to {trained[0][-1]:.3f}")


main()
