"""`callbox hear FILE`: what the box would have heard in a recording of a line.

For the installer whose line behaves oddly. It prints numbers and digits: so it hears files that somebody
has, and never the box's own recordings, which are sealed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware.cli import CONFIG
from firmware.cli.sound import open_sound
from firmware.faults import Refused

POSITIONS = ("port", "extension", "handset")


def main(arguments: Sequence[str]) -> int:
    """Print what was heard, in the order of time; a file that is torn is a fault after that."""
    given = _given(arguments)
    sound = open_sound(given.file)
    from firmware.cli.heard import Rows, as_lines  # noqa: PLC0415  --help and a refusal load no numpy of ours
    from firmware.cli.listening import Listening  # noqa: PLC0415

    listening = Listening(sound, _line(given))
    rows, fault = Rows(listening.rate), None
    try:
        for heard in listening.heard():
            rows.take(heard)
    except Refused as torn:
        fault = torn
    found = rows.done(listening.end)
    print(json.dumps(found, indent=1) if given.json else "\n".join(as_lines(found)))
    sys.stdout.flush()
    if fault is not None:
        raise fault
    return 0
