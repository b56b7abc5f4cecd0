"""Clients in Python that use zmq.auth: one with keys of `draftstream keys`, one with keys of its
own, and two that are not on the list.

usage: client_with_keys.py RUN_PUBLISH DRAFTSTREAM
"""

import json
import os
import subprocess
import sys
import tempfile

import zmq
import zmq.auth
from zmq.utils.monitor import recv_monitor_message

EVENTS = 30
PATIENCE_MS = 120_000


def check(condition, sentence):
    if not condition:
        sys.exit(f"client_with_keys: {sentence}")


def connect(context, kind, endpoint, server, certificate):
    """A socket, and what tells of its handshakes."""
    socket = context.socket(kind)
    socket.linger = 0
    if certificate:
        socket.curve_serverkey = server
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(certificate)
    monitor = socket.get_monitor_socket(
        zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    )
    if kind == zmq.SUB:
        socket.subscribe(b"frb.")
    socket.connect(endpoint)
    return socket, monitor


def refusal(monitor):
    check(monitor.poll(PATIENCE_MS), "nobody was refused")
    return recv_monitor_message(monitor)["event"]


def receive(socket):
    check(socket.poll(PATIENCE_MS), "nothing came")
    return socket.recv_multipart()


def receive_all(topic):
    """Numbers of the events until the publisher ends."""
    numbers = []
    while True:
        message = json.loads(receive(topic)[1])
        if message["message_type"] == "event":
            numbers.append(message["seq"])
        if message["message_type"] == "status":
            return numbers


def replay(dealer):
    """Numbers of all that the publisher has."""
    dealer.send_json({"op": "replay", "from": 1})
    numbers = []
    while True:
        frames = receive(dealer)
        if len(frames) == 1:
            return numbers
        numbers.append(json.loads(frames[1])["seq"])


def main():
    run_publish, draftstream = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        allow = os.path.join(folder, "clients")
        private = os.path.join(folder, "private")
        os.mkdir(allow)
        os.mkdir(private)
        for name in "server", "alice", "eve":
            subprocess.run([draftstream, "keys", name, "-o", private], check=True)
        os.rename(f"{private}/alice.pub", f"{allow}/alice.pub")
        public, bob = zmq.auth.create_certificates(private, "bob")
        os.rename(public, f"{allow}/bob.key")
        check(len(zmq.auth.load_certificates(allow)) == 1, "pyzmq's own list has more than bob")
        server, none = zmq.auth.load_certificate(f"{private}/server.pub")
        check(none is None, "the public file has a secret key")

        publisher = subprocess.Popen(
            [run_publish, "serve", folder, str(EVENTS), f"{private}/server.key", allow],
            stdout=subprocess.PIPE,
            text=True,
        )
        endpoint = publisher.stdout.readline().strip()
        address, port = endpoint.rsplit(":", 1)
        requests = f"{address}:{int(port) + 1}"
        context = zmq.Context()
        refused = []
        for kind, place in (zmq.SUB, endpoint), (zmq.DEALER, requests):
            eve, monitor = connect(context, kind, place, server, f"{private}/eve.key")
            found = refusal(monitor)
            check(found == zmq.EVENT_HANDSHAKE_FAILED_AUTH, f"eve: found event {found}")
            plain, monitor = connect(context, kind, place, server, None)
            found = refusal(monitor)
            check(found == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, f"plain: found event {found}")
            refused += eve, plain

        asks, _ = connect(context, zmq.DEALER, requests, server, bob)
        check(replay(asks) == [], "there are events before the first subscriber")
        hears, _ = connect(context, zmq.SUB, endpoint, server, f"{private}/alice.key")
        check(receive_all(hears) == list(range(1, EVENTS + 1)), "alice missed events")
        check(replay(asks) == list(range(1, EVENTS + 1)), "bob missed events")
        for socket in refused:
            check(not socket.poll(0), "who is not listed heard something")
        context.destroy(linger=0)
        out, _ = publisher.communicate(timeout=120)
        check(publisher.returncode == 0, f"the publisher ended with {publisher.returncode}")
        check(out.strip() == f"published {EVENTS}", f"the publisher said {out!r}")
    print(f"{EVENTS} events for two, none for four")


main()
