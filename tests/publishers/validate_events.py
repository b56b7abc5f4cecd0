"""Every message we make is valid by the schema, and the schema refuses what is not.

usage: validate_events.py SCHEMA RUN_PUBLISH GOLDEN_FOLDER
"""

import copy
import json
import pathlib
import subprocess
import sys

from jsonschema import Draft202012Validator


def strict(schema):
    """The same schema, but unknown fields are refused: what a producer is held to."""
    schema = copy.deepcopy(schema)

    def close(part, name):
        if isinstance(part, dict):
            # The head is part of status and heartbeat, which add to it; they are closed instead.
            if "properties" in part and name not in ("", "publisher_head"):
                part["unevaluatedProperties"] = False
            for key, value in part.items():
                close(value, key)
        elif isinstance(part, list):
            for value in part:
                close(value, "item")

    close(schema, "")
    return schema


# Fields that came after messages of this version were first made.
OPTIONAL = {("classifier", "probability"), ("journal",), ("session_first_seq",), ("search",),
            ("confirms",), ("retraction",),
            ("status", "overload"), ("status", "products")}


def objects(message, path=()):
    """Paths of all objects in a message."""
    if isinstance(message, dict):
        yield path
        for key, value in message.items():
            yield from objects(value, path + (key,))
    elif isinstance(message, list):
        for index, value in enumerate(message):
            yield from objects(value, path + (index,))


def at(message, path):
    for step in path:
        message = message[step]
    return message


def check(condition, sentence):
    if not condition:
        sys.exit(f"validate_events: {sentence}")


def check_described(part, path=""):
    """Every field says what it is, and its unit if it has one."""
    for name, field in part.get("properties", {}).items():
        if name not in ("schema", "message_type"):
            check(
                "description" in field or "$ref" in field or "const" in field,
                f"field {path}{name} has no description",
            )
        check_described(field, f"{path}{name}.")
        check_described(field.get("items", {}), f"{path}{name}[].")


def main():
    schema_path, run_publish, golden = sys.argv[1:]
    schema = json.loads(pathlib.Path(schema_path).read_text())
    Draft202012Validator.check_schema(schema)
    for part in schema["$defs"].values():
        check_described(part)
    lenient = Draft202012Validator(schema)
    closed = Draft202012Validator(strict(schema))

    emitted = subprocess.run([run_publish, "emit"], check=True, capture_output=True, text=True)
    lines = emitted.stdout.splitlines()
    recorded = sorted(pathlib.Path(golden).glob("*.json"))
    check(recorded, f"no recorded messages in {golden}")
    messages = [json.loads(line) for line in lines]
    messages += [json.loads(path.read_text()) for path in recorded]
    kinds = {message["message_type"] for message in messages}
    check(
        kinds == {"candidate", "event", "update", "retraction", "status", "heartbeat"},
        f"found messages of the kinds {sorted(kinds)}, expected all",
    )

    for number, message in enumerate(messages):
        for name, validator in (("lenient", lenient), ("strict", closed)):
            faults = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(message)]
            check(not faults, f"message {number} fails the {name} schema: {faults}")
        for path in objects(message):
            for key in at(message, path):
                without = copy.deepcopy(message)
                del at(without, path)[key]
                check(
                    not lenient.is_valid(without) or (*path, key) in OPTIONAL,
                    f"message {number} is valid without {path} {key}",
                )
                wrong = copy.deepcopy(message)
                at(wrong, path)[key] = {"no": "field"}
                check(
                    not closed.is_valid(wrong), f"message {number} is valid with any {path} {key}"
                )
            more = copy.deepcopy(message)
            at(more, path)["colour"] = "blue"
            check(lenient.is_valid(more), f"message {number}: readers pass over more in {path}")
            check(not closed.is_valid(more), f"message {number}: producers add nothing to {path}")

    event = messages[0]
    for path, value in (
        (("seq",), 0),
        (("schema",), "frb-event/2.0.0"),
        (("time", "toa_utc"), "2018-04-17T13:18:31Z"),
        (("time", "scale"), "TAI"),
        (("signal", "snr"), None),
        (("position", "dec_deg"), -91),
        (("quality", "frac_missing"), 1.5),
        (("classifier", "label"), "perhaps"),
    ):
        wrong = copy.deepcopy(event)
        at(wrong, path[:-1])[path[-1]] = value
        check(not lenient.is_valid(wrong), f"{path} = {value} is valid")
    print(f"{len(messages)} messages, {len(kinds)} kinds: valid")


main()
