"""The finisher: one thread that makes finished files, one call at a time, paced for the live log's sake.

What it does to a recording comes in two orders: *finish* (or *salvage*), whose
result is the finished record for the next commit, and *reveal* once that is
durable. A full disk is a fault that is shown and tried again; nothing is lost by
it, because the recording is still open in the live log. Each order has a fault of
its own, which only its own success ends.
"""

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

from firmware.faults import VaultFault
from firmware.sealing import finish
from firmware.sealing.live import LiveLog
from firmware.sealing.making import Making
from firmware.sealing.records import Record
from firmware.sealing.recovery import Cut

AGAIN_SECONDS = 30.0

REST_SECONDS = 0.02
"""After every MiB that was synced (research: sealing, section 5: live syncs stay below 125 ms)."""


def _rest() -> None:
    time.sleep(REST_SECONDS)


@dataclass(frozen=True, slots=True)
class Job:
    """Finish this making, salvage this cut recording, or reveal this id."""

    id: str
    making: Making | None = None
    cut: Cut | None = None


class Finisher:
    """Works through its jobs, in their order."""

    def __init__(self, log: LiveLog, spool: Path) -> None:
        self._log = log
        self._spool = spool
        self._guard = Condition()
        self._jobs: deque[Job] = deque()
        self._records: list[Record] = []
        self._revealed: list[str] = []
        self._failure: BaseException | None = None
        self._working = False
        self._stopping = False
        self._faults: dict[str, VaultFault] = {}
        self._thread = Thread(target=self._run, name="finisher", daemon=True)
        self._thread.start()

    @property
    def faults(self) -> dict[str, VaultFault]:
        """What was tried and could not be done, by recording, in the order in which it failed first."""
        with self._guard:
            return dict(self._faults)

    def put(self, job: Job) -> None:
        """One more job, behind the others."""
        with self._guard:
            self._jobs.append(job)
            self._guard.notify_all()

    def records(self) -> list[Record]:
        """The finished records that wait for the next commit; raises what a job raised."""
        with self._guard:
            if self._failure is not None:
                raise self._failure
            done, self._records = self._records, []
            return done

    def revealed(self) -> list[str]:
        """The recordings that the keeper can see since the last call."""
        with self._guard:
            done, self._revealed = self._revealed, []
            return done

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do and nothing to hand over."""
        with self._guard:
            return not (self._jobs or self._working or self._records or self._revealed)

    def wait(self, seconds: float) -> None:
        """Until a job in hand is done, but not longer."""
        with self._guard:
            self._guard.wait_for(lambda: not (self._jobs or self._working), seconds)

    def stop(self) -> None:
        """End the thread after the job in hand."""
        with self._guard:
            self._stopping = True
            self._guard.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._guard:
                self._guard.wait_for(lambda: self._jobs or self._stopping)
                if self._stopping and (not self._jobs or self._faults):
                    return
                job = self._jobs.popleft()
                self._working = True
            self._work(job)

    def _work(self, job: Job) -> None:
        try:
            record = self._do(job)
        except VaultFault as fault:
            self._try_again(job, fault)
        except BaseException as error:  # noqa: BLE001  the main thread raises it: nothing dies silently
            self._failure = error
        else:
            self._done(job, record)
        with self._guard:
            self._working = False
            self._guard.notify_all()

    def _done(self, job: Job, record: Record | None) -> None:
        with self._guard:
            self._faults.pop(job.id, None)
            if record is not None:
                self._records.append(record)
            else:
                self._revealed.append(job.id)

    def _do(self, job: Job) -> Record | None:
        if job.making is not None:
            return finish.finish(job.making, self._log, self._spool, _rest)
        if job.cut is not None:
            return finish.salvage(job.cut, self._log, self._spool, _rest)
        finish.reveal(job.id, self._spool)
        return None

    def _try_again(self, job: Job, fault: VaultFault) -> None:
        """Behind the others, so that one recording that does not read back holds up no other; where all have failed,
        after a while.
        """
        with self._guard:
            self._faults[job.id] = fault
            self._jobs.append(job)
            self._guard.wait_for(lambda: self._stopping or self._untried, AGAIN_SECONDS)

    @property
    def _untried(self) -> bool:
        return any(job.id not in self._faults for job in self._jobs)
