"""Holds and restrictions, as they are asked for at the door.

1. A hold needs a case, an owner and a reason; its review day is ninety days on where none is given.
2. It catches one recording, or a line between two instants: also a call that is still going on.
3. What was asked to be erased and is now held is asked no more: a release does not bring the question back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from firmware.audit.entries import Entry, What
from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.history import History
from firmware.keeper.holds import Standing
from firmware.retention.hold import REVIEW_AFTER, Hold, Window, duties
from firmware.vault.opaque import fresh, is_opaque
from firmware.vault.reading import Fields

LONGEST: Final = 500
"""Characters of a case, an owner or a reason; our choice: a hold is not a file of letters."""

Known = Mapping[str, Callable[[Person, Fields], Answer]]


@dataclass(frozen=True, slots=True)
class HoldVerbs:
    """Everything about holds, over one box."""

    box: Box
    history: History

    def known(self) -> Known:
        """The verbs by their names."""
        return {
            "hold": self._place,
            "told": self._told,
            "copied": self._copied,
            "review": self._review,
            "release": self._release,
            "holds": self._holds,
        }

    def _place(self, person: Person, request: Fields) -> Answer:
        now = self.box.clock.stamp()
        today = london_date(now.wall_ns)
        recording, window = self._meant(request)
        hold = Hold(
            id=fresh(),
            case=text_of(request, "case"),
            owner=text_of(request, "owner"),
            reason=text_of(request, "reason"),
            made=today,
            review=day_of(request, "review") or today + REVIEW_AFTER,
            restricted=request.content.get("restricted") is True,
            recording=recording,
            window=window,
        )
        self._refuse_twice(hold)
        caught = self.box.holds.place(hold, person.name, now)
        for each in self.history.asked & set(caught):
            self._withdraw(each, person)
        return Answer({"ok": True, "hold": self._told_of(Standing(hold)), "recordings": caught})

    def _refuse_twice(self, hold: Hold) -> None:
        """The same once more, after an answer that did not arrive say, would have to be released once more."""
        for standing in self.box.holds.standing():
            there = replace(hold, id=standing.hold.id, made=standing.hold.made, review=standing.hold.review)
            if not standing.released and replace(standing.hold, told=None, copy=None) == there:
                twice = f"the same is held for the same case already: hold {there.id}"
                raise Refused(
                    "refused.held-already",
                    twice,
                    f"to look again later: callbox shell review {there.id} --on YYYY-MM-DD --reason R",
                )

    def _meant(self, request: Fields) -> tuple[str | None, Window | None]:
        recording = request.maybe_text("id") if "id" in request.content else None
        if recording is not None:
            if not is_opaque(recording) or self.box.catalogue.get(recording) is None:
                raise unknown_recording(self.box, recording)
            return recording, None
        line, start, stop = request.text("line"), request.whole("from_ns"), request.whole("to_ns")
        if line not in {each.name for each in self.box.settings.lines}:
            lines = ", ".join(each.name for each in self.box.settings.lines)
            raise Refused("refused.arguments", "there is no line of that name", f"the lines are: {lines}")
        if start >= stop:
            empty = "the stretch to be held ends before it begins"
            raise Refused("refused.arguments", empty, "give --from and --to in order of time")
        return None, Window(line, start, stop)

    def _withdraw(self, recording: str, person: Person) -> None:
        entry = Entry(What.WITHDRAWN, self.box.clock.stamp(), {"recording": recording, "person": person.name})
        self.box.log.append(entry)
        self.history.note(entry)

    def _told(self, person: Person, request: Fields) -> Answer:
        """How and when the person concerned was told, or why not (rule 2 of `retention.hold`)."""
        return self._amended(person, request, "told", What.TOLD)

    def _copied(self, person: Person, request: Fields) -> Answer:
        """Where a copy is safe, or why none is wanted."""
        return self._amended(person, request, "copy", What.COPIED)

    def _amended(self, person: Person, request: Fields, term: str, what: What) -> Answer:
        hold = self._named(request).hold
        said = {"term": term, "said": text_of(request, "said")}
        amended = self.box.holds.amend(hold, said, what, (person.name, self.box.clock.stamp()))
        return Answer({"ok": True, "hold": self._told_of(Standing(amended))})

    def _review(self, person: Person, request: Fields) -> Answer:
        """A person looked whether the hold is still needed, and says when to look again."""
        hold, on = self._named(request).hold, day_of(request, "on")
        if on is None or on <= london_date(self.box.clock.stamp().wall_ns):
            past = "the next review lies in the future"
            raise Refused("refused.arguments", past, "give --on YYYY-MM-DD, or release the hold")
        said = {"term": "review", "said": text_of(request, "said"), "on": on.isoformat()}
        amended = self.box.holds.amend(hold, said, What.REVIEWED, (person.name, self.box.clock.stamp()))
        return Answer({"ok": True, "hold": self._told_of(Standing(amended))})

    def _release(self, person: Person, request: Fields) -> Answer:
        hold = self._named(request).hold
        said = {"term": "released", "said": text_of(request, "said")}
        self.box.holds.amend(hold, said, What.RELEASED, (person.name, self.box.clock.stamp()))
        return Answer({"ok": True, "hold": hold.id, "recordings": self.box.catalogue.held_by(hold.id)})

    def _named(self, request: Fields) -> Standing:
        standing = self.box.holds.get(request.text("hold"))
        if standing is None or standing.released:
            none = "there is no hold of that name, or it was released"
            raise Refused("refused.unknown-hold", none, "`callbox shell holds` lists those that stand")
        return standing

    def _holds(self, _person: Person, request: Fields) -> Answer:
        untold = request.content.get("untold") is True
        told = [
            self._told_of(each)
            for each in self.box.holds.standing()
            if not (untold and (each.hold.told is not None or each.released))
        ]
        return Answer({"ok": True, "holds": told})

    def _told_of(self, standing: Standing) -> dict[str, Any]:
        """A hold as its asker sees it, with what the office owes and what a letter needs."""
        hold, office = standing.hold, self.box.settings.office
        today = london_date(self.box.clock.stamp().wall_ns)
        window = hold.window
        return {
            **hold_told(standing, today),
            "complete": hold.complete,
            "told": hold.told,
            "copy": hold.copy,
            "window": [window.line, window.start_ns, window.stop_ns] if window else None,
            "recordings": self.box.catalogue.held_by(hold.id),
            "letter": {"controller": office.controller, "contact": office.contact, "dpo": office.dpo},
        }


def hold_told(standing: Standing, today: date) -> dict[str, object]:
    """What a hold is, and what the office still owes for it."""
    hold = standing.hold
    owed = [] if standing.released else list(duties(hold))
    return {
        "id": hold.id,
        "case": hold.case,
        "owner": hold.owner,
        "reason": hold.reason,
        "made": hold.made.isoformat(),
        "review": hold.review.isoformat(),
        "restricted": hold.restricted,
        "released": standing.released,
        "owed": [
            {"what": str(each.owed), "by": each.by.isoformat(), "overdue": each.overdue(today)}
            for each in owed
        ],
    }


def text_of(request: Fields, name: str) -> str:
    """A text that somebody has to give; refused where it is empty or long."""
    text = request.maybe_text(name) if name in request.content else None
    if text is None or not text.strip() or len(text) > LONGEST or not text.isprintable():
        option = "--reason" if name == "said" else f"--{name}"
        needed = f"{option} is missing, or is no text of 1 to {LONGEST} characters on one line"
        raise Refused("refused.arguments", needed, "see `callbox shell help`")
    return text.strip()


def unknown_recording(box: Box, recording: str) -> Refused:
    """There is no such recording; where one was destroyed, that is said."""
    hint = "`callbox shell list` names those there are"
    tombstone = box.catalogue.tombstone(recording) if is_opaque(recording) else None
    if tombstone is None:
        return Refused("refused.unknown-recording", "there is no recording of that name", hint)
    when = london_date(tombstone.destroyed_ns).isoformat()
    gone = f"that recording was destroyed on {when}, certificate {tombstone.certificate}"
    return Refused("refused.unknown-recording", gone, f"callbox shell certificate {tombstone.certificate}")


def day_of(request: Fields, name: str) -> date | None:
    """A day that somebody may give; refused where it is none."""
    text = request.maybe_text(name) if name in request.content else None
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        wrong = f"{name} is no date"
        raise Refused("refused.arguments", wrong, "a date is written YYYY-MM-DD") from None
