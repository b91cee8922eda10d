"""How this shell is called: on the box `callbox shell`, over SSH `ssh anna@box`; what is printed says what can be typed."""

import os
import re
import sys
from typing import Final

from firmware.showing import quoted_twice

FORCED: Final = "--ssh"
"""The first word of the forced command in sshd's settings (systemd/sshd_config.d)."""

_LOCAL: Final = re.compile(r"(?<!callbox-keeper )callbox shell\b")
"""As faults and sentences call it; what is to be typed as the keeper's own account stays so."""


def over_ssh() -> bool:
    """Whether this process is the forced command of a login."""
    return sys.argv[1:2] == [FORCED]


def called() -> str:
    """How whoever asks calls this shell."""
    if not over_ssh():
        return "callbox shell"
    box, person = os.environ.get("SSH_CONNECTION", "").split(), os.environ.get("USER", "")
    return f"ssh {person}@{box[2]}" if person and len(box) == 4 else "ssh YOU@BOX"


def as_called(text: str) -> str:
    """A sentence that names a command, as it is to be typed here."""
    return quoted_twice(_LOCAL.sub(called(), text)) if over_ssh() else text
