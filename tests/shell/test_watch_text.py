"""What `watch` shows, as text: every row exactly as wide as asked, and nothing that a terminal would act upon."""

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from firmware.call.events import Reason
from firmware.call.lamp import Lamp
from firmware.retention.hold import Owed
from firmware.shell.watch import details, keys, marks
from firmware.shell.watch.cells import fit, safe, width, wrapped
from firmware.shell.watch.heading import heading
from firmware.shell.watch.rows import TABLES, ago
from firmware.shell.watch.shares import LEAST, shares
from firmware.shell.watch.snapshot import LIVE, snapshot
from tests.rigs.watch_told import WEIRD, told

TEXTS = st.text(max_size=30) | st.sampled_from(WEIRD)


@given(TEXTS)
def test_nothing_that_a_terminal_acts_upon_comes_through(text: str) -> None:
    """No control character, no escape, nothing that turns the direction; what is printable stays as it was."""
    shown = safe(text)
    assert shown.isprintable()
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    if text.isascii():
        assert (shown == text) is text.isprintable()


@given(TEXTS, st.integers(0, 40))
def test_a_text_is_exactly_as_wide_as_its_column(text: str, cells: int) -> None:
    """Cut with `~`, or filled; wide and joining characters counted as a terminal shows them."""
    shown = fit(safe(text), cells)
    assert width(shown) == cells
    if width(safe(text)) > cells > 0:
        assert "~" in shown


