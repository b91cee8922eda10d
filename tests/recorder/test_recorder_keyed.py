"""Digits keyed in a call are in nothing that is stored, though nobody pressed a button: whole calls through the recorder."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from tests.rigs import spandsp
from tests.rigs.corpus import folders, pieces
from tests.rigs.decoders import keys_given_away, multimon_digits, needs
from tests.rigs.fresh_calls import CARD, DIAL, DIALLED, MENU, PLAIN, Spoken, Tape, card_number, drama_number
from tests.rigs.judging import KEYED, blanked, given_away, nothing_is_read, play
from tests.rigs.kept import first
from tests.rigs.keying import Manner
from tests.rigs.office import RATE, LineAsk, Office, Opened, desk, details
from tests.rigs.speech import needs_speech
from tests.rigs.traces import log_sound, nowhere_said

pytestmark = [needs_speech, spandsp.needs_spandsp, needs("multimon-ng")]

BLANK = 'keyed_digits = "blank"'
KEEP = 'keyed_digits = "keep"'
ASTRAY = 0.5
"""Seconds of words beside a key that may go with it: what follows a key is taken for one sooner."""

CHANCE = 3
"""Of at most 30 digits the fit names by chance 2 (1 in 16); three standard deviations more would be 6."""

MANNERS = {
    "plain": (PLAIN, -20.0),
    "loud": (Manner(level=-2, twist=3, on=(45, 70), off=(45, 70)), -20.0),
    "quiet": (Manner(level=-42, on=(60, 140), off=(60, 140)), -20.0),
    "high tones louder": (Manner(level=-18, twist=6, on=(50, 90), off=(40, 60), shift=0.012), -26.0),
    "by hand": (Manner(level=-14, twist=-3, on=(80, 300), off=(120, 700)), -20.0),
}


def recorded(tmp_path: Path, call: Spoken, *, desks: str = "", **ask: str) -> Office:
    """A fresh call, played to its end on a line that blanks keys if it is not said otherwise."""
    line = LineAsk(samples=call.samples, **{"extra": BLANK} | ask)  # type: ignore[arg-type]
    office = play(Office(tmp_path, [line], desks=desks), call.hook, len(call.samples) / RATE)
    office.finish()
    assert office.told()["live"]["tainted"] is None, "a key was sealed, and cut afterwards"
    return office


def paid_by_card(seed: int, manner: str = "plain", *, under_speech: bool = False) -> Spoken:
    """Somebody calls, speaks, keys a card's number, expiry and code, and speaks on."""
    dice = random.Random(seed)
    how, level = MANNERS[manner]
    tape = Tape.of(seed, level).caller_id(drama_number(dice)).rings(1).lift().talk(4)
    for digits in (card_number(dice), card_number(dice)[:4], card_number(dice)[:3]):
        tape.key(digits, CARD, how, under_speech=under_speech).wait(1.2)
    return tape.talk(5).replace().end(4)


@pytest.mark.parametrize("manner", MANNERS)
def test_card_digits_are_in_no_recording(tmp_path: Path, manner: str) -> None:
    """However they are keyed, no judge reads one in what was stored, and one who knows each digit's place is at chance."""
    call = paid_by_card(hash_of(manner), manner)
    office = recorded(tmp_path, call)
    (only,) = office.recordings()
    assert keys_given_away(call.samples, call.places) > 20, "the fit must find what is there"
    right, inside = given_away(office, only, call.places)
    assert inside == 23
    assert right <= CHANCE
    nothing_is_read([only])
    assert only.facts["ended"] == "on hook"
    assert conversation_is_kept(only)


def hash_of(text: str) -> int:
    """The same seed in every process."""
    return sum(text.encode())


def conversation_is_kept(only: Opened) -> bool:
    """Nearly all of the words before the digits is there; after them card mode lasts as long as it doubts."""
    words = only.samples[: 2 * RATE, 0]
    return bool((words != 0).mean() > 0.8 and np.abs(words).max() > 500)


def test_card_digits_under_speech_are_in_no_recording(tmp_path: Path) -> None:
    """While the far end speaks on, card mode takes the speech with them."""
    call = paid_by_card(5, under_speech=True)
    office = recorded(tmp_path, call)
    (only,) = office.recordings()
    right, inside = given_away(office, only, call.places)
    assert (inside, right <= CHANCE) == (23, True)
    nothing_is_read([only])


