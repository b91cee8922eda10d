"""Who calls, whom they call and where a call goes is heard from the line: whole calls through the recorder."""

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.rigs import spandsp
from tests.rigs.corpus import Piece, folders, pieces
from tests.rigs.decoders import needs
from tests.rigs.fresh_calls import DIAL, DIALLED, MENU, TRANSFER, Spoken, Tape, drama_number
from tests.rigs.judging import nothing_is_read, play
from tests.rigs.kept import first
from tests.rigs.keying import Manner
from tests.rigs.office import RATE, LineAsk, Office, Opened, details
from tests.rigs.speech import needs_speech
from tests.rigs.traces import never, nowhere_said

pytestmark = [needs_speech, spandsp.needs_spandsp, needs("multimon-ng")]

EXTENSION = 'unclassified = "withhold"\nkeyed_digits = "blank"'
NUMBERING = '[numbering]\naccess = "9"\nextensions = ["3xx"]\n'
EXEMPT = '[[exempt]]\nnumber = "{number}"\nreason = "helpline"\n'
BY_HAND = Manner(level=-10, on=(70, 120), off=(80, 160))
TICK = RATE // 4


def at(folder: Path, call: Spoken, tail: str = "", **ask: str) -> Office:
    """A call played to its end and settled: at an extension that withholds what nothing classed, if it is not said otherwise."""
    asked = {"position": "extension", "extra": EXTENSION} | ask
    office = Office(folder, [LineAsk(samples=call.samples, **asked)], tail=tail)  # type: ignore[arg-type]
    play(office, call.hook, len(call.samples) / RATE)
    office.finish()
    return office


def rung(seed: int, number: str | None, absent: str = "P") -> Tape:
    """A call that comes in, with its caller id, and is taken."""
    return Tape.of(seed).caller_id(number, absent, name="A CALLER").rings(1).lift().talk(6)


def dialled(seed: int, digits: str) -> Tape:
    """A call that is dialled, rings there and is answered."""
    tape = Tape.of(seed).lift().wait(0.4).tone(DIAL, 1.2).wait(0.3).key(digits, DIALLED, BY_HAND).wait(1.0)
    return tape.rings_there(2).talk(6)


def over(tape: Tape) -> Spoken:
    """Hung up, and a while for the recorder to settle."""
    return tape.replace().end(5)


def test_who_called_is_in_the_sealed_details(tmp_path: Path) -> None:
    """A caller id from outside makes the call external and incoming; his name is not kept, and no file tells the number."""
    number = drama_number(random.Random(1))
    office = at(tmp_path, over(rung(1, number)), NUMBERING)
    (only,) = office.recordings()
    assert only.details == details(caller_id=number)
    assert (only.facts["direction"], only.facts["class"]) == ("in", "external")
    assert isinstance(only.facts["bucket"], int)
    nowhere_said(office, [number, number[1:], "A CALLER"])


@pytest.mark.parametrize(("letter", "word"), [("P", "withheld"), ("O", "unavailable")])
def test_a_number_that_is_not_told_is_kept_as_such(tmp_path: Path, letter: str, word: str) -> None:
    """The details say why there is none, and there is no bucket of it; the call is external all the same."""
    office = at(tmp_path, over(rung(2, None, letter)), NUMBERING)
    (only,) = office.recordings()
    assert only.details == details(absent=word)
    assert (only.facts["direction"], only.facts["class"], only.facts["bucket"]) == ("in", "external", None)


def test_who_was_called_is_in_the_sealed_details(tmp_path: Path) -> None:
    """The digits behind the access digit class the call; the recording begins with the answer."""
    number = drama_number(random.Random(3))
    call = over(dialled(3, "9" + number))
    office = at(tmp_path, call, NUMBERING)
    (only,) = office.recordings()
    assert only.details == details(dialled="9" + number)
    assert (only.facts["direction"], only.facts["class"]) == ("out", "external")
    assert first(office, only) > call.keys[DIALLED][-1].until + RATE
    nowhere_said(office, [number])


