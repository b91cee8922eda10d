"""The screen of `watch`, by keys alone: what it shows at any size, what each key does, and that it changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from firmware.faults import Fault, Refused
from firmware.shell.watch.link import Heard
from firmware.shell.watch.pane import Pane
from firmware.shell.watch.rows import TABLES
from firmware.shell.watch.screen import Watch
from tests.rigs.watch_told import told

SMALL, LARGE = (80, 24), (120, 40)
Story = Callable[[Pilot[Fault]], Awaitable[None]]


@dataclass
class Said:
    """What the screen is told, in place of the keeper's conversation: prepared answers, and what it was asked for."""

    first: Heard
    days: list[str | None] = field(default_factory=list)
    tell: Callable[[Heard], object] = print

    def start(self, tell: Callable[[Heard], object], day: str | None) -> None:
        """As `Link.start`."""
        self.tell = tell
        self.days.append(day)
        tell(self.first)

    def taken(self) -> None:
        """As `Link.taken`."""

    def show(self, day: str | None) -> None:
        """As `Link.show`."""
        self.days.append(day)


def said(*many: int, **more: Any) -> Said:  # noqa: ANN401  JSON
    """An answer with so many lines, recordings, holds, faults."""
    content = told(*(many or (8, 14, 3, 4)))
    return Said(Heard(content | more, whole=True))


def play(link: Said, size: tuple[int, int], story: Story) -> Watch:
    """The screen at a size, while a story is played."""

    async def run() -> Watch:
        app = Watch(link, None)  # type: ignore[arg-type]  it is asked for two methods
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await story(pilot)
        return app

    return asyncio.run(run())


def shown(pilot: Pilot[Fault]) -> list[str]:
    """The rows on the screen."""
    return [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]


def of(pilot: Pilot[Fault], name: str) -> Pane:
    """A table of the base screen."""
    return pilot.app.screen_stack[0].query_one(f"#{name}", Pane)


def send(pilot: Pilot[Fault], key: str) -> None:
    """A key as the terminal's thread hands it on, without waiting for what it does."""
    assert pilot.app._driver is not None
    pilot.app._driver.process_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("size", "many"),
    [
        (SMALL, (1, 0, 0, 0)),
        (SMALL, (64, 500, 40, 20)),
        (LARGE, (8, 100, 3, 4)),
        ((40, 12), (8, 100, 3, 4)),
        ((300, 90), (64, 500, 40, 20)),
    ],
)
def test_every_table_is_there_at_any_size(size: tuple[int, int], many: tuple[int, int, int, int]) -> None:
    """Four headings and the keys, no row wider than the screen, and at least a row of each table."""

    async def story(pilot: Pilot[Fault]) -> None:
        rows = shown(pilot)
        assert len(rows) == size[1]
        assert [
            sum(word in row for row in rows) for word in ("LINES", "RECORDINGS of", "HOLDS", "FAULTS")
        ] == [1, 1, 1, 1]
        assert rows[-1].startswith(" Tab table")
        assert all(row.isprintable() for row in rows)
        assert [of(pilot, name)._top for name in TABLES] == [0, 0, 0, 0]

    play(said(*many), size, story)


def test_it_is_understood_without_colour() -> None:
    """Lamp, call, doubt, overdue and fault are words; what is chosen has a mark, where the keys go a double rule."""

    async def story(pilot: Pilot[Fault]) -> None:
        rows = "\n".join(shown(pilot))
        for words in ("RECORDING", "PAUSED", "opted out", "FAULT", "OVERDUE", "lost: no samples", "p paused"):
            assert words in rows
        assert rows.count("══ LINES") == rows.count("── RECORDINGS") == 1
        assert sum(row.startswith("> ") for row in shown(pilot)) == 4
        await pilot.press("tab")
        rows = "\n".join(shown(pilot))
        assert rows.count("── LINES") == rows.count("══ RECORDINGS") == 1

    play(said(8, 14, 3, 4), LARGE, story)


