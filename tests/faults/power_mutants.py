"""Code that leaves out one sync: the rig of power cuts has to notice each of these, or it notices nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

from firmware.vault import durable, shards, table


def _append(descriptor: int, content: bytes, size: int) -> int:
    """As `durable.append`, without its fsync."""
    return size + os.pwrite(descriptor, content, size)


def _write(path: Path, content: bytes) -> None:
    """As `durable.write`, without the fsync of the file."""
    temporary = path.with_name(path.name + durable.TEMPORARY)
    temporary.write_bytes(content)
    temporary.rename(path)
    durable.sync_folder(path.parent)


MUTANTS: dict[str, tuple[ModuleType, str, Callable[..., object]]] = {
    "locks": (shards, "append", _append),
    "key-table": (table, "write", _write),
}
"""Where, what, and what stands in its place."""


def mutate(name: str) -> None:
    """Leave out one sync in this process."""
    module, function, without = MUTANTS[name]
    vars(module)["durable"] = SimpleNamespace(**(vars(durable) | {function: without}))
