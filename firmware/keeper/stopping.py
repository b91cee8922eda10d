"""SIGTERM and SIGINT are heard by the loop like anything else that comes, and stop it between two turns."""

import os
import selectors
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signalled(selector: selectors.BaseSelector, stop: object) -> Iterator[None]:
    """SIGTERM and SIGINT wake the loop and stop it between two turns."""
    heard, told = socket.socketpair()
    heard.settimeout(0)
    told.settimeout(0)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    kept = {each: signal.signal(each, _noted) for each in (signal.SIGTERM, signal.SIGINT)}
    selector.register(heard, selectors.EVENT_READ, stop)
    try:
        yield
    finally:
        selector.unregister(heard)
        for each, old in kept.items():
            signal.signal(each, old)
        signal.set_wakeup_fd(before)
        os.close(heard.detach())
        os.close(told.detach())


def _noted(_signal: int, _frame: object) -> None:
    """The wake-up descriptor tells the loop."""
