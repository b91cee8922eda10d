"""The sheets of tests/scenarios, played against the real recorder: what they say is what the office opens."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.rigs.kept import Stretch, gaps, kept
from tests.rigs.office import RATE, LineAsk, Office, desk, noise, ramp
from tests.rigs.sheet_sound import sound_of
from tests.scenarios.sheet import HEARD, Sentence, Sheet, read, seconds, sheets

DOUBT = 32
"""Seconds of silence before the sheet: a line without a hook sensor is in doubt for the first thirty."""

LONGEST = 240
"""Seconds of a sheet that are played here; longer ones are played against the machine alone."""

MACHINE_ONLY = {"missing", "disk", "crash", "arm"}
"""Sentences that other tests bring about in their own way: by taps, disks, kills, the keeper."""

LASTS = {"voice", "talks", "sounds", "rings"}
"""Sentences that go on for a while."""

SLACK = RATE // 2
"""What is heard is told to half a second here; how exactly it is heard is judged where it is heard (tests/hearing)."""

BROKEN = 0.1
"""Seconds of a timed break."""


def _end(sheet: Sheet) -> float:
    spoken = [seconds(each.words[-1]) for each in sheet.steps if each.means in LASTS]
    return max([each.at for each in sheet.steps] + spoken) + (40 if _hookless(sheet) else 8)


def _hookless(sheet: Sheet) -> bool:
    return any(each.means == "hookless" for each in sheet.given)


def _playable(path: Path) -> bool:
    sheet = read(path.read_text())
    means = {each.means for each in (*sheet.given, *sheet.steps)}
    return not means & (MACHINE_ONLY | {"not armed"}) and _end(sheet) <= LONGEST


def _heard(sheet: Sheet) -> bool:
    return any(step.means in HEARD for step in sheet.steps)


def _fed(sheet: Sheet) -> NDArray[np.int16]:
    """What a sheet says is heard; else a hooked line hears a ramp, a hookless one noise where somebody speaks."""
    total = DOUBT + _end(sheet) + 8
    if _heard(sheet):
        return sound_of(sheet.steps, total, DOUBT)
    if not _hookless(sheet):
        return ramp(total)
    fed = np.zeros(round(total * RATE), np.int16)
    for step in sheet.steps:
        if step.means == "voice":
            start, stop = (round((DOUBT + at) * RATE) for at in (step.at, seconds(step.words[0])))
            fed[start:stop] = noise(total)[start:stop]
    return fed


def _office(folder: Path, sheet: Sheet) -> Office:
    given = {each.means: each.words for each in sheet.given}
    extra = [f"look_back = {given['look-back'][0]}.0"] if "look-back" in given else []
    position = given.get("position", ("port",))[0]
    if position == "extension":
        what = "record" if given.get("unclassified", ("withheld",))[0] == "recorded" else "withhold"
        extra.append(f'unclassified = "{what}"')
    extra += ['keyed_digits = "blank"'] if "blank" in given else []
    opt_out = {"stops": "stop", "discards": "discard"}[given.get("opt-out", ("stops",))[0]]
    own = "own opt-out" in given
    desks = desk("front", "line1", opt_out=own)
    if "two desks" in given:
        desks += desk("back", "line1", opt_out=own)
    line = LineAsk(
        samples=_fed(sheet),
        hooked=not _hookless(sheet),
        position=position,
        extra="\n".join(extra),
        opt_out="none" if "no opt-out" in given else opt_out,
    )
    return Office(folder, [line], desks=desks, tail=_numbering(given))


def _numbering(given: Mapping[str, Sequence[str]]) -> str:
    """How the office numbers its telephones, as the sheet says."""
    once = {"once": "single", "twice": "double"}
    told = {
        "access": [f'access = "{word}"' for word in given.get("access", ())],
        "extensions": [f'extensions = ["{word}"]' for word in given.get("extensions", ())],
        "area": [f'area = "{word}"' for word in given.get("area", ())],
        "ring": [f'internal_ring = "{once[word]}"' for word in given.get("internal ring", ())],
    }
    exempt = [f'[[exempt]]\nnumber = "{word}"\nreason = "union"' for word in given.get("exempt", ())]
    return "\n".join(["[numbering]", *(each for lines in told.values() for each in lines), *exempt, ""])


def _do(office: Office, step: Sentence) -> None:
    match step.means, step.words:
        case "button", (where, how, which):
            button = "pause" if which == "pause" else "opt-out"
            office.press(where, f"{button} {'down' if how == 'presses' else 'up'}")
        case "cable", (where, how):
            for button in office.panels[where]._contacts._inputs:
                office.press(where, f"{button} {'unplugged' if how == 'cut' else 'up'}")
        case "lift" | "replace" | "ring" as word, _:
            office.say("line1", word)
        case "recall", _:
            office.say("line1", "replace")
            office.run(BROKEN)
            office.say("line1", "lift")
        case "class", (call_class,):
            office.say("line1", f"class {call_class}")
        case "dial", _:
            office.say("line1", "dialled 1571")  # of which nobody can tell whether it is internal
        case "answer", _:
            office.say("line1", "answered")
        case "tone", (tone,):
            office.say("line1", f"tone {tone}")
        case _:
            pass


def _play(folder: Path, sheet: Sheet) -> Office:
    office = _office(folder, sheet)
    office.run(DOUBT)
    now = 0.0
    for step in sheet.steps:
        office.run(step.at - now)
        now = step.at + (BROKEN if step.means == "recall" else 0)
        _do(office, step)
    office.run(_end(sheet) - now)
    office.finish()
    return office


def _span(words: Sequence[str]) -> Stretch:
    start, stop = (round((DOUBT + seconds(each)) * RATE) for each in words[:2])
    return start, stop


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, stop in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _covers(stretches: Sequence[Stretch], span: Stretch) -> bool:
    return any(start <= span[0] and span[1] <= stop for start, stop in stretches)


BLOCK = 1024
"""A late cut is rounded outward to whole FLAC blocks; a sheet speaks of the press."""


@pytest.mark.parametrize("path", [each for each in sheets() if _playable(each)], ids=lambda path: path.stem)
def test_the_sheet_comes_true_in_the_box(tmp_path: Path, path: Path) -> None:
    """Recorded means bit for bit in a recording that the office opens; not recorded means in none of them."""
    sheet = read(path.read_text())
    office, fed = _play(tmp_path, sheet), _fed(sheet)
    opened = office.recordings()
    held = _joined([each for one in opened for each in kept(office, one, fed)])
    silent = [each[:2] for one in opened for each in gaps(office, one)]
    cut = BLOCK if any("late cut" in each.words for each in sheet.then) else 0
    slack = SLACK if _heard(sheet) else 0
    claimed = [_span(each.words) for each in sheet.then if each.means == "recorded"]
    allowed = [(start - slack, stop + slack) for start, stop in claimed]
    for claim in sheet.then:
        match claim.means:
            case "recorded":
                start, stop = _span(claim.words)
                assert _covers(held, (start + slack, stop - cut - slack)), claim
            case "withheld":
                start, stop = _span(claim.words)
                assert not any(a < stop - slack and start + slack < b for a, b in held), claim
            case "nothing":
                assert opened == [], claim
            case "nothing else":
                assert all(_covers(allowed, each) for each in held), (held, claimed, silent)
            case "count":
                assert len(opened) == int(claim.words[0]), claim
            case _:
                assert claim.means == "refused"
                assert any(reason == "opt-out refused" for reason, _ in office.rows())


def test_most_sheets_are_played_in_the_box() -> None:
    """What is not played here is a few sheets, for the sentences named above."""
    assert sum(map(_playable, sheets())) >= 18
