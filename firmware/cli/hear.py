"""`callbox hear FILE`: what the box would have heard in a recording of a line.

For the installer whose line behaves oddly. It prints numbers and digits: so it hears files that somebody
has, and never the box's own recordings, which are sealed.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from firmware.faults import Refused

POSITIONS = ("port", "extension", "handset")


def main(arguments: Sequence[str]) -> int:
    """Print what was heard, in the order of time; that a file is torn is a fault after that."""
    given = _given(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from firmware.cli.heard import Rows, as_lines  # noqa: PLC0415  numpy is loaded once it is needed
    from firmware.cli.listening import Listening  # noqa: PLC0415
    from firmware.cli.plain import line_of, plain_line  # noqa: PLC0415
    from firmware.cli.sound import open_sound  # noqa: PLC0415

    sound = open_sound(given.file)
    line = line_of(given.config, given.line) if given.config else plain_line(given.position)
    listening = Listening(sound, line)
    rows, fault = Rows(listening.rate), None
    try:
        for heard in listening.heard():
            rows.take(heard)
    except Refused as torn:
        fault = torn
    found = rows.done(listening.end)
    print(json.dumps(found, indent=1) if given.json else "\n".join(as_lines(found)), flush=True)
    if fault is not None:
        raise fault
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="callbox hear",
        description="What the box would have heard in a recording of a line: digits, caller ids, tones, calls.",
        epilog="It prints telephone numbers and keyed digits: mind who reads them.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="wav or flac; two channels are two sides")
    parser.add_argument("--json", action="store_true", help="one list of objects with type and t_ms")
    parser.add_argument(
        "--position", choices=POSITIONS, default="port", help="where the line is tapped (port)"
    )
    parser.add_argument("--config", metavar="F", type=Path, help="take the line as this settings file has it")
    parser.add_argument("--line", metavar="NAME", help="the name of the line there")
    return parser.parse_args(arguments)
