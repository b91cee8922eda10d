"""One table on the screen: a heading, rows that are scrolled by keys, one of them chosen; drawn row by row, cheaply.

What is chosen is marked with `>` and, where the keys go here, shown reversed: it is seen without any colour.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from firmware.shell.watch.cells import fit, safe
from firmware.shell.watch.marks import Look
from firmware.shell.watch.rows import Row, Table

STYLES: Final[Mapping[Look, Style]] = {
    Look.PLAIN: Style(),
    Look.QUIET: Style(dim=True),
    Look.GOOD: Style(bold=True, color="green"),
    Look.MIND: Style(bold=True, color="yellow"),
    Look.BAD: Style(bold=True, color="red"),
}
CHOSEN: Final = Style(reverse=True)
HEADING: Final = Style(bold=True)
MARK: Final = "> "
EMPTY: Final = Table("", ())


class Pane(Widget, can_focus=True):
    """A table; `chosen` is the key of the row that the keys stand on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._table = EMPTY
        self._at = 0
        self._top = 0

    @property
    def table(self) -> Table:
        """What is shown."""
        return self._table

    @property
    def chosen(self) -> str | None:
        """The key of the row that is chosen, `None` where there is none."""
        rows = self._table.rows
        return rows[self._at].key if rows else None

    def put(self, table: Table) -> None:
        """Show another table; what was chosen stays so while it is there."""
        if table == self._table:
            return
        keys = [row.key for row in table.rows]
        was = self.chosen
        self._at = keys.index(was) if was in keys else min(self._at, max(len(keys) - 1, 0))
        self._table = table
        self._keep_in_sight()
        self.refresh()

    def action_move(self, by: int) -> None:
        """Choose another row; where none can be chosen, scroll."""
        rows = self._table.rows
        if any(row.key is not None for row in rows):
            self._at = min(max(self._at + by, 0), max(len(rows) - 1, 0))
            self._keep_in_sight()
        else:
            self._top = min(max(self._top + by, 0), max(len(rows) - self._room, 0))
        self.refresh()

    def action_page(self, by: int) -> None:
        """Choose a row a page further."""
        self.action_move(by * self._room)

    def on_resize(self) -> None:
        """The chosen row stays in sight."""
        self._keep_in_sight()
        self.refresh()

    def on_focus(self) -> None:
        """The heading says that the keys go here."""
        self.refresh()

    def on_blur(self) -> None:
        """The heading says that they do not."""
        self.refresh()

    @property
    def _room(self) -> int:
        return max(self.size.height - 1, 1)

    def _keep_in_sight(self) -> None:
        last = max(len(self._table.rows) - self._room, 0)
        self._top = min(max(min(self._top, self._at), self._at - self._room + 1, 0), last)

    def render_line(self, y: int) -> Strip:
        """The heading, or a row."""
        width = self.size.width
        if y == 0:
            return self._heading(width)
        number = self._top + y - 1
        if number >= len(self._table.rows):
            return Strip.blank(width)
        return self._row(self._table.rows[number], number == self._at, width)

    def _heading(self, width: int) -> Strip:
        """Where the keys go the rule is double."""
        rule = "═" if self.has_focus else "─"
        below = len(self._table.rows) - self._top - self._room
        more = f" {below} more below " if below > 0 else ""
        title = f"{rule * 2} {safe(self._table.title)} "
        room = max(width - len(more) - 2, 0)
        shown = fit(title, room).rstrip()
        return _strip([Segment(f"{shown} {rule * width}"[:room] + more + rule * 2, HEADING)], width)

    def _row(self, row: Row, chosen: bool, width: int) -> Strip:  # noqa: FBT001  one of two looks
        chosen = chosen and row.key is not None
        lit = chosen and self.has_focus
        mark = MARK if chosen else "  "
        segments = [Segment(mark, CHOSEN if lit else Style())]
        segments += [
            Segment(each.text, STYLES[each.look] + CHOSEN if lit else STYLES[each.look]) for each in row.spans
        ]
        return _strip(segments, width)


class Plain(Widget):
    """Rows that nobody can choose."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._rows: tuple[Row, ...] = ()

    def put(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row."""
        width = self.size.width
        if y >= len(self._rows):
            return Strip.blank(width)
        return _strip([Segment(each.text, STYLES[each.look]) for each in self._rows[y].spans], width)


def _strip(segments: list[Segment], width: int) -> Strip:
    return Strip(segments).adjust_cell_length(width)
