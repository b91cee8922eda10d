"""What a sentence says is so, looked at from outside: at the keeper's socket, in what the office opens, on the disk."""

import os
from base64 import b64decode
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from office_box import sound
from office_kept import CALLER, Kept, fetched, opened, unsealed

from tests.scenarios.office_sheet import moment, seconds

if TYPE_CHECKING:
    from office_play import Play

SLACK_S = 1.0
"""A call begins and ends within a tick and a look at the hook of what the sheet says."""


def row_of(play: "Play", recording: str) -> Mapping[str, Any]:
    """The recording's row as a person sees it now."""
    wanted = play.of(recording).id
    return next(each for each in play.box.listed() if each["id"] == wanted)


def due(play: "Play", recording: str, day: str) -> None:
    """It falls due on that day."""
    assert row_of(play, recording)["due"] == day


def undated(play: "Play", recording: str) -> None:
    """It has no due day."""
    assert row_of(play, recording)["due"] is None


def there(play: "Play", recording: str) -> None:
    """It is listed, and one of its locks opens."""
    assert len(samples(play, play.of(recording))) > 0


def samples(play: "Play", kept: Kept) -> Any:  # noqa: ANN401  as libsndfile gives them
    """What the office would hear if it fetched the recording now; no copy is handed out for it."""
    (row,) = [each for each in play.box.listed() if each["id"] == kept.id]
    contents = play.box.box.vault.contents(row["key"], kept.id)
    assert contents is not None
    return opened(contents.header + (play.box.places.store / f"{kept.id}.body").read_bytes())


def opens(play: "Play", recording: str, length: str) -> None:
    """What a person fetches is as long as the call was."""
    reply = fetched(play, play.of(recording), play.box.settings.office.purposes[0], "C-1")
    with os.fdopen(reply.body(), "rb") as body:
        frames = len(opened(b64decode(reply.content["header"]) + body.read()))
    assert abs(frames / 8000 - seconds(length)) < SLACK_S, frames / 8000


def basis(play: "Play", recording: str, callers: str, staff: str) -> None:
    """The lawful basis stands in the recording's own manifest."""
    assert play.of(recording).manifest["lawful_basis"] == {"callers": callers, "staff": staff}


def gap(play: "Play", recording: str, start: str, stop: str, why: str) -> None:
    """The gap is in the manifest with its reason, is as long as it was, and holds nothing."""
    facts = play.of(recording).manifest["facts"]
    (found,) = [each for each in facts["gaps"] if each["reason"] == why]
    from_s, to_s = found["from"] / 8000, found["to"] / 8000
    assert seconds(start) - 3 - SLACK_S < from_s <= seconds(start), "a press cuts a look-back before itself"
    assert abs(to_s - seconds(stop)) < SLACK_S
    assert not samples(play, play.of(recording))[found["from"] : found["to"]].any()


def version(play: "Play", recording: str, day: str) -> None:
    """The version of the policy that counted is in the manifest."""
    assert play.of(recording).manifest["policy"]["from"] == day


def nothing_destroyed(play: "Play") -> None:
    """Every recording that was ever taken in is there."""
    assert {each["id"] for each in play.box.listed()} == set(play.every)
    for each in play.every.values():
        assert len(samples(play, each)) > 0


def count(play: "Play", number: str) -> None:
    """So many are listed."""
    assert len(play.box.listed()) == int(number)


def why(play: "Play", line: str, day: str, clock: str, reason: str) -> None:
    """The ledger answers for that second."""
    at = round(moment(day, clock).timestamp() * 1e9)
    answer = play.box.ask("ledger", line=line, at_ns=at, until_ns=at + 1, on=None).content
    assert [each["reason"] for each in answer["stretches"]] == [reason]
    assert all(each["sentence"] for each in answer["stretches"])


def statistics(play: "Play", day: str) -> list[Mapping[str, Any]]:
    """What may be told of a day."""
    found: list[Mapping[str, Any]] = play.box.ask("stats", **{"from": day, "to": day, "by": "day"}).content[
        "figures"
    ]
    return found


def counted(play: "Play", day: str, number: str, department: str) -> None:
    """So many calls of a department."""
    (calls,) = [
        each["calls"]
        for each in statistics(play, day)
        if (each["department"], each["what"]) == (department, "calls")
    ]
    assert calls == int(number)


def not_counted(play: "Play", day: str, department: str) -> None:
    """No figure of it at all: there were too few calls."""
    assert department not in {each["department"] for each in statistics(play, day)}


def nobody(play: "Play") -> None:
    """Neither a number nor the name of a recording or call is in any figure since the box was made."""
    today = play.now().date().isoformat()
    asked = {"from": "2020-01-01", "to": today, "by": "month"}
    told = str(play.box.ask("stats", **asked).content)
    names = {name for each in play.every.values() for name in (each.id, each.row["call"], CALLER)}
    assert names
    assert [each for each in names if each in told] == []


def accounted(play: "Play", line: str) -> None:
    """Rows of the ledger touch from lift to hook: of no second of a call is there none or two."""
    rows = sorted(
        (each.began.wall_ns, each.duration_ns, each.call)
        for each in play.box.box.ledger.rows()
        if each.line == line and each.instead is None
    )
    assert rows
    for (began, lasted, one), (following, _, other) in pairwise(rows):
        assert one != other or abs(began + lasted - following) < 1_000_000


PIECE, EACH = 32, 8192
"""Bytes that are looked for, and how far apart: a quarter of a second of sound, a second of a FLAC stream."""


def sealed(play: "Play") -> None:
    """No piece of what the line heard, no FLAC stream or piece of one, and no telephone number is in any file."""
    lengths = (each.row["samples"] * 4 for each in play.every.values())
    heard = sound(play.box.heard).read_bytes()[: max(lengths, default=0) or 30 * 8000 * 4]
    streams = [unsealed(each.header + each.body) for each in play.every.values()]
    pieces = [text[at : at + PIECE] for text in (heard, *streams) for at in range(0, len(text) - PIECE, EACH)]
    for path, content in play.box.contents():
        assert not any(each in content for each in (b"fLaC", CALLER.encode(), *pieces)), path


def country(play: "Play", where: str) -> None:
    """Where the settings say that the recordings are."""
    assert play.box.settings.office.country == where


def fault(play: "Play", code: str) -> None:
    """The fault stands in what `status` says."""
    assert code in faults(play)


def no_fault(play: "Play", code: str) -> None:
    """It does not."""
    assert code not in faults(play)


def faults(play: "Play") -> set[str]:
    """The codes of the faults that stand."""
    return {each["code"] for each in play.box.ask("status").content["alarms"]}


CHECKS_OF_KEPT: Mapping[str, Callable[..., None]] = {
    "due": due,
    "undated": undated,
    "there": there,
    "opens": opens,
    "basis": basis,
    "gap": gap,
    "version": version,
    "nothing destroyed": nothing_destroyed,
    "count": count,
    "why": why,
    "accounted": accounted,
    "counted": counted,
    "not counted": not_counted,
    "nobody": nobody,
    "sealed": sealed,
    "country": country,
    "fault": fault,
    "no fault": no_fault,
}
"""How each claim about what is kept is looked at."""
