"""A real terminal of a given size, by tmux: a command runs in it, keys are pressed, its screen is read.

Each has a server of its own, at a socket in the test's folder, which ends with it. Nothing sleeps: the screen is looked
at again and again, with a deadline, and tmux itself says when what ran in it has ended.
"""

import os
import secrets
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

DEADLINE = 20.0


class Tmux:
    """One terminal; `with` ends it."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not installed")
        self._socket = folder / "tmux"
        self._size = ["-x", str(width), "-y", str(height)]
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server", check=False)

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Self:
        """Start a command; what it leaves on the screen stays there after its end, with its status and `stty -a`."""
        self._socket = self._folder / f"tmux-{secrets.token_hex(3)}"
        after = (
            "; s=$?; echo; echo ended $s; stty -a | tr ' ' '\\n' | grep -E '^-?(echo|icanon)$'; read -r wait"
        )
        words = [f"{name}={value}" for name, value in (environment or {}).items()]
        line = shlex.join(["env", *words, *command]) + after
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "it", *self._size, line)
        self._tmux("set-option", "-t", "it", "history-limit", "0", check=False)
        return self

    def press(self, *keys: str) -> None:
        """Press keys, as tmux names them: `Tab`, `Up`, `Enter`, `q`."""
        self._tmux("send-keys", "-t", "it", *keys)

    def resize(self, width: int, height: int) -> None:
        """Another size of the terminal."""
        self._tmux("resize-window", "-t", "it", "-x", str(width), "-y", str(height))

    def screen(self, *options: str) -> list[str]:
        """The rows of the screen, without blanks at their ends; `-e` among the options keeps colours."""
        return self._tmux("capture-pane", "-p", *options, "-t", "it").rstrip("\n").split("\n")

    def pid(self) -> int:
        """Of the command that runs in it."""
        shell = self._tmux("display-message", "-p", "-t", "it", "#{pane_pid}").strip()
        (child,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(child)

    def hang_up(self) -> None:
        """The terminal goes away under the command; the next one is another."""
        self._tmux("kill-server")

    def until(self, done: Callable[[str], bool], otherwise: str) -> str:
        """Look until the screen is as wanted; the whole of it."""
        until = time.monotonic() + DEADLINE
        while not done(shown := "\n".join(self.screen())):
            if time.monotonic() > until:
                raise TimeoutError(f"{otherwise}; it shows:\n{shown}")
            select.select([], [], [], 0.05)
        return shown

    def shows(self, *texts: str) -> str:
        """Look until all these texts are on the screen; the whole of it."""
        return self.until(lambda shown: all(each in shown for each in texts), f"not all of {texts} is there")

    def ended(self) -> str:
        """Wait until the command has ended; what is on the screen then."""
        return self.until(lambda shown: "ended " in shown and "icanon" in shown, "it does not end")

    def _tmux(self, *words: str, check: bool = True) -> str:
        command = ["tmux", "-S", str(self._socket), "-u", *words]
        environment = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=30
        )
        if check and done.returncode:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr}")
        return done.stdout
