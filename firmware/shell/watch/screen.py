"""The screen of `watch`: four tables under one heading, by keys alone; it reads, and changes nothing.

1. It draws what changed and nothing else, and asks twice a second at most.
2. Where the keeper does not answer it says so, shows no level as if it were new, and goes on asking.
3. However it ends - a key, a signal, a terminal that is gone, a refusal - the terminal is as it was before.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from time import monotonic
from typing import Any, ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen

from firmware.faults import Fault, Refused
from firmware.shell.watch import keys
from firmware.shell.watch.cells import safe, wrapped
from firmware.shell.watch.details import details
from firmware.shell.watch.heading import ROWS, heading
from firmware.shell.watch.link import Heard, Link
from firmware.shell.watch.marks import Look
from firmware.shell.watch.pane import Pane, Plain
from firmware.shell.watch.rows import TABLES, Row, Span, Table
from firmware.shell.watch.shares import shares

DAY: Final = timedelta(days=1)
LOOK_S: Final = 1.0
"""How often it is looked whether the terminal is still there, and for how long nothing was heard; our choice."""

MARGIN: Final = 2
"""Columns before a row, for the mark of what is chosen."""

HUNG_UP: Final = 129
"""128 + SIGHUP, as a shell reports it."""

CLEARED: Final = b"\x1b[H\x1b[2J"
"""Linux's own console has no second screen to come back from (console_codes(4)): the picture is wiped."""

UNHEARD: Final = (
    *("lamp", "level_db", "off_hook", "in_call", "reason", "class"),
    *("off_hook_ns", "paused_ns", "floor_dbm0", "speech_dbm0", "hum_dbm0"),
)
"""What is said of a line only while somebody speaks of it."""


