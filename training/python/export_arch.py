#!/usr/bin/env python3
"""Writes an untrained, seeded network as a TorchScript file that C++ and Python load and train.

usage: export_arch.py {detector,classifier} FILE [--seed N] [--reference FILE]

The file carries its metadata as `meta.json`, and the SHA-256 of that as `meta.sha256`, both
extra files of TorchScript's. --reference writes what the network makes of three inputs of random
bytes: the inputs, then the outputs as 32-bit floats, for comparison with C++.
"""

import argparse
import hashlib
import json
import pathlib

import torch

import networks


def save(network, meta, path):
    """Scripts and writes a network with its metadata, and the hash of its weights among them."""
    text = json.dumps({**meta, "weights_sha256": networks.weights_sha256(network)}, indent=1)
    digest = hashlib.sha256(text.encode()).hexdigest()
    extra = {"meta.json": text, "meta.sha256": digest}
    torch.jit.save(torch.jit.script(network), str(path), _extra_files=extra)


def write_reference(network, kind, path, seed):
    """Three inputs and what comes out, in the order of memory."""
    generator = torch.Generator().manual_seed(seed)
    low, high = (0, 256) if kind == "detector" else (-127, 128)
    shape = [3, *networks.SHAPES[kind]]
    codes = torch.randint(low, high, shape, generator=generator).to(networks.DTYPES[kind])
    for i in range(1, 3):  # inputs that are unlike each other
        codes[i] //= 4**i
    with torch.no_grad():
        out = network(codes).to(torch.float32).contiguous()
    path.write_bytes(codes.numpy().tobytes() + out.numpy().tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(networks.SHAPES))
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reference", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    network = networks.make(arguments.kind).eval()
    save(network, networks.metadata(arguments.kind, f"untrained-{arguments.seed}"), arguments.file)
    if arguments.reference:
        write_reference(network, arguments.kind, arguments.reference, arguments.seed)


if __name__ == "__main__":
    main()
