"""`add`: office.toml names one more box, and the box is asked at once whether it can be reached."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from firmware.faults import SettingsFault
from firmware.office.asked import parser, understood
from firmware.office.boxes import read
from firmware.office.placing import disk_of
from firmware.office.remote import Remote
from firmware.office.texts import plain


def add(argv: Sequence[str]) -> int:
    """`add NAME REACH ...`."""
    made = parser("add", "Name one more box in office.toml, and see whether it answers.", boxes=False)
    made.add_argument("name", metavar="NAME", help="what the office calls it")
    made.add_argument("reach", metavar="YOU@BOX", help="as ssh reaches it")
    asked, office = understood(made, argv)
    place = office.place
    if asked.name in [each.name for each in office.boxes]:
        hint = f"change it there: {place}"
        raise SettingsFault("settings.office", f"there is a box {asked.name} already", hint)
    block = f"[[box]]\nname = {quoted(asked.name)}\nreach = {quoted(asked.reach)}\n"
    written(place, _text(place) + block)
    print(f"{place} names {asked.name} now.")
    print(plain(Remote(read(place).box(asked.name)).text("status")), end="")
    return 0


def quoted(text: str) -> str:
    """A text as TOML has it: a basic string is written as JSON writes one (TOML 1.0, "String")."""
    return json.dumps(text, ensure_ascii=False)


def written(place: Path, text: str) -> None:
    """Settings in place of those before: what cannot be read back as such is refused, and all stays as it was."""
    fresh = place.with_name(f"{place.name}.new")
    with disk_of(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_text(text, encoding="utf-8")
            read(fresh)
            os.replace(fresh, place)  # noqa: PTH105  the same on every system
        finally:
            fresh.unlink(missing_ok=True)


def _text(place: Path) -> str:
    """What is there, ended by an empty line."""
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    return f"{text.rstrip()}\n\n" if text.strip() else ""
