"""Finding on the office's PC: candidates of every box are opened here, those that are meant are told, nothing stays."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from firmware.call.bucket import bucket_of
from firmware.faults import Refused
from firmware.office.finding import Candidate, number_judge
from firmware.recorder.numbers import Numbers
from firmware.sealing.age import Identity
from firmware.sealing.making import Making
from firmware.signal.events import Absent
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import OFFICE, SAFE, House, running
from tests.rigs.office_pc import Pc, local

NUMBER, WRITTEN = "01632960123", "+44 1632 960123"
WHY = ("--purpose", "complaint", "--ref", "C12")
BOXES = ("town-hall", "depot")


@dataclass(frozen=True)
class Two:
    """Two boxes whose keepers run, and what each has: of the number, of another in its bucket, of nobody."""

    houses: dict[str, House]
    ours: dict[str, list[str]] = field(default_factory=dict)
    decoys: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)


def call_of(house: House, numbers: Numbers) -> str:
    """A recording in the spool, with bucket and details as the recorder makes them."""
    key = (house.places.published / "bucket.key").read_bytes()
    facts = house.making(bucket=numbers.bucket(key, ""), direction=numbers.direction).facts
    to = [OFFICE.recipient(), SAFE.recipient()]
    return house.spool_finished(Making(facts, to, house.live, numbers.details()))


def decoy(house: House) -> str:
    """Another number with the same bucket."""
    key = (house.places.published / "bucket.key").read_bytes()
    wanted = bucket_of(key, NUMBER)
    others = (f"0770090{number:04}" for number in count())
    return next(each for each in others if bucket_of(key, each) == wanted)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Both boxes, taken in."""
    made = Two({name: House(tmp_path_factory.mktemp(name)) for name in BOXES})
    with ExitStack() as stack:
        for name, house in made.houses.items():
            made.ours[name] = [
                call_of(house, Numbers(caller_id=NUMBER)),
                call_of(house, Numbers(dialled=NUMBER)),
            ]
            made.decoys[name] = call_of(house, Numbers(caller_id=decoy(house)))
            made.withheld[name] = call_of(house, Numbers(absent=Absent.WITHHELD))
            stack.enter_context(running(house))
        yield made


@pytest.fixture
def pc(two: Two, tmp_path: Path) -> Pc:
    """An office's PC that knows both."""
    made = Pc(tmp_path / "office")
    made.write({name: local(house) for name, house in two.houses.items()})
    return made


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What comes by standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


Typed = Callable[[str], None]