@given(st.lists(st.text("ab一é \U0001f600", max_size=12), max_size=6), st.integers(4, 30))
def test_lines_are_broken_without_losing_a_word(words: list[str], cells: int) -> None:
    """No line is wider than asked, and all characters but blanks are there in order."""
    text = " ".join(words)
    lines = list(wrapped(text, cells))
    assert all(width(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_command_that_goes_on_is_set_in() -> None:
    """So that it is seen to be one."""
    assert list(wrapped("    callbox shell get ID --purpose P", 24)) == [
        "    callbox shell get ID",
        "    --purpose P",
    ]


def test_every_lamp_and_every_reason_has_its_sign() -> None:
    """What the recorder can say is shown; no two kinds of withheld time have one letter but those that are lost."""
    assert set(marks.LAMPS) == set(details.LAMPS) == {*Lamp.__members__, None}
    assert set(marks.STRIP) == {str(each) for each in Reason}
    letters = [letter for reason, letter in marks.STRIP.items() if not reason.startswith("lost")]
    assert len(set(letters)) == len(letters)
    assert set(details.DUTIES) == {str(each) for each in Owed}
    assert len({words for words, _ in marks.LAMPS.values()}) == len(marks.LAMPS)


@pytest.mark.parametrize(
    ("level", "bar"),
    [(None, "    "), (-90, "····"), (-60, "····"), (-30, "██··"), (0, "████"), (6, "████")],
)
def test_a_level_is_a_length(level: int | None, bar: str) -> None:
    """From -60 dB to full scale, blank where nothing is known: it is read without colour."""
    assert marks.meter(level, 4) == bar


@given(
    st.lists(
        st.tuples(st.sampled_from([str(each) for each in Reason]), st.integers(1, 20)), min_size=1, max_size=9
    ),
    st.integers(1, 60),
)
def test_a_narrow_strip_shows_every_gap_that_a_wide_one_has(runs: list[tuple[str, int]], cells: int) -> None:
    """As many letters as asked; where anything was withheld something withheld is shown."""
    shown = marks.letters(runs, cells)
    assert len(shown) == cells
    withheld = any(reason != "recorded" for reason, _ in runs)
    assert (set(shown) != {"="}) is withheld or cells > sum(count for _, count in runs)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.sampled_from("abc"), st.integers(0, 80))
def test_rows_of_a_small_screen_are_shared(a: int, b: int, c: int, focused: str, rows: int) -> None:
    """All of them are used, everybody has the least, and who is looked at lacks nothing while another has more than it needs."""
    given_rows = shares({"a": a, "b": b, "c": c}, rows, focused)
    assert sum(given_rows.values()) == max(rows, 3 * LEAST)
    assert all(each >= LEAST for each in given_rows.values())


@pytest.mark.parametrize("cells", [78, 80, 118, 200])
@pytest.mark.parametrize("many", [(1, 0, 0, 0), (8, 100, 3, 4), (64, 500, 40, 20)])
def test_every_row_fits(cells: int, many: tuple[int, int, int, int]) -> None:
    """1, 8 and 64 lines, no recording and 500, names and cases as long and as hostile as they come."""
    content = told(*many)
    for table in TABLES.values():
        for row in table(content, cells).rows:
            if row.key is not None:
                assert cell_len(row.text) == cells, row.text
            assert row.text.isprintable()
    assert all(cell_len(row.text) <= cells for row in heading(content, cells))


def test_the_look_as_text_is_whole() -> None:
    """Every line, recording, hold and fault, each fault with its next step, and what there is not: sound."""
    content = told(8, 100, 3, 20)
    text = snapshot(content, 120)
    assert text.endswith(LIVE)
    assert [text.count(f"line-{number:02} ") > 0 for number in range(8)] == [True] * 8
    assert text.count("\n          next: ") == 20
    assert "RECORDINGS of Mon 02 Mar 2026: 100" in text
    assert "OVERDUE since 2026-02-20 (+1): tell the person concerned" in text
    assert all(each.isprintable() for each in text.split("\n"))


def test_who_does_not_speak_is_not_shown_as_if_he_did() -> None:
    """No level, no lamp of a line while the recorder is silent, and it is said in words."""
    content: dict[str, Any] = told(2, 0, 0, 0, alive=False)
    text = snapshot(content, 80)
    assert "NO WORD FROM THE RECORDER" in text
    assert text.count("not heard of") == 2
    assert "█" not in text
    assert "·" not in text


def test_what_is_wrong_is_said_in_words_above_all() -> None:
    """A full disk, a clock in doubt, recipients that are not proved, a keeper that is gone."""
    content = told(1, 0, 0, 0)
    content["disk"] = {"free": 10**9, "size": 30 * 10**9, "days_left": 0}
    content["clock"] = {"state": "untrusted", "doubt": "it is not synchronised", "may_destroy": False}
    content["recipients"] = [{"name": "safe", "holder": "DPO", "proved": False}]
    rows = "\n".join(row.text for row in heading(content, 100))
    for words in ("FULL", "clock untrusted: it is not synchronised", "NOT PROVED: safe"):
        assert words in rows
    rows = "\n".join(row.text for row in heading(content, 100, ["NO WORD FROM THE KEEPER for 7 s"]))
    assert "NO WORD FROM THE KEEPER for 7 s" in rows
    assert "keeper answers" not in rows


def test_each_thing_has_its_details_and_a_command() -> None:
    """Enter says all about a row, safe to print, with what to type next; a row that went says so."""
    content = told(8, 9, 3, 3)
    for name, table in TABLES.items():
        row = table(content, 78).rows[0]
        assert row.key is not None
        texts = details.details(content, name, row.key)
        assert any("callbox shell" in text for text in texts), texts
        assert details.details(content, name, "gone") == ["It is not there any more."]


def test_an_erasure_that_was_asked_for_is_said() -> None:
    """In the row, and in the details with what stops it."""
    content = told(1, 8, 0, 0)
    asked = content["day"]["recordings"][7]
    assert asked["erasure_asked"]
    (row,) = [each for each in TABLES["recordings"](content, 118).rows if each.key == asked["id"]]
    assert "erasure asked" in row.text
    texts = details.details(content, "recordings", asked["id"])
    assert f"    callbox shell keep {asked['id']}" in texts
    assert not any(
        "keep" in text.split()
        for text in details.details(content, "recordings", content["day"]["recordings"][0]["id"])
    )


def test_a_fault_that_somebody_acknowledged_says_so() -> None:
    """In its row, with the day on which it comes back, and in its details with who and why; it stays in the table."""
    content = told(1, 0, 0, 1)
    word = {"person": "anna", "at_ns": 0, "until": "2026-03-09", "reason": "the engineer comes on Monday"}
    content["faults"][0] |= {"acknowledged": word}
    (row,) = TABLES["faults"](content, 118).rows
    assert "acknowledged until 2026-03-09: " in row.text
    assert row.key is not None
    texts = details.details(content, "faults", row.key)
    assert "acknowledged by anna until 2026-03-09: the engineer comes on Monday" in texts


def test_over_ssh_commands_are_typed_after_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not `callbox shell`, which is not there; neither in details nor in the hint of a fault."""
    monkeypatch.setattr(sys, "argv", ["callbox", "--ssh"])
    monkeypatch.setenv("SSH_CONNECTION", "127.0.0.1 1 192.0.2.7 22")
    monkeypatch.setenv("USER", "anna")
    content = told(1, 1, 1, 1)
    texts = details.details(content, "recordings", content["day"]["recordings"][0]["id"])
    assert any(text.strip().startswith("ssh anna@192.0.2.7 get ") for text in texts)
    texts += [*details.details(content, "faults", "keeper vault.disk-filling 1"), snapshot(content, 80)]
    assert not any("callbox shell" in text for text in texts)


def test_the_page_of_keys_fits_a_small_screen() -> None:
    """No line of it is broken at 80 columns, and every letter of a strip is explained."""
    lines = list(keys.page())
    assert all(width(line) <= 76 for line in lines if not line.startswith("   !"))
    assert all(any(line.startswith(f"   {letter}  ") for line in lines) for letter in marks.STRIP.values())
    assert width(keys.FOOT) <= 80


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "< 1 min"),
        (59, "< 1 min"),
        (60, "1 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_800, "2 days"),
        (-5, "< 1 min"),
    ],
)
def test_an_age_is_told_in_its_unit(seconds: int, said: str) -> None:
    """Minutes up to two hours, hours up to two days, then days."""
    assert ago(seconds * 10**9) == said
