#!/usr/bin/env python3
"""Has the program tell receivers that know nothing of it, which are down now and then.

usage: tell_the_world.py webhook|voevent|server|kafka|tns|kill PROGRAM WRITE_JOURNAL MOCK_KAFKA PROJECT

VOEvents are validated by voevent.rng beside this file, and by the schema that the variable
DRAFTSTREAM_VOEVENT_XSD names, if there is one. Exit status 77: what validates is not installed.
"""

import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import voevent_peers

HERE = pathlib.Path(__file__).parent
PATIENCE_S = 600  # for what comes in a moment on a machine that has nothing else to do
RULES = {"min_snr": 10, "labels": ["burst"]}
AUTHOR = {
    "ivorn": "ivo://org.example/draftstream",
    "contact_name": "Night Shift",
    "contact_email": "night@example.org",
    "position_error_deg": 0.1,
    "beam_semi_major_arcmin": 7,
    "beam_semi_minor_arcmin": 6.5,
    "gain_k_jy": 0.7,
}


def check(holds, what):
    if not holds:
        sys.exit(f"tell_the_world: {what}")


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < deadline, f"waited in vain: {what}")
        time.sleep(0.02)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class World:
    """A results folder that grows, and the program that tells of it."""

    def __init__(self, program, write_journal, folder):
        self.program = program
        self.write_journal = write_journal
        self.folder = folder
        self.config = folder / "world.yaml"
        self.log = folder / "log"
        self.expected = []  # (event_id, revision), in order

    def append(self, bursts):
        """That many bursts, each third with an update, each third with a retraction."""
        made = subprocess.run(
            [self.write_journal, self.folder, str(bursts)],
            check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.split()
        check(len(made) == bursts, "the journal was not written")
        for i, event_id in enumerate(made):
            self.expected.append((event_id, 1))
            if i % 3 > 0:
                self.expected.append((event_id, 2))

    def configure(self, gateway):
        """JSON is YAML."""
        gateway = {"name": "outside", "first_retry_s": 0.05, "longest_retry_s": 0.3,
                   "rules": RULES, **gateway}
        self.config.write_text(json.dumps({"gateways": [gateway]}), encoding="utf-8")

    def command(self, *more):
        return [self.program, "forward", self.folder, "--gateways", self.config, *more]

    @contextlib.contextmanager
    def following(self):
        """The program goes on beside the test; it ends well when that leaves."""
        with self.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(self.command("--follow"), stderr=log)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            status = process.wait(PATIENCE_S)
            check(status == 128 + signal.SIGTERM, f"it ended with {status}: {self.words()}")
        finally:
            process.kill()
            process.wait()

    def words(self):
        return self.log.read_text(encoding="utf-8")

    def complaints(self):
        return self.words().count("gateway outside:")

    def send_rest(self):
        """Once more, without --follow: nothing is left."""
        last = subprocess.run(self.command(), stderr=subprocess.PIPE, encoding="utf-8", check=False)
        check(last.returncode == 0, f"forward ended with {last.returncode}: {last.stderr}")


def tell(world, gateway, open_receiver, received, names):
    """All that is expected arrives, once and in order, though the receiver is there only now and
    then.

    open_receiver: makes one that has a close().
    received: what came, to be read by `names` as (event_id, revision).
    """
    world.configure(gateway)
    world.append(6)
    with world.following():
        wait_until(lambda: world.complaints() > 0, "a complaint that nobody is there")
        check(not received, "something came though nobody was there")
        for bursts in (4, 5):
            receiver = open_receiver()
            wait_until(lambda: len(received) >= len(world.expected), "all messages")
            receiver.close()
            before = world.complaints()
            world.append(bursts)
            wait_until(lambda: world.complaints() > before, "a complaint that it is down")
        receiver = open_receiver()
        wait_until(lambda: len(received) >= len(world.expected), "all messages, at last")
    check(names() == world.expected, f"expected {world.expected}, found {names()}")
    if gateway["kind"] != "voevent_server":  # whose subscribers have left with it
        world.send_rest()
    receiver.close()
    check(names() == world.expected, "something came twice")


def webhook(world, _):
    port = free_port()
    received = []
    secret = world.folder / "secret"
    secret.write_text("swordfish\n", encoding="utf-8")
    secret.chmod(0o600)

    def names():
        events = [json.loads(body)["event"] for _, body in received]
        return [(event["event_id"], event["revision"]) for event in events]

    tell(world,
         {"kind": "webhook", "url": f"http://127.0.0.1:{port}/frb", "secret_file": str(secret)},
         lambda: voevent_peers.Web(received, port), received, names)
    try:
        import jsonschema
    except ImportError:
        sys.exit(77)
    schema = json.loads(
        (PROJECT / "publishers/schema/frb-event-1.0.0.schema.json").read_text(encoding="utf-8"))
    for headers, body in received:
        signature = hmac.new(b"swordfish", body, hashlib.sha256).hexdigest()
        check(headers["X-Draftstream-Signature-256"] == f"sha256={signature}", "a wrong signature")
        jsonschema.validate(json.loads(body)["event"], schema)
    check("swordfish" not in world.words(), "the log tells the secret")


def voevent_names(documents):
    """By their IVORNs: ivo://org.example/draftstream#EVENT_ID/REVISION."""
    ivorns = [voevent_peers.ivorn_of(document) for document in documents]
    return [(one.split("#")[1].split("/")[0], int(one.rsplit("/", 1)[1])) for one in ivorns]


def validate_voevents(world, documents):
    if not shutil.which("xmllint"):
        sys.exit(77)
    schemas = ["--relaxng", str(HERE / "voevent.rng")]
    official = os.environ.get("DRAFTSTREAM_VOEVENT_XSD")
    for arguments in [schemas] + ([["--schema", official]] if official else []):
        for i, document in enumerate(documents):
            file = world.folder / f"{i}.xml"
            file.write_bytes(document)
            said = subprocess.run(["xmllint", "--nonet", "--noout", *arguments, file],
                                  stderr=subprocess.PIPE, encoding="utf-8", check=False)
            check(said.returncode == 0, f"not valid: {said.stderr}{document.decode()}")
    print(f"{len(documents)} VOEvents are valid{', by ' + official if official else ''}")


def check_citations(documents):
    for document, (event_id, revision) in zip(documents, voevent_names(documents)):
        cited = ElementTree.fromstring(document).findall("Citations/EventIVORN")
        expected = [f"{AUTHOR['ivorn']}#{event_id}/1"] if revision == 2 else []
        check([one.text for one in cited] == expected, "it does not cite what it follows")


def voevent(world, _):
    port = free_port()
    received = []
    tell(world, {"kind": "voevent", "broker": f"127.0.0.1:{port}", **AUTHOR},
         lambda: voevent_peers.Broker(received, port), received, lambda: voevent_names(received))
    check_citations(received)
    validate_voevents(world, received)


def server(world, _):
    port = free_port()
    received = []
    roles = []

    def subscribe():
        one = voevent_peers.Subscriber(received, port)
        roles.append(one.roles)
        return one

    tell(world, {"kind": "voevent_server", "serve_at": f"127.0.0.1:{port}", **AUTHOR},
         subscribe, received, lambda: voevent_names(received))
    check(all(one[0] == "authenticate" for one in roles), "a subscriber was not asked who it is")
    validate_voevents(world, received)


class MockKafka:
    """The cluster, and what kcat finds on its topic."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, encoding="utf-8")
        self.brokers = self.process.stdout.readline().strip()

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def messages(self):
        kcat = subprocess.run(
            ["kcat", "-C", "-b", self.brokers, "-t", "gcn.notices.test.frb", "-o", "beginning",
             "-e", "-q", "-f", "%k %s\n"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=True)
        return [line.split(" ", 1) for line in kcat.stdout.splitlines()]

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)


def kafka(world, mock_kafka):
    if not shutil.which("kcat"):
        sys.exit(77)
    cluster = MockKafka(mock_kafka)
    world.configure({"kind": "kafka", "brokers": cluster.brokers, "timeout_s": 5,
                     "topic": "gcn.notices.test.frb", "position_error_deg": 0.1})
    cluster.tell("down")
    world.append(6)
    with world.following():
        wait_until(lambda: world.complaints() > 0, "a complaint that the broker is down")
        cluster.tell("up")
        wait_until(lambda: len(cluster.messages()) >= len(world.expected), "all alerts")
        cluster.tell("down")
        before = world.complaints()
        world.append(5)
        wait_until(lambda: world.complaints() > before, "a complaint that the broker is down")
        cluster.tell("up")
        wait_until(lambda: len(cluster.messages()) >= len(world.expected), "all alerts, at last")
    world.send_rest()
    messages = cluster.messages()
    cluster.end()
    alerts = [json.loads(text) for _, text in messages]
    # A receipt that was lost has its message produced again: kept once here, as readers have to.
    found = list(dict.fromkeys((one["id"], one["record_number"]) for one in alerts))
    check(found == world.expected, f"expected {world.expected}, found {found}")
    check(all(key == one["id"] for (key, _), one in zip(messages, alerts)), "a wrong key")
    validate_alerts("".join(text + "\n" for _, text in messages))


def validate_alerts(lines):
    """By GCN's schema, from the npm registry's package, installed once beside the build."""
    if not shutil.which("npm"):
        sys.exit(77)
    folder = pathlib.Path.cwd() / "gcn"
    folder.mkdir(exist_ok=True)
    for file in ("package.json", "package-lock.json", "validate.mjs"):
        shutil.copy(HERE / "gcn" / file, folder)
    if not (folder / "node_modules/@nasa-gcn/schema/package.json").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                       check=True, stdout=subprocess.DEVNULL)
    said = subprocess.run(["node", "validate.mjs"], cwd=folder, input=lines, encoding="utf-8",
                          stdout=subprocess.PIPE, check=False)
    check(said.returncode == 0, f"GCN's schema: {said.stdout}")
    print(said.stdout.strip())


def tns(world, _):
    drafts = world.folder / "tns"
    world.configure({"kind": "tns", "folder": str(drafts), "reporter": "N. Shift"})
    world.append(6)
    world.send_rest()
    files = sorted(one.name for one in drafts.iterdir())
    ids = [event_id for event_id, revision in world.expected if revision == 1]
    retracted = [event_id for i, event_id in enumerate(ids) if i % 3 == 2]
    expected = [f"{one}.retracted.json" if one in retracted else f"{one}.json" for one in ids]
    check(files == sorted(expected), f"expected {expected}, found {files}")
    for file in drafts.iterdir():
        report = json.loads(file.read_text(encoding="utf-8"))["frb_report"]["0"]
        check(report["internal_name"] in ids, f"{file} is of another event")


def kill(world, _):
    """kill -9 at any moment: all arrive, in order, none more often than it was killed."""
    port = free_port()
    received = []
    web = voevent_peers.Web(received, port)
    world.configure({"kind": "webhook", "url": f"http://127.0.0.1:{port}/"})
    draw = random.Random(5)
    kills = 25
    for _ in range(kills):
        world.append(3)
        with world.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(world.command("--follow"), stderr=log)
        before = len(received)
        wanted = draw.randrange(0, 6)
        wait_until(lambda: len(received) >= min(before + wanted, len(world.expected)), "messages")
        time.sleep(draw.random() * 0.01)
        process.kill()
        process.wait()
    world.send_rest()
    web.close()
    events = [json.loads(body)["event"] for _, body in received]
    names = [(event["event_id"], event["revision"]) for event in events]
    check(list(dict.fromkeys(names)) == world.expected, "not all came, or not in order")
    check(len(names) <= len(world.expected) + kills, f"{len(names)} messages after {kills} kills")
    print(f"{len(names) - len(world.expected)} of {len(names)} messages came twice, "
          f"after {kills} kills")


WAYS = {"webhook": webhook, "voevent": voevent, "server": server, "kafka": kafka, "tns": tns,
        "kill": kill}

if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[1] not in WAYS:
        sys.exit(__doc__)
    PROJECT = pathlib.Path(sys.argv[5])
    with tempfile.TemporaryDirectory() as temporary:
        WAYS[sys.argv[1]](World(sys.argv[2], sys.argv[3], pathlib.Path(temporary)), sys.argv[4])
