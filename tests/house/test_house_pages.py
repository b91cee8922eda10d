"""The pages are true: links lead somewhere, what is named exists, fragments and decisions have their form."""

import io
import re
import subprocess
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from firmware.cli.main import COMMANDS
from firmware.office.__main__ import COMMANDS as OFFICE
from firmware.office.__main__ import main as office
from firmware.shell.teaching import MORE
from firmware.shell.verbs import HELP

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in ROOT.rglob("*.md") if ".venv" not in path.parts)
FRAGMENTS = sorted(
    set((ROOT / "changes").glob("*.md")) - {ROOT / "changes/README.md", ROOT / "changes/TEMPLATE.md"}
)
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Fixed", "security": "Security"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def targets() -> list[str]:
    """The targets that a person may type: those of the Makefile that are no files."""
    return re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("path", [*FRAGMENTS, ROOT / "changes/TEMPLATE.md"], ids=name_of)
def test_a_fragment_has_its_form(path: Path) -> None:
    """A fragment opens with its kind in at most 90 characters, then tells it in a paragraph."""
    first, empty, *paragraphs = path.read_text().splitlines()
    if path.name != "TEMPLATE.md":
        name = re.fullmatch(r"\d+\.([a-z]+)(\.[a-z-]+)?\.md", path.name)
        assert name is not None
        assert first.startswith(f"{KINDS[name[1]]}: ")
    assert len(first) <= 90
    assert not first.endswith(".")
    assert empty == ""
    assert any(paragraphs)


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_has_its_form(path: Path) -> None:
    """A decision's file and title carry its number, and it fits half a page."""
    number = re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", path.name)
    text = path.read_text()
    assert number is not None
    assert text.startswith(f"# {number[1]}")
    assert len(text.split()) <= 500


def test_no_two_decisions_have_one_number() -> None:
    """Each number stands for one decision."""
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers == sorted(set(numbers))


def test_bare_make_explains_every_target() -> None:
    """`make` alone lists each target with its line, and no target that is not there."""
    page = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True, timeout=30).stdout
    assert re.findall(r"^  make (\S+) +\S", page, re.MULTILINE) == targets()


def test_pages_name_only_what_can_be_typed() -> None:
    """Every `make X` and `callbox X` that a page shows exists."""
    text = "\n".join(page.read_text() for page in PAGES)
    made = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    typed = set(re.findall(r"(?:`|^|sudo |callbox-keeper )callbox ([a-z]+)", text, re.MULTILINE))
    assert made - set(targets()) == set()
    assert typed - {command.name for command in COMMANDS} == set()


def test_the_design_names_every_package() -> None:
    """docs/design.md has a place for each package of the firmware and the drivers."""
    page = (ROOT / "docs/design.md").read_text()
    packages = [path for top in ("firmware", "drivers") for path in (ROOT / top).iterdir() if path.is_dir()]
    unnamed = [path.name for path in packages if any(path.glob("*.py")) and f"`{path.name}/`" not in page]
    assert unnamed == []


def test_settings_on_the_pages_can_be_read() -> None:
    """Every block of settings that a page shows is TOML."""
    blocks = [
        each for page in PAGES for each in re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    assert blocks
    for each in blocks:
        tomllib.loads(each)


def test_a_purpose_on_the_pages_is_one_of_the_shipped_settings() -> None:
    """What is typed as it stands there is not refused."""
    shipped = tomllib.loads((ROOT / "config/callbox.toml").read_text())["office"]["purposes"]
    texts = [*(page.read_text() for page in PAGES), *MORE.values()]
    named = {each for text in texts for each in re.findall(r"--purpose ([a-z-]+)", text)}
    assert named
    assert named <= set(shipped)


def test_every_option_of_the_shell_and_the_office_tool_stands_on_a_page() -> None:
    """What help prints is told somewhere in words: what it is for, and when."""
    told = "\n".join(page.read_text() for page in PAGES)
    printed = [HELP, *(_help_of(name) for name in OFFICE)]
    options = {each for page in printed for each in re.findall(r"--[a-z][a-z-]*", page)}
    assert len(options) > 40
    assert sorted(each for each in options if each not in told) == []


def _help_of(name: str) -> str:
    with pytest.raises(SystemExit), redirect_stdout(io.StringIO()) as out:
        office([name, "--help"])
    return out.getvalue()
