"""A person at the keeper's door who holds one recording after another, each at its moment; prints what was answered.

Reads lines of `RECORDING NANOSECONDS`, the moments on CLOCK_MONOTONIC, in order of time.
"""

import json
import select
import sys
import time

from firmware.faults import Fault
from firmware.shell.client import connected

DEADLINE_NS = 60_000_000_000
AGAIN_S = 0.01


def held(path: str, recording: str) -> bool:
    """Whether the keeper answered that it is held; asked again where the keeper was not there to answer."""
    until = time.monotonic_ns() + DEADLINE_NS
    while True:
        try:
            with connected(path) as client:
                client.ask("hold", id=recording, case="C-1", owner="dpo", reason="a race")
        except Fault as fault:
            if fault.code.startswith("refused."):
                return False
            if time.monotonic_ns() > until:
                raise
            wait_until(time.monotonic_ns() + round(AGAIN_S * 1e9))
        else:
            return True


def wait_until(moment_ns: int) -> None:
    """Not a moment longer."""
    select.select([], [], [], max(0, moment_ns - time.monotonic_ns()) / 1e9)


if __name__ == "__main__":
    answers: dict[str, bool] = {}
    for line in sys.stdin:
        name, moment = line.split()
        wait_until(int(moment))
        answers[name] = held(sys.argv[1], name)
    print(json.dumps(answers))
