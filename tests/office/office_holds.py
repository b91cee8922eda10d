"""Holds, restrictions, erasures and copies, as a person asks for them at the keeper's socket."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from office_kept import fetched, let_go

from firmware.faults import Refused
from tests.scenarios.office_sheet import moment

if TYPE_CHECKING:
    from office_play import Play


def hold(play: "Play", recording: str, case: str, owner: str, review: str) -> None:
    """One recording is held."""
    _hold(play, {"id": play.of(recording).id}, case, owner, review)


def restrict(play: "Play", recording: str, case: str, owner: str, review: str) -> None:
    """One recording is held, and not handed out."""
    _hold(play, {"id": play.of(recording).id, "restricted": True}, case, owner, review)


def window(play: "Play", line: str, start: str, stop: str, case: str, owner: str, review: str) -> None:  # noqa: PLR0917  the sentence's words
    """A line's time of today is held, whatever is still to be taken in."""
    today = play.now().date().isoformat()
    from_ns, to_ns = (round(moment(today, each).timestamp() * 1e9) for each in (start, stop))
    _hold(play, {"line": line, "from_ns": from_ns, "to_ns": to_ns}, case, owner, review)


def _hold(play: "Play", what: Mapping[str, object], case: str, owner: str, review: str) -> None:
    told = {"case": case, "owner": owner, "review": review, "reason": "an investigation"}
    play.hold = play.box.ask("hold", **what, **told).content["hold"]["id"]


def told(play: "Play", how: str) -> None:
    """How the person concerned was told, or why he was not."""
    play.box.ask("told", hold=play.hold, said=f"{play.now():%d %B %Y}: {how}")


def copied(play: "Play", where: str) -> None:
    """Where a copy is, or why none is wanted."""
    play.box.ask("copied", hold=play.hold, said=where)


def review(play: "Play", day: str) -> None:
    """The owner looked at it."""
    play.box.ask("review", hold=play.hold, said="still needed", on=day)


def release(play: "Play", why: str) -> None:
    """The hold ends."""
    play.box.ask("release", hold=play.hold, said=why)


def erase(play: "Play", recording: str, who: str) -> None:
    """Somebody asks for it to be destroyed."""
    play.box.ask("destroy", id=play.of(recording).id, reason=f"request by {who}")


def keep(play: "Play", recording: str) -> None:
    """He changed his mind."""
    play.box.ask("keep", id=play.of(recording).id)


def fetch(play: "Play", recording: str, purpose: str, reference: str) -> None:
    """A copy goes out."""
    let_go(fetched(play, play.of(recording), purpose, reference))


def copy_gone(play: "Play") -> None:
    """Whoever had the last copy says that it is destroyed."""
    play.box.ask("copy-destroyed", copy=play.copy)


def standing(play: "Play") -> Mapping[str, Any]:
    """The last hold as a person sees it."""
    found: list[Mapping[str, Any]] = play.box.ask("holds").content["holds"]
    return next(each for each in found if each["id"] == play.hold)


def owes(play: "Play", what: str) -> None:
    """What is still to be done for it, but for the review to come."""
    owed = [each["what"] for each in standing(play)["owed"] if each["what"] != "review the hold"]
    assert owed == what.split(" and ")
    assert not standing(play)["complete"]


def owes_nothing(play: "Play") -> None:
    """The hold is complete, and nothing of it is overdue."""
    assert standing(play)["complete"]
    assert not any(each["overdue"] for each in standing(play)["owed"])


def overdue(play: "Play") -> None:
    """Something owed was not done in time."""
    assert any(each["overdue"] for each in standing(play)["owed"])


def caught(play: "Play", recording: str) -> None:
    """The hold is over that recording."""
    assert play.of(recording).id in standing(play)["recordings"]


def not_caught(play: "Play") -> None:
    """The hold is not over the last recording."""
    assert play.last not in standing(play)["recordings"]


def letter(play: "Play", whom: str) -> None:
    """What a letter to the person needs stands with the hold."""
    assert whom in str(standing(play)["letter"])


def not_fetched(play: "Play", recording: str, why: str) -> None:
    """Fetching it is refused, with the reason."""
    purpose = play.box.settings.office.purposes[0]
    with pytest.raises(Refused) as refused:
        play.box.ask("get", id=play.of(recording).id, purpose=purpose, ref="C-1")
    assert why in refused.value.message


def not_erased(play: "Play", recording: str, why: str) -> None:
    """Erasing it is refused, with case and owner."""
    with pytest.raises(Refused) as refused:
        erase(play, recording, "the caller")
    assert why in refused.value.message


STEPS_OF_HOLDS: Mapping[str, Callable[..., None]] = {
    "hold": hold,
    "restrict": restrict,
    "window": window,
    "told": told,
    "copied": copied,
    "review": review,
    "release": release,
    "erase": erase,
    "keep": keep,
    "fetch": fetch,
    "copy gone": copy_gone,
}
"""How each deed of the office is brought about."""

CHECKS_OF_HOLDS: Mapping[str, Callable[..., None]] = {
    "owes": owes,
    "owes nothing": owes_nothing,
    "overdue": overdue,
    "caught": caught,
    "not caught": not_caught,
    "letter": letter,
    "not fetched": not_fetched,
    "not erased": not_erased,
}
"""How each claim about holds is looked at."""
