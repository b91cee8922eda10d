"""The scribe: one thread that commits one batch at a time and sees only ciphertext.

While it is busy nothing is handed over, so the next batch is larger and never
more than one is in flight (research: sealing, section 4). A failure of the live log is a
bug or a broken disk: it ends the process through the main thread.
"""

from threading import Condition, Thread

from firmware.sealing.live import Batch, LiveLog


class Scribe:
    """Commits to the live log on a thread of its own."""

    def __init__(self, log: LiveLog) -> None:
        self._log = log
        self._guard = Condition()
        self._batch: Batch | None = None
        self._busy = False
        self._stopping = False
        self._acknowledged: list[Batch] = []
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a batch is in flight."""
        with self._guard:
            return self._busy

    def offer(self, batch: Batch) -> None:
        """Commit this batch; only ever offered to an idle scribe."""
        with self._guard:
            assert not self._busy  # noqa: S101  the caller asks first
            self._batch, self._busy = batch, True
            self._guard.notify_all()

    def acknowledged(self) -> list[Batch]:
        """The batches that became durable since the last call; raises what the commit raised."""
        with self._guard:
            if self._failure is not None:
                raise self._failure
            done, self._acknowledged = self._acknowledged, []
            return done

    def wait_idle(self, seconds: float) -> bool:
        """Wait for the batch in flight; False where it takes longer."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._busy, seconds)

    def stop(self) -> None:
        """End the thread once it is idle."""
        with self._guard:
            self._stopping = True
            self._guard.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._guard:
                self._guard.wait_for(lambda: self._batch is not None or self._stopping)
                batch, self._batch = self._batch, None
            if batch is None:
                return
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        failure: BaseException | None = None
        try:
            self._log.make_room(batch)
            self._log.commit(batch)
        except BaseException as error:  # noqa: BLE001  the main thread raises it: nothing dies silently
            failure = error
        with self._guard:
            self._failure = failure
            if failure is None:
                self._acknowledged.append(batch)
            self._busy = False
            self._guard.notify_all()
