#!/usr/bin/env python3
"""Writes what a scripted network makes of three inputs of random bytes, for comparison with C++.

usage: network_reference.py {detector,classifier} NETWORK.pt FILE [--seed N]

The inputs, then the outputs as 32-bit floats, in the order of memory.
"""

import argparse
import pathlib

import torch

import networks


def random_inputs(kind, seed):
    """Bytes of [3, *SHAPES[kind]], each input smaller than the one before."""
    generator = torch.Generator().manual_seed(seed)
    low, high = (0, 256) if kind == "detector" else (-127, 128)
    codes = torch.randint(low, high, [3, *networks.SHAPES[kind]], generator=generator)
    codes = codes.to(networks.DTYPES[kind])
    for i in range(1, 3):  # inputs that are unlike each other
        codes[i] //= 4**i
    return codes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(networks.SHAPES))
    parser.add_argument("network", type=pathlib.Path)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = torch.jit.load(str(arguments.network)).eval()
    codes = random_inputs(arguments.kind, arguments.seed)
    with torch.no_grad():
        out = network(codes).to(torch.float32).contiguous()
    arguments.file.write_bytes(codes.numpy().tobytes() + out.numpy().tobytes())


if __name__ == "__main__":
    main()
