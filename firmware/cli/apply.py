"""`callbox apply --config F`: show what a change of the settings would do, then let the keeper take it up.

1. The file is checked as `callbox check` does; a mistake changes nothing.
2. What is shown is what the keeper says: it alone knows what is on the box.
3. Only after a yes does the keeper enter the change. Then this command puts the text in place of the file in force,
   whole and synced, with the owner and mode that it had. So the keeper needs no right to that file.
4. Keeper and recorder take it up by themselves: the keeper at once, the recorder when every line is idle.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.cli import CONFIG
from firmware.cli.check import faults_of
from firmware.faults import Refused, SettingsFault
from firmware.settings import Settings, read
from firmware.shell.client import INSTALLED, NAME, Client, connected
from firmware.shell.tables import table
from firmware.showing import counted

MOST_BYTES: Final = 48 * 1024
"""What fits into one request at the keeper's door, every character escaped or not; 64 lines take 40 KiB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    config: Path
    socket: Path | None
    yes: bool


def main(arguments: Sequence[str]) -> int:
    """Check, show, ask, apply; a fault where the file is wrong, the keeper does not answer or nobody says yes."""
    asked = _asked(arguments)
    settings = read(asked.config)
    wrong = faults_of(settings)
    for fault in wrong:
        print(fault, file=sys.stderr)
    if wrong:
        return wrong[0].exit_status
    if len(settings.text.encode()) > MOST_BYTES:
        long = (
            f"{asked.config} is larger than {MOST_BYTES // 1024} KiB, the most that is handed to the keeper"
        )
        raise SettingsFault("settings.unreadable", long, "take comments out of it")
    with ExitStack() as stack:
        client = _at_the_door(stack, asked.socket or door_of(settings))
        target = _agreed(client, settings, asked)
    if target is None:
        print("These settings are in force already.")
        return 0
    if not _holds(target, settings):
        put(target, settings.text.encode())
    print(
        f"Applied: {target} is replaced. The keeper takes it up at once, the recorder when every line is idle;"
    )
    print("a call that goes on is finished under the settings it began with.")
    return 0


def _agreed(client: Client, settings: Settings, asked: Asked) -> Path | None:
    """The file to replace, once the change was shown, confirmed and entered; `None` where there is no change."""
    shown = client.ask("preview", text=settings.text).content
    target = Path(shown["config"])
    if shown["digest"] == shown["in_force"] and _holds(target, settings):
        return None
    for line in told(shown):
        print(line)
    _require_writable(target)
    _require_yes(asked)
    client.ask("apply", text=settings.text)
    return target


def _asked(arguments: Sequence[str]) -> Asked:
    parser = argparse.ArgumentParser(
        prog="callbox apply", description="Show what new settings would do, then take them up."
    )
    parser.add_argument(
        "--config", metavar="F", type=Path, default=CONFIG, help=f"the new settings ({CONFIG})"
    )
    parser.add_argument("--socket", metavar="S", type=Path, default=None, help="where the keeper answers")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    given = parser.parse_args(arguments)
    return Asked(given.config, given.socket, given.yes)


def door_of(settings: Settings) -> Path:
    """Where the keeper of a box answers: `$RUNTIME_DIRECTORY`, beside its data, or as installed."""
    run = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if run:
        return Path(run) / NAME
    beside = settings.storage.data / "run" / NAME
    return beside if beside.exists() else Path(INSTALLED) / NAME


def told(shown: Mapping[str, Any]) -> Iterator[str]:
    """What the keeper says the change would do: sentences that go (-) and come (+), and what falls due earlier."""
    for each in shown["changes"]:
        yield each["heading"]
        yield from (f"  - {sentence}" for sentence in each["gone"])
        yield from (f"  + {sentence}" for sentence in each["come"])
    yield ""
    yield from _earlier(shown["earlier"])
    yield from shown["later"]


def _earlier(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not found:
        yield "No recording falls due earlier than before."
        return
    count, held = (sum(int(each[name]) for each in found) for name in ("recordings", "held"))
    yield f"THIS DESTROYS EARLIER: {counted(count - held, 'recording')}, the first on {found[0]['then']}."
    heads = ("department", "due so far", "due then", "recordings", "of them held")
    columns = ("department", "now", "then", "recordings", "held")
    yield table(heads, [tuple(str(each[name]) for name in columns) for each in found])
    yield "Until then the old file, applied again, brings every day back. What is held stays."


@contextmanager
def as_owner(path: Path) -> Iterator[None]:
    """Root knocks as the keeper's own account, which is the only one that the door lets in."""
    try:
        owner, group = path.stat().st_uid, path.parent.stat().st_gid
    except OSError:
        owner, group = 0, 0
    if os.geteuid() or not owner:
        yield
        return
    before = os.getegid()
    os.setegid(group)
    os.seteuid(owner)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(before)


def _at_the_door(stack: ExitStack, path: Path) -> Client:
    with as_owner(path):
        return stack.enter_context(connected(str(path)))


def _require_writable(target: Path) -> None:
    if not os.access(target.parent, os.W_OK) or not os.access(target, os.W_OK):
        cannot = f"this account cannot replace {target}; nothing was changed"
        raise Refused("refused.settings-not-writable", cannot, "sudo callbox apply --config F")


def _require_yes(asked: Asked) -> None:
    if asked.yes:
        return
    if sys.stdin.isatty() and input("\nType yes to apply this: ").strip().lower() == "yes":
        return
    said = "nobody said yes; nothing was changed"
    raise Refused("refused.not-confirmed", said, f"callbox apply --config {asked.config} --yes")


def _holds(target: Path, settings: Settings) -> bool:
    try:
        return target.read_bytes() == settings.text.encode()
    except OSError:
        return False


def put(target: Path, content: bytes) -> None:
    """Put a whole file in place of what was there, synced, with its owner and mode."""
    status, temporary = target.stat(), target.with_name(f"{target.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, status.st_mode & 0o7777)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    temporary.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
