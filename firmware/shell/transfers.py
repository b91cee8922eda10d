"""What `sftp`, `scp` and `rsync` send in place of words is recognised, and each gets one clear sentence.

sshd hands on the command of its `Subsystem sftp` line where `sftp` or a new `scp` asks for it; an old `scp` (`-O`) and
`rsync` send the command line of their other end.
"""

from collections.abc import Sequence
from typing import Final

from firmware.faults import Refused
from firmware.shell.client import Client

SFTP: Final = {"internal-sftp", "sftp-server"}
"""Last parts of the commands that sshd knows for it (sshd_config(5), "Subsystem")."""


def kind(words: Sequence[str]) -> str | None:
    """`sftp`, `scp` or `rsync`, where that is what was sent; `None` for a person's own words."""
    if not words:
        return None
    program = words[0].rpartition("/")[2]
    if program in SFTP:
        return "sftp"
    if program == "scp" and any(each in {"-f", "-t"} for each in words[1:]):
        return "scp"
    return "rsync" if program == "rsync" and "--server" in words[1:] else None


def serve(client: Client, other: str) -> None:
    """Answer what is no command line: sftp is spoken, the others are refused, with what can be done instead."""
    if other == "sftp":
        from firmware.shell import files  # noqa: PLC0415  what speaks it is heavy

        files.serve(client)
        return
    what = {"scp": "the old scp protocol is not spoken here", "rsync": "rsync is not spoken here"}[other]
    hint = "scp without -O fetches YOU@BOX:/PURPOSE/REF/ID.age; or: callbox shell get ID --purpose P --ref R > call.age"
    raise Refused("refused.transfer", what, hint)
