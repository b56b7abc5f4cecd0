#!/usr/bin/env python3
"""Binary frames of published events are the cutouts that are kept of them.

usage: attached_frames.py DRAFTSTREAM PYTHON_MODULES
  PYTHON_MODULES  the folder training/python
Exit status: 77 where a module is missing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
    import zmq
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, sys.argv[2])
from draftstream_cutouts import CutoutFile  # noqa: E402

PATIENCE_MS = 240_000


def published(program, folder):
    """Messages of events of a replay, by row of the store."""
    sky = folder / "sky.fil"
    subprocess.run([program, "simulate", sky, "--nchans", "64", "--tsamp", "1e-3", "--duration",
                    "12", "--bursts", "4", "--quiet"], check=True)
    endpoint = f"ipc://{folder}/topic"
    replay = subprocess.Popen([program, "replay", sky, "-o", folder / "out", "--dm", "0:600",
                               "--attach-cutouts", "--publish", endpoint, "--wait-subscribers",
                               "1", "--no-networks", "--quiet"])
    topic = zmq.Context.instance().socket(zmq.SUB)
    topic.subscribe("frb.")
    topic.connect(endpoint)
    messages = {}
    while True:
        if not topic.poll(PATIENCE_MS):
            sys.exit("attached_frames: nothing came")
        frames = topic.recv_multipart()
        message = json.loads(frames[1])
        if message["message_type"] == "event":
            messages[int(message["products"][0]["uri"].split("#")[1])] = (message, frames)
        elif len(frames) != 2:
            sys.exit(f"attached_frames: a {message['message_type']} of {len(frames)} frames")
        if message["message_type"] == "status" and message["status"]["state"] == "ended":
            break
    topic.close(0)
    if replay.wait() != 0:
        sys.exit("attached_frames: the replay failed")
    return messages


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        messages = published(sys.argv[1], folder)
        if len(messages) < 2:
            sys.exit(f"attached_frames: {len(messages)} events, expected some")
        with CutoutFile(str(folder / "out" / "cutouts.h5")) as cutouts:
            for row, (event, frames) in messages.items():
                images = {a["name"]: numpy.frombuffer(frames[a["frame"]], a["dtype"])
                          .reshape(a["shape"]) for a in event["attachments"]}
                if len(frames) != 4 or sorted(images) != ["patch", "tile"]:
                    sys.exit(f"attached_frames: event {row} has {len(frames)} frames: {sorted(images)}")
                numpy.testing.assert_array_equal(images["tile"], cutouts.tile(row))
                numpy.testing.assert_array_equal(images["patch"], cutouts.patch(row))
        print(f"{len(messages)} events, each with the tile and the patch that are kept")


main()
