#!/usr/bin/env python3
"""Checks what a live run tells Prometheus against promtool, the documents, the rules and the dashboard.

usage: check_metrics.py DRAFTSTREAM PROJECT_FOLDER
Exit status: 0 if all agree, 1 if not, 77 if promtool is not there.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

NAME = re.compile(r"draftstream_[a-z_]+")
# Of streams of packets, or where a search falls behind: a stream of bytes has none of these.
OF_PACKETS = {"draftstream_ingest_packets_total", "draftstream_ingest_packets_dropped_total",
              "draftstream_overload_level"}
PATIENCE_S = 300


def family(name):
    """The name that HELP gives, of a series of a histogram too."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def families_of(metrics):
    return {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE ")}


def names_in(text):
    return {family(name) for name in NAME.findall(text)}


class Live:
    """A live run with a page, and a burst that is found in what it is sent."""

    def __init__(self, program, folder):
        sky = folder / "sky.fil"
        subprocess.run([program, "simulate", sky, "--nchans", "64", "--tsamp", "1e-3",
                        "--duration", "16", "--seed", "7", "--quiet",
                        "--burst", "dm=300,t=2.5,width_ms=4,snr=25"], check=True)
        world = folder / "world.yaml"
        world.write_text(f"gateways:\n  - {{name: drafts, kind: tns, folder: '{folder / 'tns'}', "
                         "reporter: N. Shift, rules: {labels: []}}\n", encoding="utf-8")
        self.log = open(folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "live", "tcp+listen://127.0.0.1:0", "-o", folder / "out", "--dm", "0:600",
             "--publish", "tcp://127.0.0.1:*", "--no-networks", "--http", "127.0.0.1:0",
             "--chunk-samples", "256", "--widths-ms", "32", "--gateways", world], stderr=self.log)
        address = self.wait_for(r"listening on (\S+)")
        self.url = self.wait_for(r"page at (\S+)")
        # Half of it at real time: the run goes on while it is looked at.
        self.sender = subprocess.Popen([program, "send", "--speed", "1", sky, address, "--quiet"])

    def wait_for(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = re.search(pattern, pathlib.Path(self.log.name).read_text(encoding="utf-8"))
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"live: found no '{pattern}' in its log")

    def metrics(self):
        with urllib.request.urlopen(self.url + "metrics", timeout=60) as answer:
            return answer.read().decode()

    def metrics_with_an_event(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            metrics = self.metrics()
            if re.search(r'^draftstream_events_total\{alert_type="initial"\} [1-9]', metrics, re.M) and \
                    "draftstream_searching 1" in metrics:
                return metrics
            time.sleep(0.1)
        raise SystemExit("live: found no event in /metrics")

    def end(self):
        self.sender.kill()
        self.sender.wait()
        self.process.terminate()
        self.process.wait()


def faults_of(metrics, project):
    there = families_of(metrics)
    yield from (f"{name}: is not told" for name in ["draftstream_up_info"] if name not in there)
    documented = {"draftstream_" + name for name in
                  re.findall(r"^\| `([a-z_]+)` \|", (project / "docs/interfaces/metrics.md")
                             .read_text(encoding="utf-8"), re.M)}
    yield from (f"{name}: not in docs/interfaces/metrics.md" for name in there - documented)
    yield from (f"{name}: in docs/interfaces/metrics.md, but not told"
                for name in documented - there - OF_PACKETS)
    for file in ("monitoring/alerts.yml", "monitoring/dashboard.json"):
        asked = names_in((project / file).read_text(encoding="utf-8"))
        yield from (f"{name}: asked for by {file}, but not told"
                    for name in asked - there - OF_PACKETS)
        yield from (f"{name}: asked for by {file}, but not documented"
                    for name in (asked & OF_PACKETS) - documented)
    dashboard = json.loads((project / "monitoring/dashboard.json").read_text(encoding="utf-8"))
    yield from (f"dashboard.json: {panel['title']} asks for nothing"
                for panel in dashboard["panels"] if not panel["targets"])


def main():
    program, project = sys.argv[1], pathlib.Path(sys.argv[2])
    if shutil.which("promtool") is None:
        print("skipped: found no promtool (package prometheus)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        live = Live(program, pathlib.Path(folder))
        try:
            metrics = live.metrics_with_an_event()
        finally:
            live.end()
    faults = list(faults_of(metrics, project))
    for fault in faults:
        print(fault)
    lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True,
                          capture_output=True, check=False)
    print(lint.stdout + lint.stderr, end="")
    for arguments in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        rules = subprocess.run(["promtool", *arguments], cwd=project / "monitoring", check=False)
        faults += [arguments] if rules.returncode else []
    return 1 if faults or lint.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
