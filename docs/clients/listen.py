#!/usr/bin/env python3
"""Prints each event that is published: listen.py [ENDPOINT]"""
import sys

import zmq

topic = zmq.Context().socket(zmq.SUB)
topic.subscribe("frb.")
topic.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
ended = False
while not ended:
    message = zmq.utils.jsonapi.loads(topic.recv_multipart()[1])
    if message["message_type"] == "event" and message["alert_tense"] != "injection":
        print(message["event_id"], message["signal"]["snr"], message["dm"]["value_pc_cm3"], flush=True)
    ended = message["message_type"] == "status" and message["status"]["state"] == "ended"
