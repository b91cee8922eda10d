"""A box is asked through the system's ssh, as a person would ask it, and its fault is raised here as the same fault.

Rules of this module:

1. Words reach the box quoted; no word becomes an option of ssh or a second command.
2. What a box answers is bounded: text and JSON of 16 MiB, messages of 64 KiB. A stream is
   bounded by who reads it.
3. ssh asks for a passphrase or about a new host key at the terminal itself; `batch` forbids it to ask.
4. What a person is to be given (a number, a word) goes by standard input, never on a command line.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final, TypeVar

from firmware.faults import DeviceFault
from firmware.office.answers import fault_of
from firmware.office.boxes import OfficeBox
from firmware.office.texts import plain
from firmware.vault.reading import Fields, UnreadableError

Read = TypeVar("Read")

MOST_TEXT: Final = 16 << 20
MOST_JSON: Final = 16 << 20
"""Our choice: ten thousand rows of a list have 5 MB; the worst that is no answer then takes 0.4 GB while it is read."""

MOST_SAID: Final = 64 << 10
MOST_REST: Final = 1 << 20
CHUNK: Final = 64 << 10

AFTERWARDS_S: Final = 0.5
"""Once the command ended, what it said is there; a connection that ssh keeps open for later may hold the pipe."""

SSH_OPTIONS: Final = (
    "-T",
    "-oLogLevel=ERROR",
    "-oConnectTimeout=20",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
)
"""A box that is off, or gone in the middle, is told within a minute; what the person's own command says comes first."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One box, asked anew each time. `batch`: nobody is there to answer what ssh might ask.

    `patience_s`: how long one answer may take; a box that keeps a connection open and says nothing is then away.
    """

    box: OfficeBox
    batch: bool = field(default=False, kw_only=True)
    environment: Mapping[str, str] | None = None
    patience_s: float | None = field(default=None, kw_only=True)

    def text(self, *words: str, said: bytes = b"") -> str:
        """What the box prints, without what a terminal would act on."""
        return plain(self._whole(words, said, MOST_TEXT).decode(errors="replace"))

    def json(self, *words: str, said: bytes = b"") -> Any:  # noqa: ANN401  a box's answer is judged by who asked
        """What the box answers to a program; `--json` is added."""
        answer = self._whole((*words, "--json"), said, MOST_JSON)
        try:
            return json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise self.nonsense("its answer is not JSON") from error

    def known(self, reading: Callable[[Fields], Read], *words: str, said: bytes = b"") -> Read:
        """What `reading` makes of the answer, a list under the name `answer`; an answer not as it should be is a fault."""
        answer = self.json(*words, said=said)
        with self.understood():
            return reading(Fields("answer", answer if isinstance(answer, dict) else {"answer": answer}))

    @contextmanager
    def understood(self) -> Iterator[None]:
        """While this lasts, an answer that is not as it should be is a fault of the box."""
        try:
            yield
        except UnreadableError as error:
            raise self.nonsense(str(error)) from error

    @contextmanager
    def stream(self, *words: str, said: bytes = b"") -> Iterator[IO[bytes]]:
        """What the box sends, as it comes; its fault is raised at the end, and ends what reads."""
        with self._asked(words, said) as call:
            yield call.out
            self._drain(call.out)
            call.end()

    def _drain(self, out: IO[bytes]) -> None:
        """What follows what was read, such as the end of a tar; more than that is no answer."""
        if len(out.read(MOST_REST + 1)) > MOST_REST:
            raise self.nonsense("it sends more than it was asked for")

    def _whole(self, words: tuple[str, ...], said: bytes, most: int) -> bytes:
        with self._asked(words, said) as call:
            answer = call.read(most + 1, self.patience_s)
            if len(answer) > most:
                raise self.nonsense(f"its answer is longer than {most >> 20} MiB")
            call.end()
        return answer

    @contextmanager
    def _asked(self, words: tuple[str, ...], said: bytes) -> Iterator["_Call"]:
        process = self._started(words)
        call = _Call(self.box, process, said)
        try:
            with self._impatient(process):
                yield call
        finally:
            call.leave()

    @contextmanager
    def _impatient(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """End it where it takes too long, and say so."""
        if self.patience_s is None:
            yield
            return
        late = threading.Event()

        def end() -> None:
            late.set()
            self._end(process)

        timer = threading.Timer(self.patience_s, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except DeviceFault:
            if late.is_set():
                raise self._away(f"it gave no answer for {self.patience_s:g} seconds") from None
            raise
        finally:
            timer.cancel()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """With all that it started, where that has a group of its own: a proxy, or a command of the office's, holds the pipe too."""
        if not self.batch or sys.platform == "win32":
            process.kill()
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _started(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        command = self.command(*words)
        pipe = subprocess.PIPE
        group = (
            0 if self.batch and sys.platform != "win32" else None
        )  # else a terminal would stop it when it asks
        try:
            return subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=self.environment,
                bufsize=CHUNK,
                process_group=group,
            )
        except OSError as error:
            raise self._away(f"{command[0]}: {error.strerror}") from error

    def command(self, *words: str) -> list[str]:
        """The command that is run: by ssh one quoted argument, else word by word."""
        program = shutil.which(self.box.reach[0]) or self.box.reach[0]
        if not self.box.by_ssh:
            return [program, *self.box.reach[1:], *words]
        options = (*SSH_OPTIONS, *(("-oBatchMode=yes",) if self.batch else ()))
        return [program, *self.box.reach[1:-1], *options, "--", self.box.reach[-1], shlex.join(words)]

    def nonsense(self, why: str) -> DeviceFault:
        """The fault of an answer that is not as it should be."""
        hint = f"see what it says to: {shlex.join(self.box.reach)} status"
        return DeviceFault("device.box-answer", f"{self.box.name} cannot be understood: {why}", hint)

    def _away(self, why: str) -> DeviceFault:
        hint = f"try it by hand: {shlex.join(self.box.reach)} status"
        return DeviceFault("device.box-away", f"{self.box.name} cannot be reached: {why}", hint)


