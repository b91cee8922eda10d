"""The demo's recorder and keeper: each its own process, as on a real box, and each on a clock of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.demo.box import Paths
from firmware.demo.pace import Pace
from firmware.faults import VaultFault

STOP_SECONDS = 90


class Processes:
    """Recorder and keeper of one demo; the keeper's clock can be hurried while the recorder goes on."""

    def __init__(self, paths: Paths, pace: Pace, alsa: Path) -> None:
        """Start the keeper, and the recorder once it answers."""
        self.pace = pace
        self._paths = paths
        self._environment = {
            **os.environ,
            "ALSA_CONFIG_PATH": str(alsa),
            "RUNTIME_DIRECTORY": str(paths.run),
        }
        self._log = (paths.box / "log.txt").open("ab")
        self._running = {"keeper": self._start("keeper", pace)}
        try:
            self.wait_for([paths.door])
            self._running["recorder"] = self._start("recorder", pace)
        except BaseException:
            self.stop()
            raise

    def hurry(self, speed: float) -> None:
        """Start the keeper anew, alone, on a clock that goes on at another speed.

        It is killed as a power cut would: while it stopped in its own time, days would go by.
        """
        self._running["keeper"].kill()
        self._running["keeper"].wait(STOP_SECONDS)
        self._paths.door.unlink(missing_ok=True)
        self.pace = self.pace.goes_on(speed)
        self._running["keeper"] = self._start("keeper", self.pace)
        self.wait_for([self._paths.door])

    def require(self) -> None:
        """A fault with their last words, if one has ended."""
        ended = [name for name, process in self._running.items() if process.poll() is not None]
        if ended:
            words = (self._paths.box / "log.txt").read_text(errors="replace")[-2000:]
            raise _stopped(f"the {ended[0]} ended by itself:\n{words}", "run the demo once more")

    def wait_for(self, paths: Sequence[Path]) -> None:
        """Until all of these exist; a fault where they do not come."""
        self.wait_until(
            lambda: all(path.exists() for path in paths), f"no {', '.join(path.name for path in paths)}"
        )

    def wait_until(self, come: Callable[[], bool], missing: str, seconds: float = 30.0) -> None:
        """Until something is so; a fault where it does not come in time (seconds)."""
        deadline = time.monotonic() + seconds
        while not come():
            self.require()
            if time.monotonic() > deadline:
                raise _stopped(f"the box did not get so far: {missing}", f"see {self._paths.box / 'log.txt'}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop both cleanly: the recorder first, so that the keeper takes in what it finishes."""
        for name in ("recorder", "keeper"):
            if name in self._running:
                self._stop(name)
        self._log.close()

    def _start(self, name: str, pace: Pace) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"firmware.{name}"]
        command += ["--config", str(self._paths.settings), "--clock", pace.words]
        return subprocess.Popen(
            command, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def _stop(self, name: str) -> None:
        process = self._running[name]
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_SECONDS)


def _stopped(what: str, hint: str) -> VaultFault:
    return VaultFault("vault.demo-stopped", what, hint)
