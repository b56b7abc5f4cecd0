#!/usr/bin/env python3
"""Writes an untrained, seeded network as a TorchScript file that C++ and Python load and train.

usage: export_arch.py {detector,classifier} FILE [--seed N]

The file carries its metadata as `meta.json`, and the SHA-256 of that as `meta.sha256`, both
extra files of TorchScript's.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(networks.SHAPES))
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    network = networks.make(arguments.kind).eval()
    save(network, networks.metadata(arguments.kind, f"untrained-{arguments.seed}"), arguments.file)


if __name__ == "__main__":
    main()
