"""Accounts of persons: made, ended and removed with Debian's own tools, and nobody else's account is touched.

1. An account is a person's if its first group is the group of persons. Every other is refused, root's first of all.
2. To end a person is to end every process of the account: sshd's own part of a connection is one of them, so a
   connection that several sessions share ends with it.
3. Everything here can be done again: what is there already, or gone already, is no fault.
"""

import os
import pwd
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from firmware.faults import DeviceFault, Refused

DEADLINE_S: Final = 10.0
"""How long a process that was killed may take to be gone; our choice."""

PROC: Final = Path("/proc")


def account_of(name: str, group: int) -> pwd.struct_passwd | None:
    """The account of a person, `None` where there is none yet; refuses one that is not a person's."""
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    others = [each.pw_name for each in pwd.getpwall() if each.pw_uid == found.pw_uid and each.pw_name != name]
    if found.pw_gid != group or found.pw_uid == 0 or others:
        raise Refused(
            "refused.account",
            f"there is an account {name} on this machine, and it is not a person's",
            "choose another name; nothing was changed",
        )
    return found


def make(name: str, full: str, group: int) -> None:
    """An account without password and home; the shell is what sshd starts the forced command with.

    Its number is a person's, 1000 and above: those below are given to programs, also by what does not look into
    `/etc/passwd`, and whoever ends a person must end nobody else. It gets no subordinate numbers either.
    """
    words = ["useradd", "--no-create-home", "--home-dir", "/", "--no-user-group"]
    words += ["-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0"]
    words += ["--gid", str(group), "--shell", "/bin/sh", "--password", "*", "--comment", full, name]
    _run(*words)


def rename(account: pwd.struct_passwd, full: str) -> None:
    """The full name of an account that is there."""
    if account.pw_gecos != full:
        _run("usermod", "--comment", full, account.pw_name)


def remove(account: pwd.struct_passwd) -> None:
    """End and remove an account; who was about to log in meanwhile is ended after it."""
    end(account.pw_uid)
    _run("userdel", account.pw_name)
    end(account.pw_uid)


def end(uid: int) -> None:
    """End every process of an account, and return when they are gone."""
    until = time.monotonic() + DEADLINE_S
    while running := [*processes(uid)]:
        with ExitStack() as stack:
            _end(stack, running, uid, until)
        if time.monotonic() > until:
            raise Refused(
                "refused.account",
                f"processes of account {uid} do not end: {', '.join(map(str, running))}",
                "the key counts no more; end them by hand, then run this once more",
            )


def processes(uid: int) -> Iterator[int]:
    """The processes that run with the rights of an account, in any of a process's four user numbers."""
    for path in PROC.iterdir():
        if path.name.isdigit() and _belongs(int(path.name), uid):
            yield int(path.name)


def _belongs(pid: int, uid: int) -> bool:
    """Whether a process is the account's, and still runs: one that ended and waits for its parent does not."""
    try:
        lines = (PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        return False
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return str(uid) in told["Uid"].split() and told["State"].split()[0] not in {"Z", "X"}


def _end(stack: ExitStack, running: list[int], uid: int, until: float) -> None:
    """By descriptors of the processes: a number that was given to another meanwhile is nobody's here."""
    watched = select.poll()
    for pid in running:
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            stack.callback(os.close, descriptor)
            if _belongs(pid, uid):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                watched.register(descriptor, select.POLLIN)
    for _ in running:
        for descriptor, _event in watched.poll(max(until - time.monotonic(), 0) * 1000):
            watched.unregister(descriptor)


def _run(*words: str) -> None:
    """One of Debian's tools; what it says when it refuses is told."""
    if shutil.which(words[0]) is None:
        raise DeviceFault("device.tool-absent", f"{words[0]} is not installed", "sudo apt-get install passwd")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"status {done.returncode}"
        raise Refused("refused.account", f"the system refuses: {said}", "mend that, then run this once more")