def test_the_bucket_is_the_numbers_however_it_was_reached(tmp_path: Path) -> None:
    """Called or calling, with an access digit or from a line without one: one number has one bucket."""
    number = drama_number(random.Random(4))
    ways = [
        at(tmp_path / "in", over(rung(4, number)), NUMBERING),
        at(tmp_path / "out", over(dialled(4, "9" + number)), NUMBERING),
        at(tmp_path / "port", over(dialled(5, number)), position="port", extra=""),
    ]
    buckets = {office.recordings()[0].facts["bucket"] for office in ways}
    assert len(buckets) == 1
    assert None not in buckets


@pytest.mark.parametrize("way", ["called from inside", "dialled inside"])
def test_an_internal_call_leaves_nothing(tmp_path: Path, way: str) -> None:
    """No file, no record in the live log, no manifest: a time in the ledger, and no number in it."""
    tape = rung(6, "305") if way == "called from inside" else dialled(6, "329")
    office = at(tmp_path, over(tape), NUMBERING)
    never(office)
    assert dict(office.rows()).keys() <= {"internal", "not answered"}
    assert dict(office.rows())["internal"] > 5


@pytest.mark.parametrize(
    "way", ["calls", "is dialled", "is dialled behind the access digit", "is dialled without its area"]
)
def test_an_exempt_number_leaves_nothing(tmp_path: Path, way: str) -> None:
    """By a real caller id or real digits, at a port or an extension, however it is written in the settings."""
    number = "01632960" + f"{random.Random(7).randrange(1000):03d}"
    inside = way == "is dialled behind the access digit"
    area = '[numbering]\narea = "01632"\n'
    tail = EXEMPT.format(number=f"+44 {number[1:5]} {number[5:]}") + (NUMBERING if inside else area)
    tape = {
        "calls": lambda: rung(7, number),
        "is dialled": lambda: dialled(7, number),
        "is dialled behind the access digit": lambda: dialled(7, "9" + number),
        "is dialled without its area": lambda: dialled(7, number[5:]),
    }[way]()
    office = at(tmp_path, over(tape), tail, **({} if inside else {"position": "port", "extra": ""}))
    never(office)
    assert "exempt" in dict(office.rows())
    nowhere_said(office, [number[1:]])


def test_a_call_of_which_nothing_told_leaves_nothing_where_it_is_withheld(tmp_path: Path) -> None:
    """At an extension, lifted without a ring, a caller id or a number."""
    office = at(tmp_path, over(Tape.of(8).lift().talk(9)), NUMBERING)
    never(office)
    assert [reason for reason, _ in office.rows()] == ["unclassified"]


@pytest.mark.parametrize("tape", ["busy", "rings on", "missed"])
def test_a_call_without_a_conversation_leaves_nothing(tmp_path: Path, tape: str) -> None:
    """Busy, not answered, or rung off: no recording, and no loss."""
    number = drama_number(random.Random(9))
    line = Tape.of(9)
    match tape:
        case "busy":
            line.lift().tone(DIAL, 1.2).wait(0.3).key(number, DIALLED, BY_HAND).wait(1).busy(5).replace()
        case "rings on":
            line.lift().tone(DIAL, 1.2).wait(0.3).key(number, DIALLED, BY_HAND).wait(1).rings_there(
                4
            ).replace()
        case _:
            line.caller_id(number).rings(3)
    office = at(tmp_path, line.end(5), position="port", extra="")
    never(office)
    assert dict(office.rows()).keys() <= {"not answered", "off hook without a call"}


@pytest.mark.parametrize("position", ["extension", "port"])
def test_a_transfer_ends_the_recording_at_the_break(tmp_path: Path, position: str) -> None:
    """SHD.4: what was recorded ends where the line broke, as a complete file; what follows is accounted as transferred."""
    number = drama_number(random.Random(10))
    tape = rung(10, number).recall(100).wait(0.25).tone(DIAL, 1.5).wait(0.2).key("332", TRANSFER, BY_HAND)
    call = over(tape.wait(0.8).rings_there(1).talk(8))
    inside = {"tail": NUMBERING} if position == "extension" else {"extra": ""}
    office = at(tmp_path, call, position=position, **inside)
    (only,) = office.recordings()
    broke = call.hook[1][0] * RATE
    ends = first(office, only) + len(only.samples)
    assert abs(ends - broke) <= RATE // 100
    assert only.facts["ended"] == "recall"
    assert only.details == details(caller_id=number, transfer="332")
    assert {"recorded", "transferred"} <= dict(office.rows()).keys()
    assert dict(office.rows())["transferred"] > 8
    nothing_is_read([only])
    whole(tmp_path, only)


