"""A settings file becomes `Settings`, or one fault that lists every mistake in it.

Whatever the bytes are, nothing else comes out: no traceback, no half a setting.
"""

import hashlib
import os
import stat
import tomllib
from pathlib import Path

from firmware.faults import SettingsFault
from firmware.settings import model, schema
from firmware.settings.entries import Entries
from firmware.settings.problems import PRIVATE_HALF, Problems, looks_private
from firmware.settings.rules import check_rules

MOST_BYTES = 1 << 20
"""A settings file is refused beyond 1 MiB; our choice: 64 lines with comments take 40 KiB."""


def read(path: Path) -> model.Settings:
    """The settings in a file. Refuses what cannot be read, is no regular file, or is beyond 1 MiB."""
    try:
        content = _content(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(str(path), reason) from None
    if len(content) > MOST_BYTES:
        raise _unreadable(str(path), "it is larger than 1 MiB")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise _not_toml(str(path), f"byte {error.start + 1} is not UTF-8") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> model.Settings:
    """The settings in a text; `where` names its file in the fault that lists every mistake."""
    problems = Problems()
    tree = _tree(text, where)
    entries = Entries(tree, problems)
    check_rules(entries)
    _refuse_private_halves(text, problems)
    problems.refuse(where)
    return _settings(entries, text)


def _content(path: Path) -> bytes:
    """At most one byte more than is allowed; a pipe or device never blocks us."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return file.read(MOST_BYTES + 1)


def _tree(text: str, where: str) -> dict[str, object]:
    try:
        text.encode()
        return tomllib.loads(text)
    except RecursionError:
        raise _not_toml(where, "it is nested too deeply") from None
    except UnicodeEncodeError:
        raise _not_toml(where, "it holds half a character") from None
    except ValueError as error:  # tomllib's own, and int() of thousands of digits
        reason = str(error)
        if looks_private(text):
            reason = f"and {PRIVATE_HALF}"
        raise _not_toml(where, reason) from None


def _refuse_private_halves(text: str, problems: Problems) -> None:
    """Also in a comment: the text is kept with every recording's settings."""
    if any(PRIVATE_HALF in line for line in problems.lines()):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if looks_private(line):
            problems.add((len(schema.SCHEMA), number), f"line {number} of the file", PRIVATE_HALF)


def _settings(entries: Entries, text: str) -> model.Settings:
    return model.Settings(
        office=entries.made(schema.OFFICE)[0],
        policies=entries.made(schema.POLICY),
        departments=entries.made(schema.DEPARTMENT),
        taps=entries.made(schema.TAP),
        lines=entries.made(schema.LINE),
        desks=entries.made(schema.DESK),
        exempt=entries.made(schema.EXEMPT),
        numbering=entries.made(schema.NUMBERING)[0],
        recipients=entries.made(schema.RECIPIENT_TABLE),
        storage=entries.made(schema.STORAGE)[0],
        cells=entries.made(schema.CELL),
        clock=entries.made(schema.CLOCK)[0],
        audit=entries.made(schema.AUDIT)[0],
        witnesses=entries.made(schema.WITNESS),
        mail=next(iter(entries.made(schema.MAIL)), None),
        support=next(iter(entries.made(schema.SUPPORT)), None),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def _unreadable(where: str, reason: str) -> SettingsFault:
    hint = "name the settings file: callbox check --config FILE (an example: config/callbox.toml)"
    return SettingsFault("settings.unreadable", f"{where} cannot be read: {reason}", hint)


def _not_toml(where: str, reason: str) -> SettingsFault:
    hint = f"mend that place (toml.io shows how TOML is written), then: callbox check --config {where}"
    return SettingsFault("settings.not-toml", f"{where} is not TOML: {reason}", hint)
