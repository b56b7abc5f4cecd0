#!/usr/bin/env python3
"""Asks a live run by ZeroMQ alone, and holds its answers against their schema.

usage: ask_control.py DRAFTSTREAM SCHEMA
Knows docs/interfaces/control.md and nothing of ours. Exit status: 77 where a module is missing.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import zmq
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def ask(endpoint, frames):
    """The answer to a request of so many frames."""
    client = zmq.Context.instance().socket(zmq.REQ)
    client.connect(endpoint)
    client.send_multipart(frames)
    answer = json.loads(client.recv())
    client.close(linger=0)
    return answer


def wait_for(stream, pattern):
    """The first group of the first line that matches."""
    for line in stream:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    sys.exit(f"ended without {pattern}")


def check(program, schema, folder):
    """Asks before, in and after an observation."""
    validator = jsonschema.Draft202012Validator(schema)
    endpoint = f"ipc://{folder}/control"
    sky = folder / "sky.fil"
    subprocess.run([program, "simulate", sky, "--nchans", "64", "--tsamp", "1e-3",
                    "--duration", "12", "--quiet"], check=True)
    live = subprocess.Popen(
        [program, "live", "tcp+listen://127.0.0.1:0", "-o", folder / "out", "--no-networks",
         "--publish", "tcp://127.0.0.1:*", "--control", endpoint],
        stderr=subprocess.PIPE, text=True)
    port = int(wait_for(live.stderr, r"listening on tcp://127\.0\.0\.1:(\d+)"))
    wait_for(live.stderr, r"control at (.*)")

    def asked(request, *more):
        answer = ask(endpoint, [json.dumps(request).encode(), *more])
        validator.validate(answer)
        return answer

    assert asked({"op": "status"})["state"] == "waiting"
    assert not asked({"op": "dump", "from_s": -1, "to_s": 0})["ok"]
    assert not asked({"op": "status"}, b"a second frame")["ok"]
    assert asked({"op": "threshold", "snr": 8.25})["ok"]
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(sky.read_bytes())
        status = asked({"op": "status"})
        while status["observation"] is None or status["observation"]["ledger"]["searched"] == 0:
            status = asked({"op": "status"})
        assert status["observation"]["threshold_snr"] == 8.25, status
        dump = asked({"op": "dump", "from_sample": 11000, "to_sample": 11100})
        assert dump["ok"], dump
        assert asked({"op": "inject", "dm": 100, "snr": 20, "width_ms": 5})["ok"]
        while asked({"op": "status"})["observation"]["dumps"]["requested"][0]["status"] == "pending":
            pass
        assert not asked({"op": "inject", "dm": -1, "snr": 20, "width_ms": 5})["ok"]
        assert asked({"op": "mask", "add": "1-3"})["masked_channels"] == 3
    assert asked({"op": "shutdown"})["ok"]
    live.stderr.read()
    assert live.wait() == 143


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    schema = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory() as folder:
        check(sys.argv[1], schema, pathlib.Path(folder))
    print("all answers are as their schema says")


if __name__ == "__main__":
    main()