def entries(house: House) -> int:
    """How many searches stand in the audit log of a box, refused ones too."""
    log = json.loads(house.shell("log", "--limit", "1000", "--json").stdout)
    return sum(each["what"] == "found" or each.get("verb") == "find" for each in log)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_true_ones_of_every_box_are_told_and_nothing_stays(
    two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who called and who was called; another number of the same bucket is not told, and no file has anything."""
    before = files(pc.folder)
    typed(WRITTEN)
    assert pc.run("find", *WHY) == 0
    shown = capsys.readouterr().out
    for name in BOXES:
        assert all(each in shown for each in two.ours[name])
        assert two.decoys[name] not in shown
        assert two.withheld[name] not in shown
    assert "4 of 6 candidates of 2 boxes are meant" in shown
    assert [line.split()[-1] for line in shown.splitlines() if "2026-04-01" in line].count("called") == 4
    assert files(pc.folder) == before
    for form in (NUMBER, WRITTEN, NUMBER[1:]):
        assert form not in shown


def test_a_program_reads_the_same(two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """With box, how it is meant, due day and holds; of one box where one is named, and of some days."""
    typed(NUMBER)
    assert pc.run("find", *WHY, "--box", "depot", "--json", "--from", "2026-03-02", "--to", "2026-03-02") == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["id"]: each["how"] for each in told} == dict(
        zip(two.ours["depot"], ("called", "was called"), strict=True)
    )
    assert {each["box"] for each in told} == {"depot"}
    assert NUMBER not in json.dumps(told)


def test_callers_without_a_number_are_told_with_why(
    two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard input is not asked for it."""
    typed("")
    days = ("--from", "2026-03-01", "--to", "2026-03-03")
    assert pc.run("find", *WHY, "--withheld", *days, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {(each["box"], each["id"], each["how"]) for each in told} == {
        (name, two.withheld[name], "withheld") for name in BOXES
    }


def test_a_box_that_is_away_hinders_no_other(
    two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its fault is told and is the status; the other's recordings are."""
    reach = local(two.houses["town-hall"])
    pc.write({"town-hall": reach, "gone": (*reach[:-1], "/nowhere/keeper.sock")})
    typed(NUMBER)
    assert pc.run("find", *WHY) == 5
    captured = capsys.readouterr()
    assert "2 of 3 candidates of 1 box are meant" in captured.out
    assert "vault.keeper-absent" in captured.err


def test_what_does_not_open_is_counted(
    two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a key that none was sealed to nothing can be told, and that is said."""
    pc.write({name: local(house) for name, house in two.houses.items()}, Identity.generate())
    typed(NUMBER)
    assert pc.run("find", *WHY) == 0
    shown = capsys.readouterr().out
    assert "0 of 6 candidates" in shown
    assert "6 of them do not open with the keys here" in shown


@pytest.mark.parametrize(
    "words", [(NUMBER,), (NUMBER[1:],), ("--number", WRITTEN), (f"--number={NUMBER}",), ("--line", NUMBER)]
)
def test_a_number_is_no_argument_here_either(
    pc: Pc, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused before anything is read or asked, and not repeated."""
    with pytest.raises(Refused) as refusal:
        pc.run("find", *WHY, *words)
    assert "960123" not in str(refusal.value)
    assert "960123" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("text", ["", "7", "\N{GRINNING FACE}", "x" * 10_000_000, f"{NUMBER}\n{NUMBER}"])
def test_what_is_no_number_is_asked_of_no_box(two: Two, pc: Pc, typed: Typed, text: str) -> None:
    """Refused here, without being told."""
    before = [entries(house) for house in two.houses.values()]
    typed(text)
    with pytest.raises(Refused) as refusal:
        pc.run("find", *WHY)
    assert not text or text not in str(refusal.value)
    assert [entries(house) for house in two.houses.values()] == before


def test_a_note_is_written_read_and_found_by_its_subject(
    two: Two, pc: Pc, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sealed on the box, opened here; its commitment is the log's; who it is about is found on every box."""
    recording = f"depot/{two.decoys['depot']}"
    typed("Ada Byron\nrang about her roof")
    assert pc.run("note", recording, "--subject", "--ref", "C99") == 0
    assert "sealed to office, safe" in capsys.readouterr().out
    assert pc.run("notes", recording, *WHY) == 0
    shown = capsys.readouterr().out
    assert "case C99:\nabout Ada Byron\nrang about her roof" in shown
    assert pc.run("notes", recording, *WHY, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    log = json.loads(two.houses["depot"].shell("log", "--id", two.decoys["depot"], "--json").stdout)
    assert told["text_commitment"] in [each.get("text_commitment") for each in log if each["what"] == "noted"]
    for name, meant in (("ada  byron", 1), ("Charles Babbage", 0)):
        typed(name)
        assert pc.run("find", *WHY, "--subject", "--json") == 0
        assert [each["id"] for each in json.loads(capsys.readouterr().out)] == [two.decoys["depot"]][:meant]


def test_a_note_needs_something_to_be_found_by(pc: Pc, two: Two) -> None:
    """Neither case nor subject is refused before the text is read."""
    with pytest.raises(Refused, match="--ref CASE or --subject"):
        pc.run("note", f"depot/{two.decoys['depot']}")


@pytest.mark.parametrize(
    ("details", "access", "area", "how"),
    [
        ({"dialled": "901632960123"}, "9", "", "was called"),
        ({"dialled": "901632960123"}, "", "", None),
        ({"dialled": "9960123"}, "9", "01632", "was called"),
        ({"dialled": "960123"}, "", "01633", None),
        ({"caller_id": "441632960123"}, "", "", "called"),
        ({"caller_id": "01632960124"}, "", "", None),
        ({"caller_id": "01632960124", "transfer": NUMBER}, "", "", None),
        ({}, "", "01632", None),
    ],
)
def test_a_number_is_compared_as_its_line_dialled(
    details: dict[str, str], access: str, area: str, how: str | None
) -> None:
    """With the access digit before it, without the area code, with the country's; a transfer is not who called."""
    one = Candidate("box", 0, (), (), access, area, shut=False, content={})
    told = {"caller_id": None, "dialled": None, **details}
    assert number_judge(NUMBER)(one, Fields("details", told)) == how
