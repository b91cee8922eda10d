"""A disk that refuses, for this process alone: no file of its grows beyond so much."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full(most: int = 0) -> Iterator[None]:
    """The kernel refuses what a file would grow by beyond so many bytes (setrlimit(2); Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
