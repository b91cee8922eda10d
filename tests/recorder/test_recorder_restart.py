"""A restart forgets nothing it promised: pause, opt-out, doubt, arming, class; and every second is accounted for."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.rigs.kept import first, kept
from tests.rigs.office import RATE, LineAsk, Office, desk, talk

ONE = ("line1",)
QUIET = 32
"""A line without a hook sensor is in doubt until it was silent for 30 s."""

FED = np.concatenate([np.zeros(QUIET * RATE, np.int16), talk(120)])
LIFTED = (QUIET + 1) * RATE


def office_of(folder: Path, *, hooked: bool = True, **more: str) -> Office:
    """One line and one desk with both buttons."""
    office = Office(
        folder, [LineAsk(samples=FED, hooked=hooked, **more)], desks=desk("front", "line1", opt_out=True)
    )
    office.run(QUIET)
    return office


def go_down(office: Office, how: str) -> None:
    """Stop cleanly, or as `kill -9` would."""
    office.recorder.stop() if how == "stop" else office.crash()


def lengths(office: Office) -> dict[str, float]:
    """Seconds by reason, over all rows."""
    out: dict[str, float] = {}
    for reason, seconds in office.rows():
        out[reason] = round(out.get(reason, 0) + seconds, 3)
    return out


def no_overlap(office: Office, off_hook: Sequence[tuple[int, int]]) -> None:
    """Every position off the hook is accounted for exactly once."""
    rows = [row for row in office.coverage() if "instead" not in row]
    spans = []
    for row in rows:
        began = row["began"]
        assert isinstance(began, dict)
        start = round((began["boottime_ns"] - office.started) * RATE / 1e9)
        spans.append((start, start + round(int(str(row["duration_ns"])) * RATE / 1e9)))
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if joined and abs(start - joined[-1][1]) <= 2:
            joined[-1] = (joined[-1][0], stop)
        elif stop > start:
            joined.append((start, stop))
    assert len(joined) == len(off_hook), (joined, off_hook)
    for seen, true in zip(joined, off_hook, strict=True):
        assert abs(seen[0] - true[0]) <= 0.7 * RATE, (joined, off_hook)
        assert abs(seen[1] - true[1]) <= 0.7 * RATE, (joined, off_hook)


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_a_call_that_is_recorded_goes_on_under_its_call_id(tmp_path: Path, how: str) -> None:
    """What was committed opens, what follows is another recording of the same call, the time between is lost."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(10)
    down = office.position
    go_down(office, how)
    office.restart(0.5, ONE)
    again = office.position
    office.run(8)
    over = office.position
    office.say("line1", "replace")
    office.finish()
    one, two = office.recordings()
    assert one.facts["call"] == two.facts["call"]
    assert one.kind == ("finished" if how == "stop" else "cut")
    assert kept(office, two, FED)[0][0] >= again
    samples = one.facts["samples"]
    assert isinstance(samples, int)
    assert first(office, one) + samples >= down - (0 if how == "stop" else 3 * RATE)
    assert lengths(office)["lost: restarted"] >= 0.5
    no_overlap(office, [(LIFTED, over)])


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("hooked", [True, False])
def test_what_was_paused_stays_paused(tmp_path: Path, how: str, hooked: bool) -> None:
    """No sample from the press on is recorded, before or after the restart, until a resume."""
    office = office_of(tmp_path, hooked=hooked)
    office.run(1)
    if hooked:
        office.say("line1", "lift")
    office.run(9)
    office.tap_once("front")
    office.run(3)
    go_down(office, how)
    office.restart(0.5, ONE if hooked else ())
    office.run(1)
    assert office.lamps() == {"line1": "PAUSED"}
    office.run(5)
    office.tap_once("front")
    resumed = office.position
    office.run(6)
    office.finish()
    one, two = office.recordings()
    assert one.facts["call"] == two.facts["call"]
    assert kept(office, two, FED)[0][0] >= resumed
    assert "paused" in lengths(office)


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("choice", ["stop", "discard"])
def test_who_opted_out_is_not_recorded_after_it(tmp_path: Path, how: str, choice: str) -> None:
    """An opt-out outlives the restart and ends with the call."""
    office = office_of(tmp_path, opt_out=choice)
    office.run(1)
    office.say("line1", "lift")
    office.run(9)
    office.press("front", "opt-out down")
    office.run(2)
    go_down(office, how)
    office.restart(0.5, ONE)
    office.run(6)
    assert office.lamps() == {"line1": "OPTED_OUT"}
    office.say("line1", "replace")
    office.run(1)
    office.press("front", "opt-out up")
    office.say("line1", "lift")
    lifted = office.position
    office.run(6)
    office.finish()
    after = [each for each in office.recordings() if first(office, each) >= lifted]
    before = [each for each in office.recordings() if first(office, each) < lifted]
    assert len(after) == 1
    assert len(before) == (1 if choice == "stop" else 0)
    assert "opted out" in lengths(office)


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_an_undecided_call_stays_withheld(tmp_path: Path, how: str) -> None:
    """What was not classed before the restart cannot be known after it: nothing is recorded until on hook."""
    office = office_of(tmp_path, position="extension", extra='unclassified = "record"\nlook_back = 10.0')
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    went = office.position
    go_down(office, how)
    office.restart(0.5, ONE)
    office.run(20)
    assert office.notes()["reason"] == "lost: restarted"
    office.say("line1", "replace")
    office.finish()
    assert all(first(office, each) < went for each in office.recordings())
    assert len(office.recordings()) == (1 if how == "stop" else 0)


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_an_internal_call_stays_internal(tmp_path: Path, how: str) -> None:
    """Not a byte of it, before or after."""
    office = office_of(tmp_path, position="extension", extra='unclassified = "record"')
    office.run(1)
    office.say("line1", "lift")
    office.say("line1", "class internal")
    office.run(5)
    go_down(office, how)
    office.restart(0.5, ONE)
    office.run(5)
    assert office.notes()["reason"] == "internal"
    over = office.position
    office.say("line1", "replace")
    office.finish()
    assert office.recordings() == []
    no_overlap(office, [(LIFTED, over)])


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("button", ["pause", "opt-out"])
def test_an_armed_desk_stays_armed(tmp_path: Path, how: str, button: str) -> None:
    """A press while idle is a promise of 60 s: the next call begins withheld, restart or not."""
    office = office_of(tmp_path)
    office.run(1)
    office.press("front", f"{button} down")
    office.run(0.2)
    office.press("front", f"{button} up")
    office.run(1)
    assert office.told()["desks"]["front"] == ["DARK", "ARMED"]
    go_down(office, how)
    office.restart(12)
    office.run(1)
    assert office.told()["desks"]["front"] == ["DARK", "ARMED"]
    office.say("line1", "lift")
    office.run(6)
    assert office.lamps() == {"line1": "PAUSED" if button == "pause" else "OPTED_OUT"}
    office.finish()
    assert office.recordings() == []


