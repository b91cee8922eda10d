"""What every command of the office's PC takes: `--office F` for its settings, `--box NAME` for one of several."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from firmware.office.boxes import Office, read


def parser(name: str, line: str, *, boxes: bool = True) -> argparse.ArgumentParser:
    """The words of one command, with those that all take; a promise in one line stands above its help.

    `boxes` is whether it asks boxes, one or all.
    """
    made = argparse.ArgumentParser(prog=f"callbox office {name}", description=line, allow_abbrev=False)
    made.add_argument("--office", metavar="F", type=Path, help="the office's settings, office.toml")
    if boxes:
        made.add_argument("--box", metavar="NAME", help="which box, where the office has several")
    return made


def understood(made: argparse.ArgumentParser, argv: Sequence[str]) -> tuple[argparse.Namespace, Office]:
    """What was typed, and the office's settings."""
    asked = made.parse_args(list(argv))
    return asked, read(asked.office)