def test_the_judges_read_what_is_not_blanked(tmp_path: Path) -> None:
    """On a line that keeps keys every judge reads them in the recording: the tests above can fail."""
    call = paid_by_card(6)
    office = recorded(tmp_path, call, extra=KEEP)
    (only,) = office.recordings()
    right, inside = given_away(office, only, call.places)
    assert right == inside == 23
    side = np.ascontiguousarray(only.samples[:, 0])
    assert len(spandsp.read_greedily(side)) > 18
    assert len(multimon_digits(side)) > 18
    assert only.gaps == []


def test_gaps_tell_how_many_keys_and_never_which(tmp_path: Path) -> None:
    """The manifest's facts, the stream's tags and the ledger agree on when, how long and how many."""
    call = paid_by_card(7)
    office = recorded(tmp_path, call)
    (only,) = office.recordings()
    told = only.facts["gaps"]
    assert isinstance(told, list)
    assert {gap["reason"] for gap in told} <= set(KEYED)
    entered = [gap for gap in told if gap["reason"] == "card entry"]
    assert 16 <= sum(gap["keys"] for gap in entered) <= 23
    assert f"card entry, {entered[0]['keys']} keys".encode() in only.stream
    for reason in KEYED:
        seconds = sum(gap["to"] - gap["from"] for gap in told if gap["reason"] == reason) / RATE
        rows = [row for row in office.coverage() if row["reason"] == reason]
        assert sum(float(str(row["duration_ns"])) for row in rows) / 1e9 == pytest.approx(seconds, abs=1e-6)
        assert len(rows) <= 1 + len(call.samples) // (60 * RATE)


def test_lone_keys_leave_short_gaps(tmp_path: Path) -> None:
    """A menu's keys, seconds apart, take half a second of the conversation with them each, and no card was entered."""
    tape = Tape.of(8).caller_id("01632960008").lift().talk(3)
    for digit in "2714":
        tape.wait(0.3).key(digit, MENU, PLAIN).wait(0.3).talk(7)
    call = tape.replace().end(4)
    office = recorded(tmp_path, call)
    (only,) = office.recordings()
    assert {reason for _, _, reason in only.gaps} == {"keyed digits"}
    mask = blanked(office, only)
    for each in call.keys[MENU]:
        assert mask[each.at : each.until].all()
        mask[each.at : each.until] = False
    assert mask.sum() <= 4 * ASTRAY * RATE
    nothing_is_read([only])


def test_a_dialled_number_is_in_the_details_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Dialling is never recorded; the office opens the number, and no file, record, line of log or coverage has it."""
    dice = random.Random(9)
    number, card = drama_number(dice), card_number(dice)
    tape = Tape.of(9).lift().wait(0.5).tone(DIAL, 1.2).wait(0.3).key(number, DIALLED, PLAIN).wait(1.5)
    tape.rings_there(2).talk(6).wait(0.4).key("2", MENU, PLAIN).wait(2).talk(3).key(card, CARD, PLAIN).talk(5)
    call = tape.replace().end(4)
    office = recorded(tmp_path, call)
    (only,) = office.recordings()
    assert only.details == details(dialled=number)
    assert only.facts["direction"] == "out"
    assert isinstance(only.facts["bucket"], int)
    assert first(office, only) > call.keys[DIALLED][-1].until
    nothing_is_read([only])
    nowhere_said(office, [number, number[1:], card, card[:6]], str(capfd.readouterr()) + caplog.text)
    assert number not in json.dumps(office.coverage())


def test_not_even_the_live_log_has_a_digit(tmp_path: Path) -> None:
    """Who has the disk, the live key and the office's key finds no digit in what was committed while the call went on."""
    call = paid_by_card(10)
    line = LineAsk(samples=call.samples, extra=BLANK)
    office = play(Office(tmp_path, [line]), call.hook[:1], call.hook[1][0])
    (sound,) = log_sound(office).values()
    assert len(sound) > 12 * RATE
    begins = call.hook[0][0] * RATE
    places = [(at - round(begins), until - round(begins), key) for at, until, key in call.places]
    inside = [each for each in places if each[1] <= len(sound)]
    assert len(inside) >= 20
    assert keys_given_away(sound, inside) <= CHANCE
    assert spandsp.read_greedily(sound) == "" == multimon_digits(sound)
    office.recorder.stop()


