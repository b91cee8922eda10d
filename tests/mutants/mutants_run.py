"""`make mutants`: wrong firmware on purpose, one place at a time; what no test notices is written to build/mutants.txt.

    make mutants                                            60 mutants, drawn from every part
    make mutants ARGS="--count 200 --seed 7 retention"      200 of one part
    make mutants ARGS="--all retention"                     every one

A mutant counts as noticed when its tests fail, or do not end in time.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutations import Mutation, Site, mutation, sites

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("firmware", "drivers", "tests", "config", "pyproject.toml")
LIMIT_S = 600
"""A mutant whose tests take longer is taken for one that never ends; the longest take a minute on a busy machine."""

DISPOSAL = tuple(f"tests/keeper/test_keeper_{name}.py" for name in ("lists", "disposal_doubt", "disposal"))
PARTS = {
    "retention": (("firmware/retention",), ("tests/retention",)),
    "call": (("firmware/call",), ("tests/call",)),
    "keyed": (
        tuple(f"firmware/signal/{name}.py" for name in ("strokes", "suppressor", "card")),
        ("tests/signal/test_signal_suppressor.py", "tests/signal/test_signal_card.py"),
    ),
    "vault": (
        tuple(f"firmware/vault/{name}.py" for name in ("keys", "vault", "shards", "table")),
        ("tests/vault", *DISPOSAL),
    ),
    "disposal": (
        tuple(f"firmware/keeper/{name}.py" for name in ("disposal", "drafting", "runs", "forecast", "marks")),
        DISPOSAL,
    ),
    "access": (
        tuple(
            f"firmware/keeper/{name}.py"
            for name in (
                "persons",
                "key_file",
                "key_folder",
                "looks",
                "door",
                "places_inside",
                "handed",
                "why",
                "copies",
                "get_verbs",
            )
        ),
        tuple(f"tests/keeper/test_keeper_{name}.py" for name in ("persons", "get", "door", "places_inside")),
    ),
    "reseal": (
        (
            *(
                f"firmware/keeper/{name}.py"
                for name in ("reseal_verbs", "reseal_headers", "resealing", "sealed_sets")
            ),
            *("firmware/keeper/proof.py", "firmware/vault/resealed.py", "firmware/sealing/fitting.py"),
            "firmware/sealing/mac_key.py",
        ),
        (
            *(f"tests/keeper/test_keeper_{name}.py" for name in ("reseal", "reseal_harm", "proof")),
            "tests/sealing/test_sealing_fitting.py",
        ),
    ),
    "witness": (
        tuple(f"firmware/office/{name}.py" for name in ("witness_visit", "witness_told", "witness_folder")),
        tuple(
            f"tests/office_pc/test_witness_{name}.py"
            for name in ("signed_lies", "signed_settings", "visits", "told")
        ),
    ),
    "exchange": (
        tuple(
            f"firmware/signal/{name}.py"
            for name in ("messages", "keyed_id", "fsk", "reception", "caller_id", "line_events", "ringing")
        ),
        tuple(
            f"tests/signal/test_signal_{name}.py"
            for name in ("messages", "keyed_id", "line_events", "caller_id", "no_caller_id")
        ),
    ),
}
"""For each part what is made wrong, and the tests that should notice."""


@dataclass(frozen=True)
class Mutant:
    """One site of one file, and the tests that should notice it."""

    path: str
    site: Site
    tests: tuple[str, ...]

    def made(self) -> Mutation:
        """The file with its mistake in it."""
        return mutation((ROOT / self.path).read_text(), self.site)

    def __str__(self) -> str:
        """As a person reads it."""
        made = self.made()
        return f"{self.path}:{made.line}: {made.was}  ->  {made.now}"


def mutants(parts: list[str]) -> Iterator[Mutant]:
    """Every mutant of these parts."""
    for part in parts:
        places, tests = PARTS[part]
        for path in (each for place in places for each in _modules(ROOT / place)):
            for site in sites(path.read_text()):
                yield Mutant(str(path.relative_to(ROOT)), site, tests)


def _modules(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.glob("*.py"))


def noticed(mutant: Mutant, tree: Path) -> bool:
    """Whether the tests fail with this mutant, in a copy of the project."""
    wrong = tree / mutant.path
    right = wrong.read_text()
    wrong.write_text(mutant.made().source)
    try:
        return not _pass(mutant.tests, tree)
    finally:
        wrong.write_text(right)


def _pass(tests: tuple[str, ...], tree: Path) -> bool:
    argv = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    environment = os.environ | {"PYTHONPATH": str(tree), "CALLBOX_EXAMPLES": "ci"}
    try:
        done = subprocess.run(
            argv, cwd=tree, env=environment, capture_output=True, check=False, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _copy(folder: Path) -> Path:
    tree = Path(tempfile.mkdtemp(dir=folder))
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    return tree


def survivors(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Those that no test noticed; each job has a copy of the project of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for _ in range(jobs):
            trees.put(_copy(Path(folder)))

        def judged(mutant: Mutant) -> bool:
            tree = trees.get()
            try:
                seen = noticed(mutant, tree)
            finally:
                trees.put(tree)
            print("." if seen else f"\nNOT NOTICED {mutant}", end="\n" if not seen else "", flush=True)
            return seen

        return [mutant for mutant, seen in zip(chosen, pool.map(judged, chosen), strict=True) if not seen]


def main() -> None:
    """Draw, judge, and write down what was not noticed."""
    asked = argparse.ArgumentParser(prog="make mutants")
    asked.add_argument("parts", nargs="*", default=sorted(PARTS), help=", ".join(sorted(PARTS)))
    asked.add_argument("--count", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--all", action="store_true")
    given = asked.parse_args()
    every = list(mutants(given.parts))
    count = len(every) if given.all else min(given.count, len(every))
    chosen = random.Random(given.seed).sample(every, count)
    left = survivors(chosen, given.jobs)
    told = f"{count} of {len(every)} mutants of {', '.join(given.parts)}, seed {given.seed}: {len(left)} not noticed"
    out = ROOT / "build" / "mutants.txt"
    out.parent.mkdir(exist_ok=True)
    out.write_text("\n".join([told, *sorted(map(str, left))]) + "\n")
    print(f"\n{told}; build/mutants.txt")


if __name__ == "__main__":
    main()
