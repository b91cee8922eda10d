"""To whom recordings are sealed, as the catalogue mirrors it: what is to be sealed anew, and what waits to be confirmed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.row import COLUMNS, Row

GROUPS: Final = "SELECT settings, sealed_to, anew_to, noted_to, count(*) FROM recordings GROUP BY 1, 2, 3, 4"
OF_GROUP: Final = (
    f"SELECT {', '.join(COLUMNS)} FROM recordings WHERE settings = ? AND sealed_to IS ? AND anew_to IS ? AND noted_to IS ? "  # noqa: S608  our own names
    "AND (key, id) > (?, ?) ORDER BY key, id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings that are alike: the settings they came under, whom they and their notes were sealed to since, and what waits."""

    settings: str
    sealed_to: str | None
    anew_to: str | None
    noted_to: str | None = None
    count: int = 0


def groups(catalogue: Catalogue) -> list[Group]:
    """Every group there is."""
    return [Group(*each) for each in catalogue.asked(GROUPS)]


def fitting(wanted: Iterable[Group]) -> Callable[[Row], bool]:
    """Whether a row is of one of these groups."""
    found = {_alike(each) for each in wanted}
    return lambda row: _alike(row) in found


def page(catalogue: Catalogue, wanted: Iterable[Group], after: tuple[str, str], limit: int) -> list[Row]:
    """The next recordings of these groups behind a place, which is key and name, in order of their keys."""
    found = (
        Row(*each) for group in wanted for each in catalogue.asked(OF_GROUP, *_alike(group), *after, limit)
    )
    return sorted(found, key=lambda row: (row.key, row.id))[:limit]


def waiting(catalogue: Catalogue, anew_to: str | None) -> int:
    """How many recordings wait to be confirmed: for one set of recipients, or, for `None`, for any."""
    of = "anew_to IS NOT NULL" if anew_to is None else "anew_to = ?"
    values = () if anew_to is None else (anew_to,)
    return int(catalogue.asked(f"SELECT count(*) FROM recordings WHERE {of}", *values)[0][0])  # noqa: S608  our own words


def one_waiting(catalogue: Catalogue, anew_to: str) -> Row | None:
    """The newest recording for which headers for this set wait."""
    query = (
        f"SELECT {', '.join(COLUMNS)} FROM recordings WHERE anew_to = ? ORDER BY began_ns DESC, id LIMIT 1"  # noqa: S608  our own names
    )
    return next((Row(*each) for each in catalogue.asked(query, anew_to)), None)


def put_anew(catalogue: Catalogue, recordings: Iterable[str], anew_to: str) -> None:
    """Note that new headers wait for these recordings; durable on return."""
    catalogue.change(
        "UPDATE recordings SET anew_to = ? WHERE id = ?", ((anew_to, each) for each in recordings)
    )


def put_noted(catalogue: Catalogue, noted: Iterable[tuple[str, str | None]]) -> None:
    """Note whom the notes of recordings are sealed to: pairs of recording and set; durable on return."""
    catalogue.change("UPDATE recordings SET noted_to = ? WHERE id = ?", ((to, each) for each, to in noted))


def forget_anew(catalogue: Catalogue, keys: Iterable[str]) -> None:
    """Nothing waits for what is locked under these keys; durable on return."""
    catalogue.change("UPDATE recordings SET anew_to = NULL WHERE key = ?", ((each,) for each in keys))


def put_settled(catalogue: Catalogue, sealed: Iterable[tuple[str | None, str]]) -> None:
    """Note whom recordings are sealed to once nothing waits any more: pairs of set and recording; durable on return."""
    statement = "UPDATE recordings SET sealed_to = coalesce(?, sealed_to), anew_to = NULL WHERE id = ?"
    catalogue.change(statement, sealed)


def _alike(of: Group | Row) -> tuple[str, str | None, str | None, str | None]:
    return of.settings, of.sealed_to, of.anew_to, of.noted_to