def test_a_crash_while_a_card_is_keyed_leaves_no_digit(tmp_path: Path) -> None:
    """The salvaged recording is as silent as a finished one; no second is lost or told twice, and keys are pooled."""
    call = paid_by_card(13)
    office = Office(tmp_path, [LineAsk(samples=call.samples, extra=BLANK)])
    last = call.keys[CARD][-4].until / RATE
    play(office, call.hook[:1], last + 2.5)
    office.crash()
    office.restart(lifted=["line1"])
    office.run(call.hook[1][0] - office.position / RATE)
    office.say("line1", "replace")
    office.finish()
    cut, rest = office.recordings()
    assert (cut.kind, rest.kind) == ("cut", "finished")
    for opened in (cut, rest):
        right, inside = given_away(office, opened, call.places)
        assert right <= max(1, inside // 6)
    nothing_is_read([cut, rest])
    entered = [gap for gap in cut.facts["gaps"] if gap["reason"] == "card entry"]  # type: ignore[attr-defined]
    assert 12 <= sum(gap.get("keys", 0) for gap in entered) <= 20
    accounted_once(office, call.hook[0][0])


def accounted_once(office: Office, lifted: float) -> None:
    """Rows follow one another from the lift to the hang-up, and a minute has one of each kind of key."""
    rows = [row for row in office.coverage() if "instead" not in row]
    at = office.started + round(lifted * 1e9)
    for row in rows:
        began = row["began"]["boottime_ns"]  # type: ignore[index]
        assert abs(began - at) < 2_000_000, row["reason"]
        at = began + row["duration_ns"]
    for reason in KEYED:
        assert sum(row["reason"] == reason for row in rows) <= 2


def test_spoken_and_keyed_digits_of_a_paused_call_are_nowhere(tmp_path: Path) -> None:
    """The button takes what is spoken, and what is keyed goes by itself, before, in and after the pause."""
    call = paid_by_card(11)
    line = LineAsk(samples=call.samples, extra=BLANK)
    office = Office(tmp_path, [line], desks=desk("front", "line1"))
    lifted, over = (at for at, _ in call.hook)
    play(office, call.hook[:1], lifted + 5)
    office.tap_once("front")
    pressed = office.position
    office.run(5)
    office.tap_once("front")
    office.run(over - office.position / RATE)
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    right, inside = given_away(office, only, call.places)
    assert (inside, right <= CHANCE) == (23, True)
    nothing_is_read([only])
    mask = blanked(office, only, ("paused",))
    assert mask[pressed - RATE : pressed + 4 * RATE].all()


def test_a_late_cut_over_keys_is_accounted_for_once(tmp_path: Path) -> None:
    """What was recorded between keys and is cut afterwards is as long in the ledger as in the recording."""
    call = paid_by_card(12)
    office = Office(tmp_path, [LineAsk(samples=call.samples, extra=BLANK)], desks=desk("front", "line1"))
    play(office, call.hook[:1], call.hook[1][0] - 1)
    office.press("front", "pause down")
    office.run(2.3)
    office.press("front", "pause up")
    office.run(2)
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    assert {reason for _, _, reason in only.gaps} == {"late cut", "paused"}
    rows = office.coverage()
    off_hook = sum(seconds(row) for row in rows if "instead" not in row)
    lengths = {
        reason: sum(seconds(row) for row in rows if row["reason"] == reason)
        for reason in ("late cut", *KEYED)
    }
    recorded_before = sum(seconds(row) for row in rows if row["reason"] == "recorded")
    put_right = sum(seconds(row) for row in rows if row.get("instead") == "recorded")
    assert put_right == pytest.approx(recorded_before, abs=1e-6)
    assert off_hook == pytest.approx(office.position / RATE - call.hook[0][0] - 4, abs=0.3)
    assert lengths["late cut"] > 2


def seconds(row: dict[str, object]) -> float:
    return int(str(row["duration_ns"])) / 1e9


def test_secret_digits_of_the_corpus_are_in_no_recording(tmp_path: Path, shared_dir: Path) -> None:
    """Every call of every corpus in which digits are secret, through the recorder, by all three judges."""
    found = [each for folder in folders(shared_dir) for each in pieces(folder, "calls") if each.secret]
    assert found
    for each in found:
        office = Office(
            tmp_path / f"{each.path.parent.parent.name}-{each.name}",
            [LineAsk(samples=each.samples, extra=BLANK)],
        )
        hook = [(at / 1000, way == "off") for at, way in each.about["hook"]]
        play(office, hook, len(each.samples) / RATE)
        office.finish()
        recordings = office.recordings()
        assert recordings, each.name
        nothing_is_read(recordings)
        places = [(digit.at, digit.until, digit.digit) for digit in each.digits]
        named = [given_away(office, one, places) for one in recordings]
        assert sum(inside for _, inside in named) >= len(each.secret), each.name
        assert sum(right for right, _ in named) <= 2 + len(places) // 8, each.name
        nowhere_said(
            office, [each.secret[:8], str(each.about.get("dialled") or ""), str(each.about.get("peer") or "")]
        )
