"""To whom recordings are sealed, as the catalogue mirrors it: what is to be sealed anew, and what waits to be confirmed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.row import COLUMNS, Row

GROUPS: Final = "SELECT settings, sealed_to, anew_to, count(*) FROM recordings GROUP BY 1, 2, 3"
OF_GROUP: Final = (
    f"SELECT {', '.join(COLUMNS)} FROM recordings WHERE settings = ? AND sealed_to IS ? AND anew_to IS ? "  # noqa: S608  our own names
    "AND (key, id) > (?, ?) ORDER BY key, id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings that are alike: the settings they came under, whom they were sealed to since, and what waits."""

    settings: str
    sealed_to: str | None
    anew_to: str | None
    count: int = 0


def groups(catalogue: Catalogue) -> list[Group]:
    """Every group there is."""
    return [Group(*each) for each in catalogue.asked(GROUPS)]


def fitting(wanted: Iterable[Group]) -> Callable[[Row], bool]:
    """Whether a row is of one of these groups."""
    found = {(each.settings, each.sealed_to, each.anew_to) for each in wanted}
    return lambda row: (row.settings, row.sealed_to, row.anew_to) in found


def page(catalogue: Catalogue, wanted: Iterable[Group], after: tuple[str, str], limit: int) -> list[Row]:
    """The next recordings of these groups behind a place, which is key and name, in order of their keys."""
    found = (
        Row(*each)
        for group in wanted
        for each in catalogue.asked(OF_GROUP, group.settings, group.sealed_to, group.anew_to, *after, limit)
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


def put_settled(catalogue: Catalogue, sealed: Iterable[tuple[str | None, str]]) -> None:
    """Note whom recordings are sealed to once nothing waits any more: pairs of set and recording; durable on return."""
    statement = "UPDATE recordings SET sealed_to = coalesce(?, sealed_to), anew_to = NULL WHERE id = ?"
    catalogue.change(statement, sealed)