def test_arming_is_written_before_the_lamp_shows_it(tmp_path: Path) -> None:
    """A crash right after the press finds the desk armed."""
    office = office_of(tmp_path)
    office.run(1)
    office.press("front", "pause down")
    office.crash()
    office.restart(0.5)
    office.run(1)
    office.say("line1", "lift")
    office.run(4)
    office.finish()
    assert office.recordings() == []


def test_arming_expires_over_a_restart_too(tmp_path: Path) -> None:
    """Sixty seconds after the press a call is recorded as any other."""
    office = office_of(tmp_path)
    office.run(1)
    office.tap_once("front")
    office.crash()
    office.restart(62)
    office.run(1)
    office.say("line1", "lift")
    office.run(6)
    office.finish()
    assert len(office.recordings()) == 1


@pytest.mark.parametrize("hooked", [True, False])
def test_a_note_that_is_too_old_is_not_relied_on(tmp_path: Path, hooked: bool) -> None:
    """After more than 10 s the line is withheld until it was on hook once, or quiet for 30 s."""
    office = office_of(tmp_path, hooked=hooked)
    office.run(1)
    if hooked:
        office.say("line1", "lift")
    office.run(9)
    went = office.position
    office.crash()
    office.restart(11, ONE if hooked else ())
    office.run(20)
    assert office.notes()["reason"] == "lost: restarted"
    assert office.lamps() == {"line1": "FAULT"}
    office.finish()
    assert all(first(office, each) < went for each in office.recordings())


def test_a_note_of_another_boot_is_not_relied_on(tmp_path: Path) -> None:
    """A phone found off hook after a power cut is withheld until it has been on hook once."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(9)
    went = office.position
    office.crash()
    office.clock.boot_id = "another"
    office.restart(1, ONE)
    office.run(10)
    assert office.notes()["reason"] == "lost: restarted"
    office.say("line1", "replace")
    office.run(2)
    office.say("line1", "lift")
    lifted = office.position
    office.run(5)
    office.finish()
    begun = [first(office, each) for each in office.recordings()]
    assert len(begun) == 2
    assert all(at < went or at == lifted for at in begun)


def test_a_call_that_ended_while_away_lends_its_id_to_no_other(tmp_path: Path) -> None:
    """Hung up during the absence: the next call is another call."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(9)
    office.crash()
    office.restart(0.5)
    office.run(5)
    office.say("line1", "lift")
    office.run(5)
    office.finish()
    one, two = office.recordings()
    assert one.facts["call"] != two.facts["call"]


