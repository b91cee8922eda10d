"""What all tests share: the profile of hypothesis, the project's own files, and skips counted with their reasons."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Slow is judged by pytest-timeout, on a shared machine a deadline an example only cries wolf.
_ALWAYS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("local", max_examples=30, **_ALWAYS)
settings.register_profile("ci", max_examples=60, derandomize=True, print_blob=True, **_ALWAYS)
settings.register_profile("soak", max_examples=2000, **_ALWAYS)
settings.load_profile(os.environ.get("CALLBOX_EXAMPLES", "local"))

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  Linux's own place for it
ROOM = 8 << 30
"""Bytes that the folders of all tests together stay far below."""


def pytest_configure() -> None:
    """Thousands of syncs wait for no disk: folders of tests lie in memory where there is plenty, unless somebody says where."""
    if os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(SHARED_MEMORY))


REAL_TIME = {"contract", "demo", "drivers", "faults", "journey"}
"""Folders whose tests run by the real clock: never two of them at once, or they disturb each other."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where two processes share the tests, each file stays with one, and all that runs by the real clock with one.

    First of all such hooks: pytest-xdist's own takes the marks as they are when it runs.
    """
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        together = "real time" if folder in REAL_TIME or item.get_closest_marker("rig") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))


_MADE = {"build", "dist", "__pycache__"}


def _own_files() -> tuple[Path, ...]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [each for each in folders if each == ".ci" or not (each[0] == "." or each in _MADE)]
        found += [Path(folder, name) for name in names if ".egg-info" not in folder]
    return tuple(sorted(found))


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Making a box sets the umask of its process, as it should; every test, and what follows it, has the usual one."""
    os.umask(0o022)
    yield
    os.umask(0o022)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def own_files() -> tuple[Path, ...]:
    """Every file of the project, without what was made by a tool."""
    return _own_files()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference material beside the project, where there is one."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder of reference material beside the project")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests were skipped, and why: a skip nobody sees is a hole."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(each.longrepr[2]).removeprefix("Skipped: ") for each in skipped)
    terminalreporter.section(f"skipped: {len(skipped)}")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:4} x {reason}")
