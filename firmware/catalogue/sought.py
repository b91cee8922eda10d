"""What a search asks of the catalogue: recordings by the buckets of a number, or those whose caller withheld it."""

from dataclasses import dataclass
from typing import Final

WITHHELD: Final = "bucket IS NULL AND direction = 'in'"
"""Where something was told of the caller and it was no number: `in` is said of nothing else (recorder/numbers.py)."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Recordings begun from one instant up to before another, in wall nanoseconds; no buckets are withheld numbers.

    Line and department are any where they are `None`.
    """

    buckets: tuple[int, ...]
    from_ns: int
    to_ns: int
    line: str | None = None
    department: str | None = None
    limit: int = 1

    def statement(self) -> tuple[str, list[object]]:
        """The query for the names, the newest first, and its values.

        The plus keeps SQLite from another index than that of the buckets (sqlite.org/optoverview.html, section 9).
        """
        asked = {"line": self.line, "department": self.department}
        given = {name: value for name, value in asked.items() if value is not None}
        of = f"bucket IN ({', '.join('?' * len(self.buckets))})" if self.buckets else WITHHELD
        narrowed = "".join(f" AND +{name} = ?" for name in given)
        query = (
            f"SELECT id FROM recordings WHERE {of} AND began_ns >= ? AND began_ns < ?{narrowed} "  # noqa: S608  our own names
            "ORDER BY began_ns DESC, id LIMIT ?"
        )
        return query, [*self.buckets, self.from_ns, self.to_ns, *given.values(), self.limit]