def test_a_loss_begins_no_earlier_than_the_call(tmp_path: Path) -> None:
    """An hour on the hook before the crash is not called lost."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    office.say("line1", "replace")
    office.run(20)
    office.say("line1", "lift")
    second = office.position
    office.run(3)
    office.crash()
    office.restart(0.5, ONE)
    office.run(5)
    over = office.position
    office.say("line1", "replace")
    office.finish()
    no_overlap(office, [(LIFTED, LIFTED + 5 * RATE), (second, over)])


def test_a_call_that_ended_just_before_the_crash_is_accounted_for(tmp_path: Path) -> None:
    """Its last rows were not handed over yet: what the live log holds of it was recorded."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(7)
    over = office.position
    office.say("line1", "replace")
    office.run(0.75)
    office.crash()
    office.restart(0.5)
    office.run(5)
    office.finish()
    assert len(office.recordings()) == 1
    no_overlap(office, [(LIFTED, over)])


def test_a_cut_late_stays_announced_until_the_keeper_rotates(tmp_path: Path) -> None:
    """The live log still holds what was cut: the taint outlives the restart."""
    office = office_of(tmp_path, opt_out="discard")
    office.run(1)
    office.say("line1", "lift")
    office.run(9)
    office.press("front", "opt-out down")
    office.run(1)
    assert office.told()["live"]["tainted"] == 1
    office.crash()
    office.restart(0.5, ONE)
    office.run(1)
    assert office.told()["live"]["tainted"] == 1
    office.finish()


def test_unreadable_notes_withhold(tmp_path: Path) -> None:
    """Torn or foreign notes are no notes."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(5)
    for torn in (
        "",
        "{",
        json.dumps({"format": 99}),
        json.dumps({"format": 1, "lines": {"line1": {}}, "at": {}}),
    ):
        office.crash()
        (tmp_path / "data" / "run" / "lines").write_text(torn)
        office.restart(0.5, ONE)
        office.run(2)
        assert office.notes()["reason"] == "lost: restarted"
    office.finish()


def test_the_salvaged_part_opens_and_holds_what_was_said(tmp_path: Path) -> None:
    """The parts of a cut recording joined are one FLAC stream of the samples that were fed."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    office.run(12)
    office.crash()
    office.restart(0.5, ONE)
    office.finish()
    cut = next(each for each in office.recordings() if each.kind == "cut")
    with soundfile.SoundFile(io.BytesIO(cut.stream)) as file:
        heard = file.read(8 * RATE, dtype="int16")
    assert np.array_equal(heard, FED[LIFTED : LIFTED + 8 * RATE])


def test_calls_shortly_before_a_crash_are_accounted_for(tmp_path: Path) -> None:
    """One is finished, one was withheld, a third goes on: the ledger has all of them."""
    office = office_of(tmp_path)
    office.run(1)
    spans = []
    for press in (False, True, False):
        office.say("line1", "lift")
        lifted = office.position
        if press:
            office.tap_once("front")
        office.run(2)
        spans.append((lifted, office.position))
        office.say("line1", "replace")
        office.run(2.5)
    office.say("line1", "lift")
    last = office.position
    office.run(0.5)
    office.crash()
    office.restart(0.5, ONE)
    office.run(3)
    over = office.position
    office.say("line1", "replace")
    office.finish()
    no_overlap(office, [*spans, (last, over)])


@pytest.mark.parametrize("look_back", ["0.0", "2.0", "10.0"])
def test_no_recording_is_decided_before_its_rows_are_handed_on(tmp_path: Path, look_back: str) -> None:
    """Whenever the spool shows a recording, its coverage lies there too: no crash comes between."""
    office = office_of(tmp_path, extra=f"look_back = {look_back}")
    office.run(1)
    office.say("line1", "lift")
    office.run(6)
    office.say("line1", "replace")
    seen = 0
    for _ in range(60):
        office.run(0.25)
        if [path for path in (office.data / "spool").glob("*.json") if "coverage" not in path.name]:
            assert office.rows() == [("recorded", 6.0)]
            seen += 1
    assert seen
    office.recorder.stop()


def test_a_short_call_before_the_one_that_crashed_is_accounted_for(tmp_path: Path) -> None:
    """Lifted, put down and lifted again within moments: what of the first was not handed on yet is lost: restarted."""
    office = office_of(tmp_path)
    office.run(1)
    office.say("line1", "lift")
    first = office.clock.stamp().boottime_ns
    office.run(1.3)
    office.say("line1", "replace")
    office.run(0.8)
    office.say("line1", "lift")
    second = office.clock.stamp().boottime_ns
    office.run(0.3)
    office.crash()
    office.restart(0.5, ONE)
    office.run(3)
    office.say("line1", "replace")
    office.finish()
    spans = [
        (row["began"]["boottime_ns"], row["began"]["boottime_ns"] + row["duration_ns"], row["reason"])  # type: ignore[index,operator]
        for row in office.coverage()
    ]
    early = [each for each in spans if each[0] < second]
    assert {each[2] for each in early} == {"lost: restarted"}
    believed = 0.45e9  # a hook is believed replaced only 0.4 s after, and a tick is a quarter of a second
    assert 1.3e9 <= sum(stop - start for start, stop, _ in early) <= 1.3e9 + believed
    assert min(start for start, _, _ in early) == pytest.approx(first, abs=0.3e9)
