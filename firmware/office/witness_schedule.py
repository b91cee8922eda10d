"""`callbox office witness --schedule`: the job that this platform runs once a day, printed; put in place only where asked.

1. Nothing is installed unless `--install` says so, and then every file and command is told.
2. A PC that was off at the hour runs the job when it is on again, where the platform can do that.
3. The job runs as the person who is logged in: with that person's ssh key, and no word of a password.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from firmware.faults import DeviceFault, Refused
from firmware.office.boxes import FILE, Office
from firmware.office.placing import disk_of
from firmware.office.witness_folder import write

NAME: Final = "callbox-witness"
LABEL: Final = "callbox.witness"
TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def plan(office: Office, at: str, *, install: bool) -> int:
    """Print the job for this platform, or put it in place; refuses a time that is none."""
    if not TIME.fullmatch(at):
        raise Refused("refused.arguments", f"{at!r} is no time of day", "write it as 07:30")
    command = [sys.executable, "-m", "firmware.office", "witness", "--office", str(office.folder / FILE)]
    if install:
        return _install(command, at)
    match sys.platform:
        case "win32":
            print(windows(command, at))
        case "darwin":
            print(macos(command, at))
        case _:
            print(linux(command, at))
    return 0


def linux(command: Sequence[str], at: str) -> str:
    """Two files of the person's own systemd, and the command that starts them."""
    texts = [f"# {path}\n{text}" for path, text in units(command, at).items()]
    enable = f"# then: systemctl --user daemon-reload && systemctl --user enable --now {NAME}.timer"
    linger = "# so that it runs while you are not logged in: loginctl enable-linger"
    return "\n".join(
        [*texts, enable, linger, "# or let this command do it: callbox office witness --schedule --install"]
    )


def units(command: Sequence[str], at: str) -> dict[Path, str]:
    """The service and the timer, each by its path."""
    top = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    line = " ".join(_quoted(each) for each in command)
    service = f"[Unit]\nDescription=Callbox: witness of the boxes' audit logs\n\n[Service]\nType=oneshot\nExecStart={line}\n"
    timer = (
        f"[Unit]\nDescription=Callbox: witness, every day\n\n[Timer]\nOnCalendar=*-*-* {at}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {top / f"{NAME}.service": service, top / f"{NAME}.timer": timer}


def macos(command: Sequence[str], at: str) -> str:
    """A launch agent, and the command that loads it."""
    words = "".join(f"    <string>{escape(each)}</string>\n" for each in command)
    hour, minute = (int(each) for each in at.split(":"))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        f'<plist version="1.0">\n<dict>\n  <key>Label</key>\n  <string>{LABEL}</string>\n'
        f"  <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n"
        "  <key>StartCalendarInterval</key>\n  <dict>\n"
        f"    <key>Hour</key>\n    <integer>{hour}</integer>\n    <key>Minute</key>\n    <integer>{minute}</integer>\n"
        "  </dict>\n</dict>\n</plist>\n"
    )
    path = f"~/Library/LaunchAgents/{LABEL}.plist"
    return f"{text}<!-- write this to {path}, then: launchctl bootstrap gui/$(id -u) {path} -->"


def windows(command: Sequence[str], at: str) -> str:
    """The line that makes a task of the Task Scheduler."""
    run = subprocess.list2cmdline(command).replace('"', r"\"")
    return f'schtasks /Create /TN "Callbox witness" /SC DAILY /ST {at} /TR "{run}"'


def _quoted(each: str) -> str:
    """A word as systemd reads it (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers")."""
    text = each.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"'


def _install(command: Sequence[str], at: str) -> int:
    if shutil.which("systemctl") is None:
        none = "there is no systemctl here, so nothing was installed"
        raise DeviceFault(
            "device.tool-absent", none, "put in place what `callbox office witness --schedule` prints"
        )
    for path, text in units(command, at).items():
        with disk_of(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, text.encode())
        print(f"wrote {path}")
    for words in (["daemon-reload"], ["enable", "--now", f"{NAME}.timer"]):
        asked = ["systemctl", "--user", *words]
        print(shlex.join(asked))
        done = subprocess.run(asked, check=False, capture_output=True, text=True)
        if done.returncode:
            why = f"{shlex.join(asked)} did not succeed: {done.stderr.strip()}"
            raise DeviceFault(
                "device.tool-absent", why, f"log in on this PC itself, then: {shlex.join(asked)}"
            )
    return 0