def test_keys_go_from_table_to_table() -> None:
    """Tab and right, shift-tab and left, round and round; a letter for each."""

    async def story(pilot: Pilot[Fault]) -> None:
        seen = []
        for key in ("tab", "right", "tab", "tab", "left", "shift+tab", "r", "h", "f", "l"):
            await pilot.press(key)
            seen.append(pilot.app.focused.id if pilot.app.focused else None)
        assert seen == [
            "recordings",
            "holds",
            "faults",
            "lines",
            "faults",
            "holds",
            "recordings",
            "holds",
            "faults",
            "lines",
        ]

    play(said(), SMALL, story)


def test_who_has_the_keys_has_the_room() -> None:
    """A hundred recordings: those that are chosen among have most rows; how many are below is said."""

    async def story(pilot: Pilot[Fault]) -> None:
        few = of(pilot, "recordings").size.height
        await pilot.press("r")
        assert of(pilot, "recordings").size.height > few
        assert any("more below" in row for row in shown(pilot))
        await pilot.press("end")
        assert "0000000000099" in (of(pilot, "recordings").chosen or "")
        await pilot.press("pageup", "up", "home", "down", "down")
        assert of(pilot, "recordings").chosen == "0000000000002"

    play(said(8, 100, 3, 4), SMALL, story)


def test_enter_says_all_about_a_row() -> None:
    """With the command to type; Esc leads back to the row; from every table."""

    async def story(pilot: Pilot[Fault]) -> None:
        for key, words in (("l", "ledger"), ("r", "get 0000000000001"), ("h", "told hold"), ("f", "next: ")):
            await pilot.press(key, *(["down"] if key == "r" else []), "enter")
            assert words in "\n".join(shown(pilot)), key
            assert "LINES 8" not in "\n".join(shown(pilot))
            await pilot.press("escape")
        assert of(pilot, "recordings").chosen == "0000000000001"

    play(said(), SMALL, story)


def test_keys_that_come_together_mean_what_they_say() -> None:
    """A table's letter and Enter in one piece, as a fast hand or a slow line sends them: the details are that table's."""

    async def story(pilot: Pilot[Fault]) -> None:
        for key in ("f", "enter"):
            send(pilot, key)
        await pilot.pause()
        assert "next: " in "\n".join(shown(pilot))

    play(said(), SMALL, story)


def test_a_page_longer_than_the_screen_is_scrolled() -> None:
    """Of the keys; it opens with its first line, and ends with its last."""

    async def story(pilot: Pilot[Fault]) -> None:
        await pilot.press("question_mark")
        assert "Nothing is changed from here" in "\n".join(shown(pilot))
        await pilot.press("end")
        assert "not known: its lock cannot be read now" in "\n".join(shown(pilot))
        await pilot.press("q")
        assert "LINES 8" in "\n".join(shown(pilot))

    play(said(), SMALL, story)


def test_days_go_back_and_forward_and_never_beyond_today() -> None:
    """`[` and `]`; today is asked for without a date, so that midnight passes by itself."""

    async def story(pilot: Pilot[Fault]) -> None:
        await pilot.press("left_square_bracket", "left_square_bracket", "right_square_bracket")
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket", "t")

    link = said()
    play(link, SMALL, story)
    assert link.days == [None, "2026-03-01", "2026-02-28", "2026-03-01", None, None, "2026-03-01", None]


def test_what_is_chosen_stays_while_new_things_come() -> None:
    """A recording comes in above; the mark stays with its row, and moves on only when that is gone."""
    link = said()

    async def story(pilot: Pilot[Fault]) -> None:
        await pilot.press("r", "down", "down")
        content = told(8, 14, 3, 4)
        recordings = content["day"]["recordings"]
        link.tell(
            Heard(
                content
                | {"day": {**content["day"], "recordings": [recordings[9] | {"id": "new"}, *recordings]}},
                whole=True,
            )
        )
        await pilot.pause()
        assert of(pilot, "recordings").chosen == "0000000000002"
        link.tell(Heard(content | {"day": {**content["day"], "recordings": recordings[:1]}}, whole=True))
        await pilot.pause()
        assert of(pilot, "recordings").chosen == "0000000000000"

    play(link, SMALL, story)


