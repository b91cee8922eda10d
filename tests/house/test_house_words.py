"""The glossary is kept: one word for one meaning, and none of the words that blur it."""

import re
import tomllib
from pathlib import Path

import pytest

BANNED = re.compile(
    r"\b(purg(e|es|ed|ing)|archiv\w+|managers?|handlers?|helpers?|utils?)\b|pci.compliant", re.IGNORECASE
)
BUTTON = re.compile(r"\b(un)?mut(e|es|ed|ing)\b", re.IGNORECASE)
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
ABROAD = re.compile(r"pypi\.|pythonhosted|index-url|deb\.debian\.org|/work/|\bshared/", re.IGNORECASE)

FOREIGN = re.compile(
    r"sqlite[-_]utils|set_progress_handler|add_signal_handler|alsa-utils|util-linux|(importlib|ctypes)\.util|AbstractContextManager|\[\W?Manager\W?\]",
    re.IGNORECASE,
)
"""Names that others gave."""

NOT_OURS = {"LICENSE", "requirements.lock", "requirements-dev.lock"}
SUFFIXES = {"", ".py", ".md", ".toml", ".txt", ".service", ".conf", ".cfg", ".in", ".rules", ".lock"}


def texts(files: tuple[Path, ...]) -> dict[Path, str]:
    """Our own texts, without this file, which must name what it looks for."""
    ours = (each for each in files if each.suffix in SUFFIXES and each.name not in NOT_OURS)
    return {each: each.read_text() for each in ours if each != Path(__file__).resolve()}


def words_of(text: str) -> str:
    """The text with identifiers taken apart into their words, and without the names that others gave."""
    plain = FOREIGN.sub(" ", text)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", plain)


def hits(pattern: re.Pattern[str], text: str) -> list[str]:
    """Every line on which the pattern stands, with its number."""
    lines = enumerate(text.splitlines(), 1)
    return [f"{number}: {line.strip()}" for number, line in lines if pattern.search(line)]


def found(pattern: re.Pattern[str], pages: dict[Path, str]) -> dict[str, list[str]]:
    """The hits of every page that has any."""
    return {str(path): lines for path, text in pages.items() if (lines := hits(pattern, text))}


def test_no_banned_word_stands_anywhere(own_files: tuple[Path, ...]) -> None:
    """Names, messages and pages use the glossary's words only."""
    assert found(BANNED, {path: words_of(text) for path, text in texts(own_files).items()}) == {}


def test_the_button_is_named_as_people_ask_for_it_once_a_page(
    root: Path, own_files: tuple[Path, ...]
) -> None:
    """README and hw/README say once what people call the button; nothing else does, for the caller still hears."""
    pages = {path: words_of(text) for path, text in texts(own_files).items()}
    for page in (root / "README.md", root / "hw/README.md"):
        assert len(BUTTON.findall(pages.pop(page))) == 1, page
    assert found(BUTTON, pages) == {}


def test_nothing_is_left_undone_in_a_comment(own_files: tuple[Path, ...]) -> None:
    """No note to self stands in the tree."""
    assert found(UNDONE, texts(own_files)) == {}


def test_the_tree_points_nowhere_outside_itself(root: Path, own_files: tuple[Path, ...]) -> None:
    """No registry's address and no path of the machine it was written on; tests alone know of the folder beside it."""
    pages = texts(own_files) | {root / name: (root / name).read_text() for name in NOT_OURS}
    outside_tests = {path: text for path, text in pages.items() if root / "tests" not in path.parents}
    assert found(ABROAD, outside_tests) == {}


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("class KeyManager:", True),
        ("def purge_old():", True),
        ("import sqlite_utils", False),
        ("@contextmanager", False),
    ],
)
def test_the_search_sees_words_inside_names(text: str, caught: bool) -> None:
    """A banned word is found inside a name, and a foreign name is let through."""
    assert bool(hits(BANNED, words_of(text))) is caught


def test_every_dependency_is_explained(root: Path) -> None:
    """docs/dependencies.md has a row for each Python and each Debian package that is asked for."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    asked += [each for extra in project["project"]["optional-dependencies"].values() for each in extra]
    names = {re.split(r"[<>=\[ ]", each)[0] for each in asked}
    setup = (root / ".ci/setup").read_text()
    for listed in re.findall(r'packages="(.*)"', setup):
        names |= set(re.split(r"[ |]", listed)) - {"$packages"}
    page = (root / "docs/dependencies.md").read_text()
    assert {name for name in names if f"`{name}`" not in page} == set()
