"""A whole box, as it is installed or as one person tries it out: init, keeper, recorder, shell, each a real process.

Rules of this rig:

1. Only what a person, systemd or a telephone could do is done: commands, signals, words to sockets.
2. Nothing sleeps: what is waited for is looked at again and again, with a deadline.
3. Processes are ended by their own number, and none outlives its test.
4. An installed box is made by systemd's own tools from the files in systemd/, below a root of its own.
"""

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pytest

from tests.rigs.box import Ask, Box
from tests.rigs.daemon import ROOT, Daemon
from tests.rigs.feeding import Stretch, stretches
from tests.rigs.keys import decoded, opened

PURPOSE = ("--purpose", "complaint", "--ref", "C12")
UMASK = 'umask 0027 && exec "$0" "$@"'
"""As the units have it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a process: numbers only, no such account need exist on this machine."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    def run(self, python: str) -> list[str]:
        """The command line that starts an interpreter as this account (`setpriv` itself would start what only root may)."""
        groups = f"--groups={','.join(map(str, self.groups))}" if self.groups else "--clear-groups"
        ids = [f"--reuid={self.uid}", f"--regid={self.gid}", groups]
        return ["sh", "-c", UMASK, "setpriv", *ids, "env", python]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box lives and who runs its processes: the start of a command line for each."""

    data: Path
    run: Path
    recorder: Sequence[str] = (sys.executable,)
    keeper: Sequence[str] = (sys.executable,)
    accounts: tuple[Account, Account] | None = None
    """Recorder and keeper, where they are two."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One recording as the office has it: its manifest, the FLAC stream, and where its samples are on the line."""

    manifest: dict[str, Any]
    stream: bytes
    stretches: list[Stretch]

    @property
    def facts(self) -> dict[str, Any]:
        """What the recorder noted."""
        facts: dict[str, Any] = self.manifest["facts"]
        return facts


def our_packages() -> dict[str, str]:
    """The environment of an interpreter that is not the one of this test."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *packages]), "PYTHONDONTWRITEBYTECODE": "1"}


def trusted() -> str:
    """A clock that keeps the machine's time and is trusted."""
    return f"1,{time.monotonic_ns()},{time.time_ns()}"


