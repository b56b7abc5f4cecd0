"""A client that knows only docs/interfaces/events.md receives everything and can ask again; others
that are killed disturb nobody.

usage: independent_client.py RUN_PUBLISH
"""

import json
import signal
import sqlite3
import subprocess
import sys
import tempfile

import zmq

EVENTS = 300
PATIENCE_MS = 30_000


def check(condition, sentence):
    if not condition:
        sys.exit(f"independent_client: {sentence}")


def receive(socket):
    check(socket.poll(PATIENCE_MS), "nothing came")
    return socket.recv_multipart()


def ask(dealer, **request):
    """Events of an answer, and its end."""
    dealer.send_json(request)
    events = []
    while True:
        frames = receive(dealer)
        if len(frames) == 1:
            return events, json.loads(frames[0])
        events.append(json.loads(frames[1]))


def main():
    run_publish = sys.argv[1]
    context = zmq.Context()
    with tempfile.TemporaryDirectory() as folder:
        publisher = subprocess.Popen(
            [run_publish, "serve", folder, str(EVENTS)], stdout=subprocess.PIPE, text=True
        )
        endpoint = publisher.stdout.readline().strip()
        address, port = endpoint.rsplit(":", 1)
        dealer = context.socket(zmq.DEALER)
        dealer.connect(f"{address}:{int(port) + 1}")
        events, end = ask(dealer, op="snapshot", last=5)
        check(not events and end["last"] == 0, f"before the first event: {events} {end}")

        topic = context.socket(zmq.SUB)
        topic.subscribe(b"frb.")
        topic.connect(endpoint)

        # A subscriber of ours that is killed.
        victim = subprocess.Popen(
            [run_publish, "subscribe", endpoint], stdout=subprocess.PIPE, text=True
        )
        victim.stdout.readline()  # its first event
        victim.send_signal(signal.SIGKILL)
        victim.wait()

        live = []
        while True:
            frames = receive(topic)
            check(len(frames) == 2, f"found {len(frames)} frames, expected topic and JSON")
            name, message = frames[0].decode(), json.loads(frames[1])
            kind = message["message_type"]
            check(name == f"frb.{kind}.v1.parkes.b0007.", f"a {kind} on topic {name}")
            if kind == "event":
                live.append(message)
            if kind == "status":
                break
        check(message["status"]["state"] == "ended", f"status {message['status']}")
        check(message["status"]["ledger"]["balanced"], "the ledger does not balance")
        check(message["last_seq"] == EVENTS, f"last_seq is {message['last_seq']}")

        session = message["session"]
        events, last = [], 0
        while last < EVENTS:
            wanted = {"from": last + 1, "to": EVENTS}
            part, end = ask(dealer, op="replay", session=session, **wanted)
            check(end["op"] == "end" and end["last"] > last, f"the answer ends in {end}")
            events += part
            last = end["last"]
        check([e["seq"] for e in events] == list(range(1, EVENTS + 1)), "events are missing")
        journal = sqlite3.connect(f"file:{folder}/journal.sqlite?mode=ro", uri=True)
        rows = journal.execute("SELECT json FROM events ORDER BY seq").fetchall()
        stored = [json.loads(row[0]) for row in rows]
        check(events == stored, "what was replayed is not what was stored")
        check(live == stored, "what was published is not what was stored")
        events, end = ask(dealer, op="snapshot", last=3)
        check([e["seq"] for e in events] == [EVENTS - 2, EVENTS - 1, EVENTS], "wrong snapshot")
        _, end = ask(dealer, op="dance")
        check(end["op"] == "error" and "dance" in end["text"], f"found {end}, expected an error")

        topic.close(0)
        dealer.close(0)
        out, _ = publisher.communicate(timeout=60)
        check(publisher.returncode == 0, f"the publisher ended with {publisher.returncode}")
        check(out.strip() == f"published {EVENTS}", f"the publisher said {out!r}")
    context.term()
    print(f"{EVENTS} events published and replayed")


main()
