"""A live log that a test opened does not outlive it: thousands of tests share one process and its descriptors."""

import os
from contextlib import suppress
from pathlib import Path


def pytest_runtest_teardown() -> None:
    """As the kernel does it for a process that died."""
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if Path(f"/proc/self/fd/{descriptor}").readlink().name.startswith("live.log"):
                os.close(int(descriptor))