class Journey:
    """One box on its way; `box` has its lines, desks and notes."""

    def __init__(
        self, folder: Path, asks: Sequence[Ask], place: Place | None = None, clock: str | None = ""
    ) -> None:
        """`clock` is what `--clock` says: "" for one that is trusted, `None` for the machine's own."""
        self.folder = folder
        self.place = place or Place(folder / "data", folder / "run")
        words = [] if clock is None else ["--clock", clock or trusted()]
        self.box = Box(folder, asks, self.place.data, words)
        self.box.recorder._command[:1] = self.place.recorder
        self.keeper = Daemon("firmware.keeper", self.box.words, folder, self.box.environment | our_packages())
        self.keeper._command[:1] = self.place.keeper
        self.both = Daemon("firmware.cli", ["run", *self.box.words], folder, self.box.environment)
        self.recorder = self.box.recorder
        self.recorder._environment |= our_packages()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.both._process is not None and self.both._process.poll() is None:
            self.both.stop()
        self.both.close()
        self.keeper.close()
        self.box.__exit__()

    def again(self, clock: str | None) -> None:
        """The processes that are started from now on have another clock."""
        words = [] if clock is None else ["--clock", clock or trusted()]
        for each in (self.recorder, self.keeper, self.both):
            at = each._command.index("--config") + 2
            each._command[at:] = words

    def init(self) -> str:
        """`callbox init`, as the keeper; what it said."""
        done = self.callbox("init", "--config", str(self.box.config))
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def callbox(self, *words: str, who: Sequence[str] | None = None) -> subprocess.CompletedProcess[bytes]:
        """One command of the console script, to its end; as the keeper unless said."""
        return subprocess.run(
            [*(who or self.place.keeper), "-m", "firmware.cli", *words],
            cwd=ROOT,
            env=os.environ | self.box.environment | our_packages(),
            capture_output=True,
            check=False,
            timeout=60,
        )

    def shell(self, *words: str) -> bytes:
        """One verb, as the keeper's own account; what it printed."""
        done = self.callbox("shell", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> Self:
        """Keeper and recorder, each by itself, as systemd does."""
        self.keeper.start()
        self.recorder.start()
        return self

    def until(self, done: Callable[[], bool], otherwise: str) -> None:
        """Look every 50 ms, or as often as somebody tells something, until it is done."""
        who = self.both if self.both._process else self.keeper
        who.wait(done, lambda: f"{otherwise}; {self._stands()}")

    def _stands(self) -> str:
        """All that could say why something did not come."""
        told = [
            path.read_text()
            for path in (self.place.run / "lines", self.place.run / "faults")
            if path.exists()
        ]
        spool = sorted(path.name for path in (self.place.data / "spool").iterdir())
        printed = self.recorder.printed()[-2000:] if self.recorder._process else ""
        return "\n".join([*told, f"spool: {spool}", "the recorder printed:", printed])

    def prove(self, name: str = "office") -> None:
        """The sealed word is opened with the office's key, and given back."""
        sealed = self.shell("recipient", "ask", name)
        word = opened((sealed,), self.box.keys.private[name]).decode().strip()
        self.shell("recipient", "prove", name, word)

    def arm(self) -> Self:
        """One recipient is proved, and the recorder knows."""
        self.prove()
        self.until(lambda: "vault.not-armed" not in self.recorder_codes(), "the lines are not armed")
        return self

    def recorder_codes(self) -> list[str]:
        """The codes of the recorder's open faults."""
        return [each["code"] for each in self.box.state()["faults"]]

    def keeper_codes(self) -> set[str]:
        """The codes of the keeper's open faults, as they stand in the run directory."""
        told = json.loads((self.place.run / "faults").read_text())
        return {each["code"] for each in told["faults"]}

    def status(self) -> dict[str, Any]:
        """`callbox shell status --json`."""
        told: dict[str, Any] = json.loads(self.shell("status", "--json"))
        return told

    def listed(self) -> list[dict[str, Any]]:
        """Every recording that was taken in, the oldest first."""
        found: list[dict[str, Any]] = json.loads(self.shell("list", "--json"))
        return found[::-1]

    def taken_in(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many recordings are taken in and nothing waits in the spool; all of them."""
        store, spool = self.place.data / "store", self.place.data / "spool"
        self.until(lambda: len(list(store.glob("*.body"))) >= count, f"{count} recordings are not taken in")
        self.until(lambda: not any(spool.iterdir()), "the spool is not empty")
        listed = self.listed()
        assert len(listed) == count
        return listed

    def fetch(self, recording: str) -> Fetched:
        """As a person does: show, get, `age -d`, `flac -d`; every kept sample is found on its line."""
        manifest = json.loads(self.shell("show", recording, "--json"))["manifest"]
        sealed = self.shell("get", recording, *PURPOSE)
        finished = manifest["kind"] == "finished"
        files = (sealed,) if finished else self._untarred(sealed)
        stream = opened(files, self.box.keys.private["office"])
        facts = manifest["facts"]
        samples = decoded(stream)[: facts["samples"]]
        gaps = [(gap["from"], gap["to"], gap["reason"]) for gap in facts["gaps"]]
        line = self.box.lines.lines[facts["line"]]
        return Fetched(manifest, stream, stretches(line, samples, gaps))

    def _untarred(self, tar: bytes) -> tuple[bytes, ...]:
        """The members of a cut recording, in the order of their names."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        subprocess.run(["tar", "-x", "-C", str(place)], input=tar, check=True)
        return tuple(path.read_bytes() for path in sorted(place.rglob("*.age")))

    def lift(self, line: str) -> None:
        """A call begins on a line, and is recorded."""
        self.box.tell(line, "lift")
        self.box.reasons("recorded", line)

    def call(self, line: str, seconds: float) -> None:
        """A whole call on a line."""
        self.lift(line)
        self.box.lines.hear(seconds)
        self.box.tell(line, "replace")

    def audit(self) -> list[dict[str, Any]]:
        """Every entry of the audit log, in order."""
        segments = sorted((self.place.data / "audit").glob("entries-*.log"))
        lines = [line for each in segments for line in each.read_bytes().splitlines()]
        return [json.loads(line.partition(b" ")[2]) for line in lines]


@contextlib.contextmanager
def installed(asks: Sequence[Ask]) -> Iterator[Journey]:
    """A box below a root made by systemd-sysusers and systemd-tmpfiles from the package's files; not yet `init`ed."""
    if os.geteuid() != 0:
        pytest.skip("two accounts: only root can start processes as them")
    if not (shutil.which("systemd-sysusers") and shutil.which("systemd-tmpfiles")):
        pytest.skip("systemd-sysusers and systemd-tmpfiles are not installed")
    with tempfile.TemporaryDirectory(prefix="callbox-") as name:
        folder, root = Path(name) / "rig", Path(name) / "root"
        for each in (folder.parent, folder, root):
            each.mkdir(exist_ok=True)
            each.chmod(0o711)
        place = _set_up(root)
        (folder / "run").symlink_to(place.run)
        (folder / "persons").symlink_to(root / "etc/callbox/persons")
        with Journey(folder, asks, place) as made:
            _open_to_others(made)
            yield made


def _set_up(root: Path) -> Place:
    """Steps 4 of the README: users and folders."""
    for kind in ("sysusers.d", "tmpfiles.d"):
        (root / "etc" / kind).mkdir(parents=True)
        shutil.copy(ROOT / "systemd" / kind / "callbox.conf", root / "etc" / kind)
    subprocess.run(["systemd-sysusers", f"--root={root}"], check=True, capture_output=True)
    boot(root)
    entries = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    numbers = {entry[0]: Account(int(entry[2]), int(entry[3])) for entry in entries}
    recorder, keeper = numbers["callbox-recorder"], numbers["callbox-keeper"]
    keeper = replace(keeper, groups=(persons_of(root),))
    python = python_for(recorder)
    data, run = root / "var/lib/callbox", root / "run/callbox"
    return Place(data, run, recorder.run(python), keeper.run(python), (recorder, keeper))


def persons_of(root: Path) -> int:
    """The group of persons of an installed box."""
    (entry,) = [
        line for line in (root / "etc/group").read_text().splitlines() if line.startswith("callbox-persons:")
    ]
    return int(entry.split(":")[2])


def boot(root: Path) -> None:
    """`systemd-tmpfiles --create callbox.conf`, as at each boot."""
    words = ["systemd-tmpfiles", f"--root={root}", "--create", "callbox.conf"]
    subprocess.run(words, check=True, capture_output=True)


def nobody() -> Account:
    """An account that has nothing to do with the box."""
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def python_for(account: Account) -> str:
    """An interpreter that this account can start with our packages; skips where there is none."""
    for python in (sys.executable, "/usr/bin/python3"):
        words = [*account.run(python), "-c", "import sounddevice, numpy, firmware.sealing.age"]
        if (
            subprocess.run(words, env=our_packages(), cwd="/", capture_output=True, check=False).returncode
            == 0
        ):
            return python
    pytest.skip("another account can start no interpreter that has our packages")


def _open_to_others(journey: Journey) -> None:
    """Two other accounts reach the settings, the lines and the rig's ears, as they would reach cards and systemd.

    Said for each, because a test before this one may have left another umask.
    """
    journey.box.config.chmod(0o644)
    journey.box.lines.configuration.chmod(0o644)
    for folder in journey.folder.glob("line-*"):
        folder.chmod(0o711)
    for fifo in journey.folder.glob("line-*/*.fifo"):
        fifo.chmod(0o666)
    for ear in journey.folder.glob("firmware.*"):
        ear.chmod(0o777)
