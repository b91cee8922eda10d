import re

from firmware.faults import CODES
from firmware.settings.schema import SCHEMA, Key, Table
from tests.settings.faults_page import PAGE, page_of, rows_of
from tests.settings.page import default_text, value_text

SETTINGS_PAGE = PAGE.with_name("settings.md")


def schema_rows(keys: tuple[Key, ...], prefix: str = "") -> list[tuple[str, str, str]]:
    """The first three cells of each row that a table of the page must have."""
    rows = []
    for key in keys:
        rows.append((f"{prefix}{key.name}", value_text(key), default_text(key)))
        if isinstance(key.kind, Table):
            rows += schema_rows(key.kind.keys, f"{key.name}.")
    return rows


def test_the_page_explains_every_key() -> None:
    """docs/settings.md has each table and key of the schema in order, with its value and default, and no other."""
    page = SETTINGS_PAGE.read_text()
    sections = re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert [heading for heading, _ in sections] == [table.heading for table in SCHEMA]
    for table, (_, body) in zip(SCHEMA, sections, strict=True):
        rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| (.+?) \| .+ \|$", body, re.MULTILINE)
        assert rows == schema_rows(table.keys)


def test_the_page_of_faults_is_complete() -> None:
    """docs/faults.md has each code with its meaning and what to do; `python -m tests.settings.faults_page` mends it."""
    rows = rows_of(PAGE.read_text())
    assert {code: meaning for code, (meaning, _) in rows.items()} == CODES


def test_advice_written_by_hand_is_kept() -> None:
    """Making the page again keeps the advice of codes that it had, and takes away codes that are gone."""
    page = page_of(CODES, PAGE.read_text())
    assert page == PAGE.read_text()
    fewer = {code: meaning for code, meaning in CODES.items() if code != "settings.invalid"}
    assert rows_of(page_of(fewer, page)).keys() == fewer.keys()