def test_a_keeper_that_is_gone_is_said_and_no_old_level_shown() -> None:
    """What it said of lamps and levels goes; what was entered stays; and all is back when it answers again."""
    link = said()

    async def story(pilot: Pilot[Fault]) -> None:
        assert "█" in "\n".join(shown(pilot))
        link.tell(Heard(trouble="the keeper does not answer (it ended the conversation)"))
        await pilot.pause()
        rows = "\n".join(shown(pilot))
        assert "NO WORD FROM THE KEEPER for" in rows
        assert "it ended the conversation" in rows
        assert rows.count("not heard of") == 8
        assert "█" not in rows
        assert "RECORDINGS of Mon 02 Mar 2026: 14" in rows
        await pilot.press("enter", "escape")
        link.tell(link.first)
        await pilot.pause()
        assert "NO WORD" not in "\n".join(shown(pilot))
        assert "█" in "\n".join(shown(pilot))

    play(link, SMALL, story)


def test_before_the_first_answer_every_key_is_harmless() -> None:
    """Nothing is drawn that nobody said; the trouble is."""
    link = Said(Heard(trouble="the keeper does not answer (no such file)"))

    async def story(pilot: Pilot[Fault]) -> None:
        for key in (
            "down",
            "end",
            "enter",
            "tab",
            "left_square_bracket",
            "r",
            "question_mark",
            "escape",
            "t",
        ):
            await pilot.press(key)
        assert "NO WORD FROM THE KEEPER" in shown(pilot)[0]

    play(link, SMALL, story)


def test_a_refusal_ends_it() -> None:
    """A person who may not ask any more is told so by the command, not by a screen that stays."""
    link = said()

    async def story(pilot: Pilot[Fault]) -> None:
        link.tell(Heard(refused=Refused("refused.not-you", "account ben may not ask", "ask who may")))
        await pilot.pause()

    assert play(link, SMALL, story).return_value is not None


def test_a_bug_ends_it_without_a_word_of_what_was_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """It is raised for whoever started the screen; Textual's own report, with every value at hand, is not printed."""
    link = said()

    async def story(pilot: Pilot[Fault]) -> None:
        link.tell(Heard({"lines": [{"name": "a secret of somebody"}]}, whole=True))
        await pilot.pause()

    with pytest.raises(KeyError):
        play(link, SMALL, story)

    async def another(pilot: Pilot[Fault]) -> None:
        link.tell(Heard(bug=ValueError("a secret of somebody")))
        await pilot.pause()

    with pytest.raises(ValueError, match="secret"):
        play(link, SMALL, another)
    told = capsys.readouterr()
    assert "secret" not in told.out + told.err


def test_another_size_is_drawn_anew() -> None:
    """Larger and smaller, also under a page, down to a size at which nobody can read it."""

    async def story(pilot: Pilot[Fault]) -> None:
        for size in (LARGE, (30, 6), (10, 3), SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(shown(pilot)) == size[1]
        await pilot.press("question_mark")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        assert "not known: its lock cannot be read now" in "\n".join(shown(pilot))

    play(said(), SMALL, story)


def test_q_ends_it() -> None:
    """So does Ctrl-C; without a fault."""
    for key in ("q", "ctrl+c"):

        async def story(pilot: Pilot[Fault], key: str = key) -> None:
            await pilot.press("tab", "enter", "tab", "escape")
            assert pilot.app._exit is False
            send(pilot, key)
            await pilot.pause()
            assert pilot.app._exit is True

        assert play(said(), SMALL, story).return_value is None


def test_no_key_but_these_does_anything() -> None:
    """Every other printable character changes neither what is shown nor what is asked."""

    async def story(pilot: Pilot[Fault]) -> None:
        before = shown(pilot)
        for key in (
            *"abcdegimnopsuvwxyz0123456789,.-+*!",
            "ctrl+z",
            "ctrl+p",
            "ctrl+s",
            "ctrl+backslash",
            "f1",
        ):
            send(pilot, key)
        await pilot.pause()
        assert shown(pilot) == before

    link = said()
    play(link, SMALL, story)
    assert link.days == [None]
