#!/usr/bin/env python3
"""Refuses documents that name files, options or tests that are not there.

Looks at README.md, CONTRIBUTING.md and docs/: every `path` in backticks that begins with a folder
of the project exists (with * and {a,b} as in a shell), every relative link leads to a file, every
--option in README.md and docs/interfaces/ is known to the program, and every "name" in a table's
column `shown by` is that of a test.

usage: check_names.py PROJECT_FOLDER
Prints one line a fault: file, line, what was found. Exit status: 1 if any.
"""

import pathlib
import re
import sys

CODE = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
QUOTED = re.compile(r'"([^"]+)"')
SHOWN_BY = re.compile(r"\| shown by \|$")
PLACEHOLDER = re.compile(r"[<>]|NNNN|\.\.\.|^build/")


def documents(project):
    """The documents that are checked."""
    tops = [project / "README.md", project / "CONTRIBUTING.md"]
    return [path for path in tops if path.exists()] + sorted((project / "docs").rglob("*.md"))


def spell_out(path):
    """`a/{b,c}.hpp` as a/b.hpp and a/c.hpp."""
    braces = re.search(r"\{([^{}]*)\}", path)
    if not braces:
        return [path]
    return [
        whole
        for word in braces.group(1).split(",")
        for whole in spell_out(path[: braces.start()] + word + path[braces.end():])
    ]


def missing_paths(project, folders, line):
    """Paths in backticks that lead nowhere."""
    for code in CODE.findall(line):
        path = code.split(":")[0]
        if path.split("/")[0] in folders and "/" in path and not PLACEHOLDER.search(path):
            for one in spell_out(path):
                if not any(project.glob(one.rstrip("/"))):
                    yield f"`{one}` is not there"


def missing_links(document, line):
    """Relative links that lead nowhere."""
    for link in LINK.findall(line):
        if "://" not in link and not (document.parent / link).exists():
            yield f"the link to {link} leads nowhere"


def unknown_options(known, line):
    """Options that the program does not have."""
    for option in OPTION.findall(line):
        if option not in known:
            yield f"{option} is no option of draftstream or of scripts/"


def known_options(project):
    """Options named in the sources of the program and in the scripts."""
    sources = list((project / "app").glob("*.cpp")) + list((project / "scripts").glob("*"))
    sources = [path for path in sources if path.is_file()]
    return {
        option for path in sources for option in OPTION.findall(path.read_text(encoding="utf-8"))
    }


def unknown_tests(sources, lines):
    """Tests that are not there, of the tables whose last column is `shown by`: (line, fault)."""
    shown = False
    for number, line in enumerate(lines, start=1):
        shown = bool(SHOWN_BY.search(line)) or (shown and line.startswith("|"))
        cell = line.rstrip("|").rpartition("|")[2] if shown else ""
        for name in QUOTED.findall(cell):
            if f'"{name}"' not in sources:
                yield number, f'no test is called "{name}"'


def test_sources(project):
    """The text of all that defines tests."""
    files = [*project.glob("tests/**/*.cpp"), *project.glob("tests/**/CMakeLists.txt")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def check(project):
    """The faults of a project, as lines."""
    folders = {path.name for path in project.iterdir() if path.is_dir()}
    options = known_options(project)
    sources = test_sources(project)
    faults = []
    for document in documents(project):
        name = document.relative_to(project)
        about_options = name.name == "README.md" or "interfaces" in name.parts
        lines = document.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            found = list(missing_paths(project, folders, line))
            found += missing_links(document, line)
            if about_options:
                found += unknown_options(options, line)
            faults += [f"{name}:{number}: {fault}" for fault in found]
        faults += [f"{name}:{number}: {fault}" for number, fault in unknown_tests(sources, lines)]
    return faults


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = check(pathlib.Path(sys.argv[1]))
    print("\n".join(faults) or "all names in the documents are there")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
