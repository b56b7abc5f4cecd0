#!/usr/bin/env python3
"""Prints what `draftstream evaluate --json` says as a table, one line a burst of the truth.

usage: scripts/truth_table.py EVALUATION.json
Exit status: 0 if every burst was received, 1 otherwise.
"""

import json
import sys

HEADINGS = ("truth: t [s]", "DM", "S/N", "received: t [s]", "DM", "S/N", "")
LINE = "{:>12}  {:>8}  {:>6}   {:>15}  {:>8}  {:>6}   {}"


def told(pulse):
    """The columns of a burst or of the alert to it."""
    return (f"{pulse['toa_s']:.4f}", f"{pulse['dm_pc_cm3']:.1f}", f"{pulse['snr']:.1f}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        evaluation = json.load(file)
    rows = [(match["burst"], match["candidate"]) for match in evaluation["matches"]]
    rows += [(burst, None) for burst in evaluation["missed"]]

    print(LINE.format(*HEADINGS).rstrip())
    for burst, alert in sorted(rows, key=lambda row: row[0]["toa_s"]):
        if alert is None:
            print(LINE.format(*told(burst), "-", "-", "-", "MISSED"))
        else:
            print(LINE.format(*told(burst), *told(alert), "received"))
    bursts, found = evaluation["bursts"], evaluation["found"]
    others = evaluation["candidates"] - found
    print(f"\n{found} of {bursts} bursts received; {others} other alerts (interference)")
    return 0 if found == bursts and bursts > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
