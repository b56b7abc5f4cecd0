"""The clients of docs/clients print each event that is published, and end with the publisher.

usage: client_examples.py RUN_PUBLISH CLIENTS python|node|PROGRAM
  CLIENTS   the folder docs/clients
  PROGRAM   listen.cpp, compiled
Ends with 77 where there is no Node, or no package for it can be had.
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

EVENTS = 50
SKIPPED = 77


def skip(sentence):
    print(f"client_examples: skipped: {sentence}")
    sys.exit(SKIPPED)


def node_client(clients, folder):
    """The command of listen.mjs, with its package beside it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip("found no node and npm")
    for name in ("listen.mjs", "package.json", "package-lock.json"):
        shutil.copy(clients / name, folder)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"npm could not install zeromq: {done.stderr.strip()[-300:]}")
    return ["node", str(folder / "listen.mjs")]


def main():
    run_publish, clients, kind = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if kind == "python":
            command = [sys.executable, str(clients / "listen.py")]
        elif kind == "node":
            command = node_client(clients, folder)
        else:
            command = [kind]
        publisher = subprocess.Popen(
            [run_publish, "serve", str(folder), str(EVENTS)], stdout=subprocess.PIPE, text=True
        )
        endpoint = publisher.stdout.readline().strip()
        client = subprocess.run([*command, endpoint], capture_output=True, text=True, timeout=240)
        publisher.communicate(timeout=120)
        journal = sqlite3.connect(f"file:{folder}/journal.sqlite?mode=ro", uri=True)
        rows = journal.execute("SELECT json FROM events ORDER BY seq").fetchall()
    if client.returncode != 0:
        sys.exit(f"client_examples: the client ended with {client.returncode}: {client.stderr}")
    told = []
    for line in client.stdout.splitlines():
        event_id, snr, dm = line.split()
        told.append((event_id, float(snr), float(dm)))
    events = [json.loads(row[0]) for row in rows]
    kept = [(e["event_id"], e["signal"]["snr"], e["dm"]["value_pc_cm3"]) for e in events]
    if len(kept) != EVENTS or told != kept:
        sys.exit(f"client_examples: found {told[:3]}... ({len(told)}), expected {kept[:3]}... ({len(kept)})")
    print(f"{len(told)} events printed")


main()
