"""A live log that a file of tests opened does not outlive it: thousands of tests share one process and its descriptors."""

import os
from contextlib import suppress
from pathlib import Path

import pytest


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last test of a file, as the kernel does it for a process that died."""
    if nextitem is not None and nextitem.path == item.path:
        return
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if descriptor.readlink().name.startswith("live.log"):
                os.close(int(descriptor.name))
