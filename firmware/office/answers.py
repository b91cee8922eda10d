"""A fault that a box printed is raised on the office's PC as the same fault: its code travels with it."""

import re
import shlex
from typing import Final

from firmware.faults import CODES, DeviceFault, Fault, Refused
from firmware.office.boxes import OfficeBox
from firmware.office.texts import short

TOLD: Final = re.compile(
    r"^callbox: (?P<message>.*) \[(?P<code>[a-z]+\.[a-z-]+)\]\nhint: (?P<hint>.*?)(\ncode: (?P=code))?\Z",
    re.DOTALL | re.MULTILINE,
)
"""The two lines of a fault, and the line that repeats its code to programs."""

SSH_FAILED: Final = 255
"""What ssh ends with when it is itself in trouble (ssh(1), "Exit status")."""


def fault_of(box: OfficeBox, status: int, told: str) -> Fault:
    """The fault that a command which failed had printed."""
    found = TOLD.search(told)
    if found is None:
        return _no_fault(box, status, told)
    code, message, hint = found["code"], short(found["message"]), box.typed_here(short(found["hint"]))
    kinds = {each.kind: each for each in Fault.__subclasses__()}
    if code not in CODES:
        newer = f"{message} [{code}]"
        return Refused("refused.by-box", newer, f"{hint} (this code is newer than the program here)")
    return kinds[code.partition(".")[0]](code, message, hint)


def _no_fault(box: OfficeBox, status: int, told: str) -> DeviceFault:
    why = short(told) or f"it ended with status {status} and said nothing"
    hint = f"try it by hand: {shlex.join(box.reach)} status"
    if status == SSH_FAILED and "Host key verification failed" in told:
        return _another_host(box, changed="HAS CHANGED" in told)
    if status == SSH_FAILED:
        return DeviceFault("device.box-away", f"{box.name} cannot be reached: {why}", hint)
    return DeviceFault("device.box-answer", f"{box.name} cannot be understood: {why}", hint)


def _another_host(box: OfficeBox, *, changed: bool) -> DeviceFault:
    """Ssh's own words tell how to forget the old key, which is the last thing to do (ssh(1), "VERIFYING HOST KEYS")."""
    console = "at the box's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
    if changed:
        other = f"{box.name} shows another host key than this PC knows: it is another machine, or was set up anew, or somebody stands between"
        hint = f"remove nothing here yet: ask whoever runs the box, and compare with what it says {console}"
        return DeviceFault("device.box-away", other, hint)
    new = f"{box.name} cannot be reached: this PC does not know its host key yet"
    hint = f"say yes to it once by hand, `{shlex.join(box.reach)} status`, after comparing it {console}"
    return DeviceFault("device.box-away", new, hint)
