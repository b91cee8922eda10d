"""To whom the recordings of a box are sealed, held against whom its settings name now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from firmware.catalogue import seals
from firmware.catalogue.seals import Group
from firmware.faults import SealFault
from firmware.keeper.box import Box
from firmware.keeper.history import History
from firmware.settings import Settings
from firmware.settings.recipient_kind import same_key
from firmware.settings.recipient_set import set_of
from firmware.showing import counted

HINT: Final = (
    "seal them anew where a key of theirs is: callbox office reseal; docs/keys.md says what is at stake"
)


@dataclass(frozen=True, slots=True)
class Others:
    """Recordings that are sealed to others than the settings name now: how many, and by whom they differ.

    `leavers` open them and are named no more, `newcomers` are named and do not open them.
    `unknown` are those of which it is not known whom they are sealed to.
    """

    count: int
    waiting: int
    leavers: tuple[str, ...]
    newcomers: tuple[str, ...]
    unknown: int


def to_reseal(box: Box, history: History) -> list[Group]:
    """The groups of recordings that are sealed to others, and for which no fitting header waits."""
    waits = waits_for(box, history)
    return [each for each in _others(box) if waits is None or each.anew_to != waits]


def waits_for(box: Box, history: History) -> str | None:
    """The present set of recipients where a round for it is under way: without one nothing waits for anybody."""
    present = set_of(box.settings)
    return present if any(each.to == present for each in history.rounds.values()) else None


def others(box: Box, history: History) -> Others:
    """How many, and who opens what he should not, or does not what he should."""
    found, known = _others(box), _known(box, history)
    now = {same_key(each.key): each.name for each in box.settings.recipients}
    sets = [_sets(box, each, known) for each in found]
    past: dict[str, str] = {}
    lacking: set[str] = set()
    for each in filter(None, chain.from_iterable(sets)):
        keys = {same_key(one.key): one.name for one in each.recipients}
        past |= keys
        lacking |= now.keys() - keys.keys()
    return Others(
        count=sum(each.count for each in found),
        waiting=sum(each.count for each in found if each.anew_to and each.anew_to == waits_for(box, history)),
        leavers=tuple(sorted({past[key] for key in past.keys() - now.keys()})),
        newcomers=tuple(sorted({now[key] for key in lacking})),
        unknown=sum(each.count for each, some in zip(found, sets, strict=True) if None in some),
    )


def fault_of(found: Others) -> SealFault | None:
    """The fault that stands while recordings are sealed to others than the settings name."""
    if not found.count:
        return None
    told = f"{counted(found.count, 'recording is', 'recordings are')} still sealed to {_told(found)}"
    if found.waiting == found.count:
        hint = (
            "they are sealed anew, and wait for somebody to try it and say so: callbox office reseal confirm"
        )
        return SealFault("seal.sealed-to-others", f"{told}; new headers wait for all of them", hint)
    return SealFault("seal.sealed-to-others", told, HINT)


def _told(found: Others) -> str:
    if found.leavers:
        return f"a recipient who is none any more ({', '.join(found.leavers)})"
    if found.newcomers:
        return f"others than the settings name: {', '.join(found.newcomers)} cannot open them"
    return "recipients of whom nothing is known any more"


def _others(box: Box) -> list[Group]:
    """A note may be sealed to others than its recording is: both must fit."""
    present = set_of(box.settings)
    groups = seals.groups(box.catalogue)
    return [each for each in groups if {_set(box, each), each.noted_to or present} != {present}]


def _sets(box: Box, group: Group, known: Mapping[str, Settings]) -> list[Settings | None]:
    """The settings that name whom recordings, and their notes, are sealed to; `None` where that is not known."""
    found = [known.get(group.sealed_to or "") or _at_taking_in(box, group)]
    return found if group.noted_to is None else [*found, known.get(group.noted_to)]


def _set(box: Box, group: Group) -> str | None:
    if group.sealed_to is not None:
        return group.sealed_to
    settings = _at_taking_in(box, group)
    return None if settings is None else set_of(settings)


def _at_taking_in(box: Box, group: Group) -> Settings | None:
    return None if group.sealed_to is not None else box.versions.find(group.settings)


def _known(box: Box, history: History) -> Mapping[str, Settings]:
    """Settings by the set of their recipients: every version that was in force."""
    versions: Iterable[Settings | None] = (box.versions.find(each.digest) for each in history.settings)
    return {set_of(each): each for each in versions if each is not None}
