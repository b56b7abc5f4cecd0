#!/usr/bin/env python3
"""Shows that the checks find what they are there for, on small trees made for it.

usage: test_checks.py includes|names
"""

import pathlib
import sys
import tempfile

import check_includes
import check_names

ARROWS = "set(ARROWS_ingest)\nset(ARROWS_engine ingest)\nset(ARROWS_publishers engine ingest)\n"


def write_tree(folder, files):
    """Makes files from {path: text}."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def expect(faults, expected):
    """Compares faults with {place: word in it}; anything more or less is an error."""
    assert len(faults) == len(expected), faults
    for place, word in expected.items():
        assert any(fault.startswith(place) and word in fault for fault in faults), (place, faults)


def test_includes(folder):
    """Against an arrow, sideways, without a folder, and a library in the wrong one."""
    write_tree(folder, {
        "cmake/arrows.cmake": ARROWS,
        "ingest/a.hpp": '#include <vector>\n#include "ingest/a.hpp"\n#include "engine/b.hpp"\n',
        "engine/b.cpp": '#include "ingest/a.hpp"\n#  include "b.hpp"\n#include <zmq.hpp>\n',
        "publishers/c.cpp": '#include <zmq.h>\n#include "engine/b.hpp"\n',
    })
    expect(check_includes.check(folder), {
        "ingest/a.hpp:3": "engine/b.hpp",
        "engine/b.cpp:2": "path from the top",
        "engine/b.cpp:3": "publishers/ only",
    })


def test_names(folder):
    """A missing path, link, option and test; the right ones beside them."""
    write_tree(folder, {
        "README.md": "`app/here.cpp` `app/gone.cpp` `elsewhere/x` `app/{here,lost}.cpp`\n"
                     "[in](docs/in.md) [out](docs/out.md) [far](https://example.org/x)\n"
                     "--dm and --dn\n",
        "docs/in.md": "`app/*.cpp` `app/*.hpp` --dn\n",
        "docs/tests.md": '"lost"\n\n| "lost" | shown by |\n|---|---|\n| "lost" | "kept" |\n'
                         '| a | "kept", "lost" |\n\n| "lost" | b |\n',
        "tests/a/test_a.cpp": 'TEST_CASE("kept", "[a]")\n',
        "app/here.cpp": 'add("--dm");\n',
        "scripts/go": "",
    })
    expect(check_names.check(folder), {
        "README.md:1: `app/gone.cpp`": "not there",
        "README.md:1: `app/lost.cpp`": "not there",
        "README.md:2": "docs/out.md",
        "README.md:3": "--dn",
        "docs/in.md:1": "app/*.hpp",
        "docs/tests.md:6": "lost",
    })


def main():
    tests = {"includes": test_includes, "names": test_names}
    if len(sys.argv) != 2 or sys.argv[1] not in tests:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        tests[sys.argv[1]](pathlib.Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