class _Call:
    """One command under way; what it says on the side is gathered, bounded, by a thread."""

    def __init__(self, box: OfficeBox, process: subprocess.Popen[bytes], said: bytes) -> None:
        assert process.stdin and process.stdout  # noqa: S101, PT018  all three are pipes
        assert process.stderr  # noqa: S101  as above
        self.out: IO[bytes] = process.stdout
        self._box = box
        self._process = process
        self._told = bytearray()
        self._aside = [
            threading.Thread(target=self._say, args=(process.stdin, said), daemon=True),
            threading.Thread(target=self._hear, args=(process.stderr,), daemon=True),
        ]
        for each in self._aside:
            each.start()
        self._reader: threading.Thread | None = None
        self._left = False

    def read(self, most: int, patience_s: float | None) -> bytes:
        """What comes, up to so many bytes; an answer that takes longer is none, whatever still holds the pipe."""
        if patience_s is None:
            return self.out.read(most)
        found: list[bytes] = []

        def hear() -> None:
            found.append(self.out.read(most))
            if self._left:
                self.out.close()

        self._reader = threading.Thread(target=hear, daemon=True)
        self._reader.start()
        self._reader.join(patience_s + AFTERWARDS_S)
        if not found:
            raise DeviceFault("device.box-away", f"{self._box.name} gave no answer", "try it by hand")
        return found[0]

    def end(self) -> None:
        """Wait for it; raise its fault, or pass on what it said besides."""
        status = self._process.wait()
        self._settle()
        told = plain(self._told.decode(errors="replace")).strip()
        if status:
            raise fault_of(self._box, status, told)
        if told:
            print(told, file=sys.stderr)

    def leave(self) -> None:
        """Nothing of it stays; where something that it started holds the pipe, the pipe is shut once that has ended."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._settle()
        self._left = True
        if self._reader is not None:
            self._reader.join(AFTERWARDS_S)
        if self._reader is None or not self._reader.is_alive():
            self.out.close()

    def _settle(self) -> None:
        while self._aside:
            self._aside.pop().join(AFTERWARDS_S)

    def _say(self, pipe: IO[bytes], said: bytes) -> None:
        with suppress(OSError):
            pipe.write(said)
        with suppress(OSError):
            pipe.close()

    def _hear(self, pipe: IO[bytes]) -> None:
        with pipe:
            while came := pipe.read1(CHUNK):  # type: ignore[attr-defined]
                self._told += came[: MOST_SAID - len(self._told)]
