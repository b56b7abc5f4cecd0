"""Tables in documents that programs write."""

import pathlib
import re

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def as_markdown(table):
    """A table of texts; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]])


def replace(marker, text, document=DOCUMENT):
    """Puts `text` between the lines `<!-- marker -->` and `<!-- end of marker -->`.

    Raises ValueError if the document has no such lines.
    """
    old = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(old):
        raise ValueError(f"{document}: found no line {begin.strip()}, expected one and its end")
    new = pattern.sub(lambda _: f"{begin}\n{text.strip()}\n\n{end}", old)
    document.write_text(new, encoding="utf-8")