def whole(folder: Path, opened: Opened) -> None:
    """The stock tool finds nothing to say, MD5 and length included."""
    assert opened.kind == "finished"
    path = folder / "call.flac"
    path.write_bytes(opened.stream)
    subprocess.run(["flac", "-t", "-s", "-w", path], check=True, capture_output=True)


def test_without_a_hook_sensor_a_call_is_heard_from_end_to_end(tmp_path: Path) -> None:
    """A dialled call that ends in busy tone: number, answer and end come from the sound; no tone is kept.

    It begins after 30 s of quiet: before them a recorder that knows nothing withholds.
    """
    number = drama_number(random.Random(11))
    tape = (
        Tape.of(11).wait(32).tone(DIAL, 1.2).wait(0.3).key(number, DIALLED, BY_HAND).wait(1.0).rings_there(2)
    )
    answered = tape.now
    tape.talk(8).wait(0.5)
    ended = tape.now
    call = tape.busy(8).end(40)
    line = LineAsk(samples=call.samples, hooked=False)
    office = play(Office(tmp_path, [line]), (), len(call.samples) / RATE)
    office.finish()
    (only,) = office.recordings()
    assert only.details == details(dialled=number)
    begins, ends = first(office, only), first(office, only) + len(only.samples)
    assert answered - 1 < begins / RATE < answered + 2
    assert ended - 3 < ends / RATE < ended + 0.2
    nowhere_said(office, [number])


def test_two_sides_are_one_call(tmp_path: Path) -> None:
    """A caller id on one side, keys on the other: blanked on both, counted once."""
    number = drama_number(random.Random(12))
    tape = rung(12, number)
    near = tape.wait(1).key("4929110022", MENU, BY_HAND).wait(1).talk(5)
    call = over(near)
    far = np.random.default_rng(12).normal(0, 8, len(call.samples)).astype(np.int16)
    both = Spoken(np.stack([call.samples, far], axis=1), call.hook, call.keys)
    office = at(tmp_path, both, NUMBERING)
    (only,) = office.recordings()
    assert only.details == details(caller_id=number)
    begins = first(office, only)
    for each in call.keys[MENU]:
        assert not only.samples[each.at - begins : each.until - begins].any()


def test_the_calls_of_the_corpus(tmp_path: Path, shared_dir: Path) -> None:
    """With the hook timeline: what may be kept is kept, with its numbers; what may not leaves nothing."""
    found = [each for folder in folders(shared_dir) for each in pieces(folder, "calls")]
    assert found
    for each in found:
        office = Office(
            tmp_path / f"{each.path.parent.parent.name}-{each.name}", [asked(each)], tail=NUMBERING
        )
        play(office, [(ms / 1000, way == "off") for ms, way in each.about["hook"]], len(each.samples) / RATE)
        office.finish()
        judge(each, office)


def asked(piece: Piece) -> LineAsk:
    """An extension of an office with three-digit extensions, reached by 9, that withholds what nothing classed."""
    return LineAsk(samples=piece.samples, position="extension", extra=EXTENSION)


def judge(piece: Piece, office: Office) -> None:
    """One call against its truth."""
    about, recordings = piece.about, office.recordings()
    assert bool(recordings) is about["record"], piece.name
    if not about["record"]:
        never(office)
        return
    wanted = details(
        **{
            name: value
            for name, value in (("caller_id", about.get("peer")), ("dialled", about.get("dialled")))
            if value
        },
        **({"absent": about["absent"]} if about.get("absent") else {}),
        **({"transfer": about["transfer"]["digits"]} if about.get("transfer") else {}),
    )
    assert recordings[0].details == wanted, piece.name
    assert recordings[0].facts["direction"] == about["direction"], piece.name
    last = first(office, recordings[-1]) + len(recordings[-1].samples)
    stop = about.get("record_stop_ms") or about["hook"][-1][0]
    assert last <= (stop + 1000) * RATE // 1000, piece.name
    secret = [about.get("peer") or "", about.get("dialled") or "", piece.secret[:8]]
    nowhere_said(office, [each for each in secret if len(each) > 4] or ["00000000000"])
