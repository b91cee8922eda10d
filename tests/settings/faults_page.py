"""docs/faults.md is made from the codes: `python -m tests.settings.faults_page` writes it again.

Codes and meanings come from `firmware.faults`; what stands in the last column of
a code that the page has already is kept, so it is written by hand, once.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from firmware import alarms, faults

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/faults.md"

HEAD = """# Faults

What the box expects may go wrong is a *fault*: it says what is, in brackets its code, and under it the next step.
Anything else is a bug and shows a traceback. Codes never change their meaning. The box's own hint is nearer to the
case than this page; the page is for looking up a code that a log, a lamp or somebody on the telephone gave.

Some faults only end a command; some stand, and are then alarms ([alarms.md](alarms.md)). The last column says what one that
stands does: *lamp*, idle desks show it; *always*, also once it is acknowledged; *controller*, the controller's contact is
told of it by mail, whoever acts on it.
"""

KINDS = (
    (faults.SettingsFault, "edit the settings file, then `callbox check --config FILE`"),
    (faults.DeviceFault, "look at the plug, the card, the button or the line"),
    (faults.SealFault, "mend the keys; nothing was sealed to a wrong one"),
    (faults.VaultFault, "look at the disk and the data directory; nothing was destroyed"),
    (faults.Refused, "follow the rule, or ask whoever may change it"),
    (faults.LogFault, "call the controller"),
)
"""Each kind of fault, and what to do where the page has nothing nearer."""

ROW = re.compile(r"^\| `([a-z]+\.[a-z-]+)` \| ([^|]+) \| ([^|]+) \|(?: [^|]* \|)?$", re.MULTILINE)


def rows_of(page: str) -> dict[str, tuple[str, str]]:
    """The codes of a page with their meaning and what to do."""
    return {code: (meaning, advice) for code, meaning, advice in ROW.findall(page)}


def page_of(codes: Mapping[str, str], old: str) -> str:
    """The page of these codes, with the advice that an older page has."""
    parts = [HEAD]
    advice = {code: row[1] for code, row in rows_of(old).items()}
    for kind, general in KINDS:
        acts = alarms.OWNERS[kind.kind].capitalize()
        heading = f"{kind.__doc__} {acts} acts. The command ends with status {kind.exit_status}."
        parts.append(f"\n## {kind.kind}\n\n{heading}\n")
        parts.append("\n| code | means | what to do | standing |\n| --- | --- | --- | --- |\n")
        for code, meaning in codes.items():
            if code.startswith(f"{kind.kind}."):
                parts.append(f"| `{code}` | {meaning} | {advice.get(code, general)} | {standing(code)} |\n")
    return "".join(parts)


def _names(folder: Path) -> set[str]:
    """The codes that the programs of a folder name."""
    text = "".join(each.read_text() for each in folder.rglob("*.py") if each.name != "faults.py")
    return {code for code in faults.CODES if f'"{code}"' in text}


OFFICE = ROOT / "firmware/office"
AT_THE_PC = _names(OFFICE).difference(
    *[_names(each) for each in (ROOT / "firmware").iterdir() if each.is_dir() and each != OFFICE]
)
"""Codes that only the tool on the office's PC has: none stands on the box."""


def standing(code: str) -> str:
    """What a fault of this code does while it stands."""
    if code in AT_THE_PC:
        return "-"
    lamp = ["lamp"] if alarms.on_lamp(code) else []
    always = [] if alarms.may_be_silenced(code) else ["always"]
    controller = ["controller"] if alarms.controllers(code) else []
    return ", ".join([*lamp, *always, *controller]) or "-"


if __name__ == "__main__":
    PAGE.write_text(page_of(faults.CODES, PAGE.read_text() if PAGE.exists() else ""))
