"""What a sentence says is so, looked at from outside: at the keeper's socket, in what the office opens, on the disk."""

import io
import os
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyrage
import soundfile
from office_box import KEYS, OfficeBox

from tests.scenarios.office_sheet import moment, seconds

if TYPE_CHECKING:
    from office_play import Play

SLACK_S = 1.0
"""A call begins and ends within a tick and a look at the hook of what the sheet says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording as it was when it was taken in: row, header, sealed body, and the key of its day."""

    row: Mapping[str, Any]
    manifest: Mapping[str, Any]
    header: bytes
    body: bytes
    key: bytes

    @property
    def id(self) -> str:
        """Its opaque name."""
        return str(self.row["id"])


def kept_of(box: OfficeBox, row: Mapping[str, Any]) -> Kept:
    """Everything that a check may want of a recording once it is gone."""
    contents = box.box.vault.contents(row["key"], row["id"])
    assert contents is not None
    manifest = box.ask("show", id=row["id"]).content["manifest"]
    body = (box.places.store / f"{row['id']}.body").read_bytes()
    return Kept(row, manifest, contents.header, body, box.box.vault.table.key(row["key"]))


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
    """It is listed, and what is fetched opens."""
    assert len(opened(play, play.of(recording).id)) > 0


def opens(play: "Play", recording: str, length: str) -> None:
    """What the office opens is as long as the call was."""
    frames = len(opened(play, play.of(recording).id))
    assert abs(frames / 8000 - seconds(length)) < SLACK_S, frames / 8000


def opened(play: "Play", recording: str) -> Any:  # noqa: ANN401  samples, as libsndfile gives them
    """The samples, fetched by a person for the office's first purpose and opened with stock parts."""
    purpose = play.box.settings.office.purposes[0]
    reply = play.box.ask("get", id=recording, purpose=purpose, ref="C-1")
    with os.fdopen(reply.body(), "rb") as body:
        sealed = b64decode(reply.content["header"]) + body.read()
    flac = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(KEYS[0].text())])
    return soundfile.read(io.BytesIO(flac), dtype="int16", always_2d=True)[0]


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
    assert not opened(play, play.of(recording).id)[found["from"] : found["to"]].any()


def version(play: "Play", recording: str, day: str) -> None:
    """The version of the policy that counted is in the manifest."""
    assert play.of(recording).manifest["policy"]["from"] == day


def nothing_destroyed(play: "Play") -> None:
    """Every recording that was ever taken in is there."""
    assert {each["id"] for each in play.box.listed()} == set(play.every)
    for each in play.every:
        assert len(opened(play, each)) > 0


def count(play: "Play", number: str) -> None:
    """So many are listed."""
    assert len(play.box.listed()) == int(number)


def why(play: "Play", line: str, day: str, clock: str, reason: str) -> None:
    """The ledger's row over that second says it."""
    assert reasons_at(play, line, moment(day, clock)) == [reason]


def reasons_at(play: "Play", line: str, at: datetime) -> list[str]:
    """What the coverage ledger says of a second; what an earlier row said and a later one put right is left out."""
    instant = round(at.timestamp() * 1e9)
    rows = [each for each in play.box.box.ledger.rows() if each.line == line and each.instead is None]
    return [each.reason for each in rows if 0 <= instant - each.began.wall_ns < each.duration_ns]


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


def fault(play: "Play", code: str) -> None:
    """The fault stands in what `status` says."""
    assert code in faults(play)


def no_fault(play: "Play", code: str) -> None:
    """It does not."""
    assert code not in faults(play)


def faults(play: "Play") -> set[str]:
    """The codes of the faults that stand."""
    return {each["code"] for each in play.box.ask("status").content["faults"]}


CHECKED: Mapping[str, Callable[..., None]] = {
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
    "fault": fault,
    "no fault": no_fault,
}
"""How each claim is looked at."""
