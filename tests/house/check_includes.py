#!/usr/bin/env python3
"""Refuses #include lines that run against the arrows of cmake/arrows.cmake.

usage: check_includes.py PROJECT_FOLDER
Prints one line a fault: file, line, what was found, what is allowed. Exit status: 1 if any.
"""

import pathlib
import re
import sys

SOURCES = {".hpp", ".cpp", ".cu", ".in"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Libraries whose headers few folders see, so that another can take their place.
ONLY_IN = {
    "zmq": {"publishers"},
    "hdf": {"publishers"},
    "zip": {"publishers"},
    "plplot": {"publishers"},
    "yaml-cpp": {"app"},
    "CLI": {"app"},
    "spdlog": {"app"},
    "fitsio": {"replay"},
    "hwy": {"engine"},
    "kiss_fft": {"engine"},
    "kiss_fftr": {"engine"},
    "cuda": {"engine"},
    "torch": {"engine", "training"},
    "ATen": {"engine", "training"},
    "sodium": {"engine", "publishers"},
    "curl": {"publishers"},
    "librdkafka": {"publishers"},
    "pugixml": {"publishers"},
    "httplib": {"publishers"},
    "prometheus": {"publishers"},
    "systemd": {"app"},
}


def read_arrows(project):
    """Which folders each folder may know, by name: {folder: {folder, ...}}."""
    text = (project / "cmake" / "arrows.cmake").read_text(encoding="utf-8")
    arrows = re.findall(r"^set\(ARROWS_(\w+)([^)]*)\)", text, re.MULTILINE)
    return {folder: set(known.split()) for folder, known in arrows}


def fault_of(folder, allowed, quote, header):
    """What is wrong with an include in `folder`, or None."""
    if quote == "<":
        library = re.match(r"[A-Za-z]+(-cpp)?", header)
        owners = ONLY_IN.get(library.group() if library else "", {folder})
        if folder not in owners:
            return f"found <{header}>, expected it in {'/, '.join(sorted(owners))}/ only"
        return None
    if "/" not in header:
        return f'found "{header}", expected the path from the top: "{folder}/{header}"'
    other = header.split("/")[0]
    if other != folder and other not in allowed:
        may_know = ", ".join(sorted(allowed)) or "none"
        return f'found "{header}", expected none but of {folder} and those it may know: {may_know}'
    return None


def check(project):
    """The faults of a project, as lines."""
    faults = []
    for folder, allowed in read_arrows(project).items():
        sources = [path for path in (project / folder).rglob("*") if path.suffix in SOURCES]
        if not sources:
            faults.append(f"{folder}/: found no sources, expected some")
        for source in sorted(sources):
            lines = source.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                include = INCLUDE.match(line)
                fault = include and fault_of(folder, allowed, *include.groups())
                if fault:
                    faults.append(f"{source.relative_to(project)}:{number}: {fault}")
    return faults


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = check(pathlib.Path(sys.argv[1]))
    print("\n".join(faults) or "all includes follow the arrows")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
