#!/usr/bin/env python3
"""Fills a journal with events that resemble the ones it has, until it holds so many.

usage: fill_journal.py JOURNAL EVENTS
Nobody may have the journal open. The events spread over six hours before the first one.
"""

import datetime
import json
import random
import sqlite3
import sys
import uuid

LABELS = ["burst", "interference", "unjudged"]
HOURS = 6


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def resembling(event, seq, part, chance):
    """Another event, at a part of the time before this one."""
    toa = datetime.datetime.strptime(event["time"]["toa_utc"][:26], "%Y-%m-%dT%H:%M:%S.%f")
    toa -= datetime.timedelta(hours=HOURS * (1.0 - part))
    made = json.loads(json.dumps(event))
    label = chance.choices(LABELS, weights=[1, 6, 1])[0]
    made.update(seq=seq, uuid=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                event_id=f"made-{seq:06d}", products=[])
    made["time"]["toa_utc"] = iso(toa)
    made["classifier"]["label"] = label
    made["dm"]["value_pc_cm3"] = chance.uniform(50, 580) if label == "burst" else \
        chance.expovariate(1 / 25)
    made["signal"]["snr"] = 7.0 + chance.paretovariate(2.0) - 1.0
    made["signal"]["width_ms"] = 2.0 ** chance.uniform(0, 5)
    made["beam"]["index"] = chance.randrange(4)
    return made


def main():
    journal, wanted = sqlite3.connect(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(1)
    columns = [row[1] for row in journal.execute("PRAGMA table_info(events)")]
    rows = [dict(zip(columns, row)) for row in journal.execute("SELECT * FROM events ORDER BY seq")]
    first, last = rows[0], rows[-1]["seq"]
    event = json.loads(first["json"])
    with journal:
        for seq in range(last + 1, wanted + 1):
            made = resembling(event, seq, seq / wanted, chance)
            row = dict(first, seq=seq, event_id=made["event_id"], toa_utc=made["time"]["toa_utc"],
                       snr=made["signal"]["snr"], dm_pc_cm3=made["dm"]["value_pc_cm3"],
                       width_ms=made["signal"]["width_ms"], label=made["classifier"]["label"],
                       beam=made["beam"]["index"], json=json.dumps(made))
            journal.execute(f"INSERT INTO events ({','.join(row)}) VALUES ({','.join('?' * len(row))})",
                            list(row.values()))
    journal.close()


if __name__ == "__main__":
    main()
