"""docs/promises.md: which sheets show which promise. `python tests/office/office_page.py` writes it anew."""

import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.scenarios import office_sheet, sheet  # noqa: E402  run as a command it finds them here

PAGE = ROOT / "docs/promises.md"

HEAD = """\
# Promises and their sheets

Each row is a sentence of a published notice, or of the law behind it, by its id. Each sheet is a page of plain sentences
that is played against the real recorder and the real keeper on every run of the tests, and must come true. Sheets of one call
are in [tests/scenarios](../tests/scenarios), sheets of an office's days and years in
[tests/scenarios/office](../tests/scenarios/office). `python tests/office/office_page.py` writes this page.

| promise | sheets |
| --- | --- |
"""


def told() -> dict[str, list[Path]]:
    """The sheets of each promise."""
    found = defaultdict(list)
    for path in sheet.sheets():
        for promise in sheet.read(path.read_text()).promises:
            found[promise].append(path)
    for path in office_sheet.office_sheets():
        for promise in office_sheet.read(path.read_text()).promises:
            found[promise].append(path)
    return found


def order(promise: str) -> tuple[str, int]:
    """Office by office, then by number."""
    office, _, number = promise.partition(".")
    return office, int(number)


def page() -> str:
    """The whole page."""
    rows = sorted(told().items(), key=lambda row: order(row[0]))
    return HEAD + "".join(f"| {promise} | {', '.join(map(link, paths))} |\n" for promise, paths in rows)


def link(path: Path) -> str:
    """A sheet's title, leading to it."""
    title = path.read_text().partition("\n")[0]
    return f"[{title}](../{path.relative_to(ROOT)})"


if __name__ == "__main__":
    PAGE.write_text(page())
