"""The keeper is killed while calls go on: every recording reaches the vault once, and opens."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rigs import figures
from tests.rigs.box import Ask, Box
from tests.rigs.daemon import ROOT, Daemon
from tests.rigs.feeding import Line, noise, stretches
from tests.rigs.keys import decoded

SEED = int(os.environ.get("CALLBOX_SEED", "1"))
KILLS = max(3, int(os.environ.get("CALLBOX_KILLS", "6")) // 5)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 10 * KILLS)]

NAMES = ("one", "two")


@dataclass
class Whole:
    """A box with its keeper, and what became of it."""

    box: Box
    keeper: Daemon
    calls: Counter[str] = field(default_factory=Counter)
    listed: list[dict[str, object]] = field(default_factory=list)

    def shell(self, *words: str) -> bytes:
        """What `callbox shell` prints."""
        return command(self.box, "shell", *words)


def command(box: Box, *words: str) -> bytes:
    """One `callbox` command, in the box's environment."""
    start = "import sys; from firmware.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", start, *words],
        cwd=ROOT,
        env=os.environ | box.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A box made by `init`, proved by stock `age`, and a keeper that dies again and again."""
    clock = ["--clock", f"1,{time.monotonic_ns()},{time.time_ns()}"]
    folder = tmp_path_factory.mktemp("keeper")
    asks = [Ask(name, Line(noise(31 + at, 60 + 6 * KILLS))) for at, name in enumerate(NAMES)]
    with Box(folder, asks, words=clock) as box:
        command(box, "init", "--config", str(box.config))
        keeper = Daemon("firmware.keeper", box.words, folder, box.environment)
        told = Whole(box, keeper)
        keeper.start()
        try:
            play(told, random.Random(SEED))
            yield told
        finally:
            keeper.close()


def play(whole: Whole, dice: random.Random) -> None:
    """Short calls on both lines; the keeper is killed at any moment of them."""
    box = whole.box
    word = subprocess.run(
        ["age", "-d", "-i", str(box.keys.private["office"]), str(box.data / "proof" / "office.age")],
        check=True,
        capture_output=True,
    ).stdout.decode()
    whole.shell("recipient", "prove", "office", word.strip())
    box.lines.start()
    box.start()
    for _ in range(KILLS):
        call(whole, dice)
    box.wait(lambda: sorted(whole.calls) == sorted(NAMES), "no calls")
    assert box.stop() == 0
    spool = box.data / "spool"
    whole.keeper.wait(lambda: not list(spool.iterdir()), lambda: "the spool is not taken in")
    whole.listed = json.loads(whole.shell("list", "--json"))


def call(whole: Whole, dice: random.Random) -> None:
    """One call on each line; the keeper dies while it lasts, or while it is taken in."""
    box = whole.box
    for name in NAMES:
        box.tell(name, "lift")
    box.reasons("recorded", *NAMES)
    whole.calls.update(NAMES)
    box.lines.hear(1)
    for name in NAMES:
        box.tell(name, "replace")
    box.wait(lambda: not any(box.of(name)["off_hook"] for name in NAMES), "the hooks are not seen replaced")
    box.lines.hear(dice.uniform(1.5, 4))
    box.recorder.wait_a_little(dice.uniform(0, 0.25))
    whole.keeper.kill()
    whole.keeper.start()


def test_every_call_is_kept_once_and_opens(whole: Whole, tmp_path: Path) -> None:
    """As many recordings as calls on each line, fetched by the shell, opened by `age`, theirs to the bit."""
    assert Counter(str(each["line"]) for each in whole.listed) == whole.calls
    figures.keep("keeper-killed-in-calls", seed=SEED, kills=KILLS, recordings=len(whole.listed))
    heard = []
    for each in whole.listed:
        name = str(each["id"])
        file = tmp_path / f"{name}.age"
        file.write_bytes(whole.shell("get", name, "--purpose", "complaint", "--ref", "C1"))
        key = str(whole.box.keys.private["ssh-ed25519"])
        stream = subprocess.run(["age", "-d", "-i", key, str(file)], check=True, capture_output=True).stdout
        line = whole.box.lines.lines[str(each["line"])]
        heard += [(each["line"], found.heard) for found in stretches(line, decoded(stream), [])]
    assert len(set(heard)) == len(whole.listed), "no call is kept twice"


def test_nothing_is_left_between_recorder_and_keeper(whole: Whole) -> None:
    """The spool is empty, nothing was set aside, and the store has a body for each recording and no other."""
    data = whole.box.data
    assert list((data / "aside").iterdir()) == []
    assert {path.stem for path in (data / "store").iterdir()} == {str(each["id"]) for each in whole.listed}