class Told(Message):
    """The link heard something."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self.heard = heard


class Page(ModalScreen[None]):
    """A text over the whole screen, until a key is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,backspace,q,question_mark", "dismiss", show=False)
    ]

    def __init__(self, title: str, texts: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._texts = texts

    def compose(self) -> ComposeResult:
        """The text, and how to leave it."""
        yield Pane("page")
        yield Plain("foot")

    def on_mount(self) -> None:
        """Keys scroll the text."""
        self.query_one(Pane).focus()

    def on_resize(self) -> None:
        """Break the lines anew."""
        cells = self.size.width - MARGIN
        rows = [Row(None, (Span(line),)) for text in self._texts for line in wrapped(safe(text), cells)]
        self.query_one(Pane).put(Table(self._title, tuple(rows)))
        self.query_one(Plain).put([Row(None, (Span(" Esc back   Up/Down scroll", Look.QUIET),))])


class Watch(App[Fault]):
    """The whole screen; ends with the fault that the keeper refused it with, if any."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen, ModalScreen { background: ansi_default; color: ansi_default; }
    Pane, Plain { background: ansi_default; color: ansi_default; height: 2; }
    #heading { height: 3; }
    #foot { height: 1; }
    #page { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", show=False),
        # before what Textual itself has these keys for
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("tab", "other(1)", show=False, priority=True),
        Binding("shift+tab", "other(-1)", show=False, priority=True),
        Binding("right", "other(1)", show=False),
        Binding("left", "other(-1)", show=False),
        Binding("l", "table('lines')", show=False),
        Binding("r", "table('recordings')", show=False),
        Binding("h", "table('holds')", show=False),
        Binding("f", "table('faults')", show=False),
        Binding("left_square_bracket", "day(-1)", show=False),
        Binding("right_square_bracket", "day(1)", show=False),
        Binding("t", "today", show=False),
        Binding("enter", "details", show=False),
        Binding("question_mark", "keys", show=False),
    ]

    def __init__(self, link: Link, day: str | None) -> None:
        super().__init__(ansi_color=True)
        self._link = link
        self._day = day
        self._told: dict[str, Any] = {}
        self._trouble = ""
        self._heard_s = monotonic()
        self.bug: Exception | None = None

    def panic(self, *_drawn: object) -> None:
        """The keyboard's thread ended: what came from it was no text. Nothing of Textual's own is printed."""
        sent = "the terminal sent something that is no text in UTF-8"
        self.exit(Refused("refused.arguments", sent, "set the terminal to UTF-8, then watch again"))

    def _handle_exception(self, error: Exception) -> None:
        """A bug is told by who started the screen: Textual would print every value at hand."""
        self.bug = self.bug or error
        self._exception = self._exception or error
        self._exception_event.set()
        self._close_messages_no_wait()

    def compose(self) -> ComposeResult:
        """A heading, a table each, the keys."""
        yield Plain("heading")
        for name in TABLES:
            yield Pane(name)
        yield Plain("foot")

    def on_mount(self) -> None:
        """Begin to ask."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.query_one("#foot", Plain).put([Row(None, (Span(keys.FOOT, Look.QUIET),))])
        self.query_one("#heading", Plain).put([Row(None, (Span("Callbox: asking the keeper"),))])
        self.action_table("lines")
        self.set_interval(LOOK_S, self._look)
        self._link.start(lambda heard: self.post_message(Told(heard)), self._day)

    def on_told(self, message: Told) -> None:
        """Draw what is new of it; only then the next is asked for."""
        self._link.taken()
        heard = message.heard
        if heard.bug is not None:
            raise heard.bug
        if heard.refused is not None:
            self.exit(heard.refused)
            return
        self._trouble = heard.trouble
        if heard.told:
            self._heard_s = monotonic()
            self._told = {**self._told, **heard.told}
        self._draw(whole=heard.whole or bool(heard.trouble))

    def on_resize(self) -> None:
        """Everything has another width."""
        self._draw(whole=True)

    def on_descendant_focus(self) -> None:
        """Who is looked at has the most room."""
        self._share()

    def action_other(self, by: int) -> None:
        """The next table; none while a page lies over them."""
        if self.screen is not self._base:
            return
        names = list(TABLES)
        self.action_table(names[(names.index(self._focused) + by) % len(names)])

    def action_table(self, name: str) -> None:
        """One table by its name."""
        self._base.set_focus(self._base.query_one(f"#{name}", Pane))

    def action_day(self, by: int) -> None:
        """Recordings of another day; no day after today."""
        if "day" not in self._told:
            return
        today = date.fromisoformat(self._told["today"])
        shown = date.fromisoformat(self._day or self._told["today"])
        wanted = min(shown + by * DAY, today)
        self._day = None if wanted == today else wanted.isoformat()
        self._link.show(self._day)

    def action_today(self) -> None:
        """Recordings of whichever day is today."""
        self._day = None
        self._link.show(None)

    def action_details(self) -> None:
        """Everything about the chosen row."""
        name = self._focused
        chosen = self._base.query_one(f"#{name}", Pane).chosen
        if chosen is not None:
            at = f"as of {heading(self._told, 200)[0].spans[1].text.strip(' |')}"
            self.push_screen(Page(f"{name.upper()} {at}", details(self._shown, name, chosen)))

    def action_keys(self) -> None:
        """What the keys do."""
        self.push_screen(Page("KEYS", list(keys.page())))

    @property
    def _base(self) -> Screen[object]:
        """The tables, also while a page lies over them."""
        return self.screen_stack[0]

    @property
    def _focused(self) -> str:
        """The table that has the keys, at once also between two keys that come together."""
        focused = self._base.focused
        return (focused.id if focused else None) or next(iter(TABLES))

    @property
    def _shown(self) -> Mapping[str, Any]:
        """What is true now: without anything of a line while nobody speaks of it (rule 2)."""
        if not self._trouble:
            return self._told
        nothing = dict.fromkeys(UNHEARD)
        lines = [{**each, **nothing} for each in self._told["lines"]]
        desks = [{**each, "lamp": None} for each in self._told["desks"]]
        return {**self._told, "lines": lines, "desks": desks}

    def _draw(self, *, whole: bool) -> None:
        """Put what changed into the tables; what only changes when something is entered is drawn with the whole."""
        if "day" not in self._told:
            self._say_trouble()
            return
        shown, cells = self._shown, self.size.width - MARGIN
        for name in TABLES if whole else ("lines", "faults"):
            self._base.query_one(f"#{name}", Pane).put(TABLES[name](shown, cells))
        rows = heading(shown, self.size.width, self._silence())
        self._base.query_one("#heading", Plain).put(rows)
        self._share()

    def _say_trouble(self) -> None:
        if self._trouble:
            rows = [Row(None, (Span(safe(each), Look.BAD),)) for each in self._silence()]
            self._base.query_one("#heading", Plain).put(rows)

    def _silence(self) -> list[str]:
        """Since when nothing new is heard, and why."""
        if not self._trouble:
            return []
        passed = round(monotonic() - self._heard_s)
        return [f"NO WORD FROM THE KEEPER for {passed} s, asking again", self._trouble]

    def _share(self) -> None:
        panes = {name: self._base.query_one(f"#{name}", Pane) for name in TABLES}
        wanted = {name: len(pane.table.rows) + 1 for name, pane in panes.items()}
        given = shares(wanted, self.size.height - ROWS - 1, self._focused)
        for name, rows in given.items():
            if panes[name].size.height != rows:
                panes[name].styles.height = rows

    def _look(self) -> None:
        """A terminal that is gone takes the screen with it, also where no signal told of it."""
        if not self.is_headless and not os.isatty(0):
            os._exit(HUNG_UP)
        if monotonic() - self._heard_s > 3 * LOOK_S and not self._trouble:
            self._trouble = "it is busy, or stopped"
            self._draw(whole=True)


def show(link: Link, day: str | None) -> None:
    """The screen, until it is ended; raises what the keeper refused it with."""
    for name in ("COLUMNS", "LINES"):  # Textual believes them for good, and the terminal may change its size
        os.environ.pop(name, None)
    app = Watch(link, day)
    refused = app.run(mouse=False)
    if os.environ.get("TERM", "").startswith("linux"):
        os.write(2, CLEARED)
    if app.bug is not None:
        raise app.bug
    if refused is not None:
        raise refused
