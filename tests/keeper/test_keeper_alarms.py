"""Open faults are alarms: they have an age, may be acknowledged, come back where they must, and leave a trace."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.cell.file_cell import FileCell
from firmware.audit.log import AuditLog
from firmware.clock import ClockState, GivenClock
from firmware.faults import Refused
from firmware.keeper.alarm import Seen
from firmware.keeper.alarms import NAME, Alarms
from firmware.keeper.door import Person
from firmware.keeper.history import History
from firmware.recorder.grave import Grave, Keepers
from firmware.vault import sealed_file
from firmware.vault.reading import Fields
from firmware.vault.table import KeyTable
from tests.keeper.keeper_rig import MORNING, House, Keeping, running

ANNA = Person("anna", 1000)
CARD = ("device.card-gone", "tap card", "card Tap1 of tap card is gone")
HUM = ("device.line-hums", "line line1", "line line1 hums at -41 dBm0")
OPENED, CLOSED, KNOWN = "fault opened", "fault closed", "fault acknowledged"
REASON = "Tap1 is in the post until Monday, says Bob"
DAY_S = 86_400


def clock_of(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def note(house: House, *faults: tuple[str, str, str], extent: int = 0) -> None:
    """What the recorder says is wrong: code, what it is about, message."""
    told = [
        {"code": code, "about": about, "message": message, "hint": "look", "extent": extent}
        for code, about, message in faults
    ]
    house.write_lines(1, faults=told)


def later(house: House, keeping: Keeping, seconds: float, *faults: tuple[str, str, str]) -> None:
    """Time goes by, the recorder has these faults, the keeper takes a turn."""
    clock_of(house).advance(seconds)
    note(house, *faults)
    keeping.turn()


def ask(keeping: Keeping, verb: str, **fields: object) -> dict[str, Any]:
    request = Fields("request", {"verb": verb, **fields})
    return dict(keeping.keeper._verbs.answer(ANNA, request).content)


def of(keeping: Keeping, code: str) -> dict[str, Any]:
    """The open alarm of a code, as whoever asks is told."""
    (found,) = [each for each in ask(keeping, "status")["alarms"] if each["code"] == code]
    return dict(found)


def about(keeping: Keeping, code: str) -> list[str]:
    """What the audit log says of one fault, in order."""
    return [each["what"] for each in keeping.box.log.entries() if each.get("code") == code]


def published(house: House) -> dict[str, Any]:
    """The file that the recorder reads."""
    return dict(json.loads((house.places.run / "faults").read_text()))


def test_keeper_and_recorder_make_one_list_with_ages_and_owners(house: House) -> None:
    """Each fault says since when it stands, what it is about and who acts; the age goes on while the message changes."""
    with house.keeper() as keeping:
        later(house, keeping, 0, HUM)
        since = house.clock.stamp().wall_ns
        later(house, keeping, 90, ("device.line-hums", "line line1", "line line1 hums at -38 dBm0"))
        hum = of(keeping, "device.line-hums")
        assert (hum["message"], hum["since_wall_ns"]) == ("line line1 hums at -38 dBm0", since)
        assert (hum["subject"], hum["owner"], hum["by"]) == (
            "line line1",
            "whoever looks after plugs and lines",
            "recorder",
        )
        unproved = of(keeping, "seal.nobody-proved")
        assert (unproved["by"], unproved["concerns"], unproved["state"]) == ("keeper", "loss", "open")


def test_what_opens_and_closes_is_entered_and_what_flickers_is_entered_once(house: House) -> None:
    """Half a minute until it is entered as opened, ten minutes until it is entered as closed; flicker adds nothing."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        assert about(keeping, CARD[0]) == []
        for _ in range(100):
            later(house, keeping, 20)
            later(house, keeping, 20, CARD)
        assert about(keeping, CARD[0]) == [OPENED]
        later(house, keeping, 1)
        assert CARD[0] not in [each["code"] for each in ask(keeping, "status")["alarms"]]
        later(house, keeping, 599)
        assert about(keeping, CARD[0]) == [OPENED]
        later(house, keeping, 1)
        assert about(keeping, CARD[0]) == [OPENED, CLOSED]
        told = ask(keeping, "history")["entries"]
        assert [(each["what"], each["subject"]) for each in told if each["code"] == CARD[0]] == [
            (CLOSED, "tap card"),
            (OPENED, "tap card"),
        ]
        assert len(ask(keeping, "history", limit=1)["entries"]) == 1
    with house.keeper() as keeping:
        assert ask(keeping, "history")["entries"] == told


def test_an_acknowledged_fault_stays_in_sight_and_off_the_lamp(house: House) -> None:
    """Who, when, until and why are shown; the log commits to the reason, whose text ends with the alarm."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        assert ask(keeping, "ack", fault=CARD[0], reason=REASON)["alarms"][0]["silenced"]
        later(house, keeping, 30, CARD)
        card = of(keeping, CARD[0])
        assert card["state"] == "acknowledged"
        assert card["acknowledged"]["person"] == "anna"
        assert (card["acknowledged"]["until"], card["acknowledged"]["reason"]) == ("2026-03-09", REASON)
        assert published(house)["silenced"] == [{"code": CARD[0], "subject": CARD[1]}]
        (entry,) = [each for each in keeping.box.log.entries() if each["what"] == KNOWN]
        assert (entry["person"], entry["until"], entry["subject"]) == ("anna", "2026-03-09", "tap card")
        assert len(entry["text_commitment"]) == 64
        later(house, keeping, 1)
        later(house, keeping, 601)
        assert published(house)["silenced"] == []
    texts = [path.read_bytes() for path in house.folder.rglob("*") if path.is_file()]
    assert not any(REASON.encode() in each for each in texts)


def test_a_fault_that_clears_and_returns_is_not_acknowledged(house: House) -> None:
    """Within ten minutes it is the same one; after that it is new and open."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        ask(keeping, "ack", fault="tap card", reason=REASON)
        later(house, keeping, 1)
        later(house, keeping, 300, CARD)
        assert of(keeping, CARD[0])["state"] == "acknowledged"
        later(house, keeping, 1)
        later(house, keeping, 600)
        later(house, keeping, 1, CARD)
        assert of(keeping, CARD[0])["state"] == "open"


def test_a_fault_that_gets_worse_comes_back_and_says_so(house: House) -> None:
    """A larger extent than the acknowledged one ends the acknowledgement; as much, or less, does not."""
    with house.keeper() as keeping:
        note(house, HUM, extent=3)
        keeping.turn()
        ask(keeping, "ack", fault=HUM[0], reason=REASON)
        for extent in (3, 2, 3):
            note(house, HUM, extent=extent)
            keeping.turn()
            assert of(keeping, HUM[0])["state"] == "acknowledged"
        note(house, HUM, extent=4)
        keeping.turn()
        hum = of(keeping, HUM[0])
        assert (hum["state"], hum["back"]) == ("open", "it got worse since anna acknowledged it")


def test_an_acknowledgement_ends_on_its_day_whatever_is_done_to_the_clock(house: House) -> None:
    """On the named day; and where the clock is set back, once the box has run for as long as there was until then."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        ask(keeping, "ack", fault=CARD[0], reason=REASON, until="2026-03-04")
        later(house, keeping, DAY_S, CARD)
        assert of(keeping, CARD[0])["state"] == "acknowledged"
        later(house, keeping, DAY_S, CARD)
        assert of(keeping, CARD[0])["back"] == (
            "anna acknowledged it until 2026-03-04, and that day has come"
        )
        ask(keeping, "ack", fault=CARD[0], reason=REASON, until="2026-03-06")
        clock_of(house).step(-30 * DAY_S)
        later(house, keeping, DAY_S, CARD)
        assert of(keeping, CARD[0])["state"] == "acknowledged"
        later(house, keeping, DAY_S, CARD)
        assert of(keeping, CARD[0])["state"] == "open"


def test_acknowledgements_survive_a_restart_and_so_do_ages(house: House) -> None:
    """A keeper that begins anew in another boot knows what stood, since when, and what a person said of it."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        later(house, keeping, 30, CARD)
        ask(keeping, "ack", fault=CARD[0], reason=REASON)
        before = of(keeping, CARD[0])
    clock_of(house).reboot("another", off_s=7200)
    (house.places.run / "faults").unlink()
    with house.keeper() as keeping:
        later(house, keeping, 5, CARD)
        assert of(keeping, CARD[0]) == before
        assert about(keeping, CARD[0]) == [OPENED, KNOWN]


def test_what_a_person_wrote_lies_nowhere_in_clear(house: House) -> None:
    """A reason may hold a number: no file of the box shows it, and who asks after a restart is told it."""
    reason = "the card of 020 7946 0958 is on order"
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        ask(keeping, "ack", fault=CARD[0], reason=reason)
    for path in filter(Path.is_file, house.folder.rglob("*")):
        assert b"7946 0958" not in path.read_bytes(), path
    with house.keeper() as keeping:
        later(house, keeping, 5, CARD)
        assert of(keeping, CARD[0])["acknowledged"]["reason"] == reason


def test_restarts_prolong_no_acknowledgement(house: House) -> None:
    """Begun anew each quarter of an hour, with a clock that is set back each time: it ends once the box has run so long."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        ask(keeping, "ack", fault=CARD[0], reason=REASON, until="2026-03-03")
    ran, state = 0, "acknowledged"
    while state != "open" and ran < 2 * DAY_S:
        ran += 900
        with house.keeper() as keeping:
            later(house, keeping, 0, CARD)
            clock_of(house).step(-900)
            later(house, keeping, 900, CARD)
            keeping.keeper._watch.rest()
            state = of(keeping, CARD[0])["state"]
    assert ran == DAY_S


def test_a_keeper_that_is_stopped_keeps_how_long_it_still_counts(house: House) -> None:
    """SIGTERM: the file is written once more."""
    path = house.places.vault / NAME
    with running(house) as process:
        code = json.loads(house.shell("status", "--json").stdout)["alarms"][0]["code"]
        assert house.shell("ack", code, "--reason", "known").returncode == 0
        before = path.read_bytes()
        process.terminate()
        process.wait(20)
    assert path.read_bytes() != before


def test_the_recorder_reads_what_the_keeper_publishes(house: House) -> None:
    """A grave fault of the keeper's, what was acknowledged of the recorder's, and nothing grave once that is acknowledged too."""
    with house.keeper() as keeping:
        keeping.keeper._proofs._challenges.update(
            {name: replace(each, proved=True) for name, each in keeping.keeper._proofs._challenges.items()}
        )
        clock_of(house).state = ClockState.UNTRUSTED
        later(house, keeping, 0, CARD)
        desks = Grave(house.places.run, ())
        assert desks._read() == Keepers(grave=True)
        ask(keeping, "ack", fault=CARD[0], reason=REASON)
        ask(keeping, "ack", fault="clock", reason=REASON)
        later(house, keeping, 1, CARD)
        assert desks._read() == Keepers(grave=False, silenced=frozenset({(CARD[0], CARD[1])}))


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("content", [b"", b"{}", b'{"format":9,"alarms":[]}', b'{"format":1,"alarms":[{}]}'])
def test_where_the_file_cannot_be_read_nothing_is_acknowledged(
    house: House, content: bytes, *, sealed: bool
) -> None:
    """Whatever is wrong with it, as it lies on the disk or in what is sealed, faults are told as open."""
    path = house.places.vault / NAME
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        ask(keeping, "ack", fault=CARD[0], reason=REASON)
        sealed_file.write(path, keeping.box.vault.table, content)
    if not sealed:
        path.write_bytes(content)
    with house.keeper() as keeping:
        later(house, keeping, 5, CARD)
        assert of(keeping, CARD[0])["state"] == "open"


def test_what_nobody_may_silence_is_noted_and_stays_on_the_lamp(house: House) -> None:
    """A silent recorder is acknowledged as any other, and the desk lamps go on showing it."""
    with house.keeper() as keeping:
        clock_of(house).advance(31)
        keeping.turn()
        (said,) = ask(keeping, "ack", fault="device.recorder-silent", reason=REASON)["alarms"]
        assert (said["state"], said["silenced"]) == ("acknowledged", False)
        keeping.turn()
        lamps = {each["code"]: each["lamp"] for each in published(house)["faults"]}
        assert lamps["device.recorder-silent"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"fault": "device.no-such", "reason": "r"}, "refused.unknown-fault"),
        ({"fault": "tap card"}, "refused.arguments"),
        ({"fault": "tap card", "reason": "two\nlines"}, "refused.arguments"),
        ({"fault": "tap card", "reason": "r", "until": "2026-03-02"}, "refused.arguments"),
        ({"fault": "tap card", "reason": "r", "until": "2026-06-01"}, "refused.arguments"),
        ({"fault": "tap card", "reason": "r", "until": "soon"}, "refused.arguments"),
        ({"fault": 7, "reason": "r"}, "refused.arguments"),
    ],
)
def test_what_is_no_acknowledgement_is_refused(house: House, fields: dict[str, object], code: str) -> None:
    """A fault that is not open, no reason, a day that is past, or one more than ninety days away."""
    with house.keeper() as keeping:
        later(house, keeping, 0, CARD)
        with pytest.raises(Refused) as refusal:
            ask(keeping, "ack", **fields)
        assert refusal.value.code == code
        assert of(keeping, CARD[0])["state"] == "open"
        assert about(keeping, CARD[0]) == []


def test_a_disk_that_refuses_hides_no_fault(house: House) -> None:
    """What cannot be kept is told all the same, with the disk's own fault; once the disk takes it, it is entered."""
    with house.keeper() as keeping:
        later(house, keeping, 0)
        blocking = house.places.vault / f"{NAME}.new"
        blocking.mkdir()
        later(house, keeping, 1, CARD)
        assert of(keeping, CARD[0])["state"] == "open"
        later(house, keeping, 1, CARD)
        assert [each["subject"] for each in ask(keeping, "status")["alarms"] if each["code"] == "vault.disk"]
        blocking.rmdir()
        later(house, keeping, 31, CARD)
        assert "alarms" not in [each["subject"] for each in ask(keeping, "status")["alarms"]]
        assert about(keeping, CARD[0]) == [OPENED]


def test_a_monitoring_system_reads_one_line_and_an_exit_status(house: House) -> None:
    """Critical while something grave is open, warning once it is acknowledged, unknown where no keeper answers."""
    absent = house.shell("status", "--format", "nagios")
    assert (absent.returncode, absent.stderr) == (3, b"")
    assert absent.stdout.startswith(b"CALLBOX UNKNOWN - the keeper does not answer (")
    assert absent.stdout.count(b"\n") == 1
    with running(house):
        open_line = house.shell("status", "--format=nagios")
        assert open_line.returncode == 2, open_line
        assert open_line.stdout.startswith(b"CALLBOX CRITICAL - no recipient has proved")
        figures = dict(each.split("=") for each in open_line.stdout.decode().partition(" | ")[2].split())
        assert {"open", "acknowledged", "days_left", "free", "recordings", "undated", "holds", "overdue"} < (
            figures.keys()
        )
        assert (figures["recordings"], figures["overdue"]) == ("0", "0;0")
        assert open_line.stdout.count(b"\n") == open_line.stdout.count(b"|") == 1
        said = house.shell("ack", "seal.nobody-proved", "--reason", "the safe is opened on Friday")
        assert b"Lamps and mail go on" in said.stdout
        known = house.shell("status", "--format", "nagios")
        assert known.returncode == 1
        assert known.stdout.startswith(b"CALLBOX WARNING - ")
        text = house.shell("status")
        assert text.returncode == 0
        assert b"  acknowledged by " in text.stdout
        assert b": the safe is opened on Friday\n  lamp and mail go on" in text.stdout
        told = json.loads(house.shell("status", "--format", "json").stdout)
        assert told["alarms"] == json.loads(house.shell("status", "--json").stdout)["alarms"]
        history = house.shell("status", "--history", "--limit", "1").stdout.decode().splitlines()
        assert history[0].split() == ["when", "what", "fault", "about", "by"]
        assert "fault acknowledged  seal.nobody-proved  recipients" in history[1]
        for words in (("--format", "xml"), ("--limit", "3"), ("--json", "--format", "text"), ("line1",)):
            assert house.shell("status", *words).returncode == 6


STEPS = st.lists(
    st.tuples(
        st.integers(1, 700),
        st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 3)),
        st.sampled_from(["", "", "a", "b"]),
        st.booleans(),
    ),
    max_size=30,
)


def test_security_updates_that_ended_are_a_fault_from_the_next_day_on(tmp_path: Path) -> None:
    """LAW.8: day and contact stand in `status`; on no lamp; a clock that is not believed ends nothing."""
    house = House(tmp_path, more='[support]\nuntil = 2026-03-02\ncontact = "maker@example.org"\n')
    with house.keeper() as keeping:
        told = ask(keeping, "status")
        assert told["support"] == {"until": "2026-03-02", "contact": "maker@example.org"}
        assert "settings.support-ended" not in [each["code"] for each in told["alarms"]]
        clock_of(house).state = ClockState.UNTRUSTED
        later(house, keeping, 86_400)
        assert "settings.support-ended" not in [each["code"] for each in ask(keeping, "status")["alarms"]]
        clock_of(house).state = ClockState.TRUSTED
        keeping.turn()
        ended = of(keeping, "settings.support-ended")
        assert "maker@example.org" in ended["hint"]
        assert not ended["on_lamp"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_comes_and_goes_is_told_and_the_log_is_not_flooded(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, dict[str, int], str, bool]]
) -> None:
    """Any story: what is seen is open, openings and closings alternate, no acknowledgement outlives what was worse."""
    folder, clock, seconds = tmp_path_factory.mktemp("alarms"), GivenClock(MORNING), 0
    log, table = AuditLog(folder), KeyTable.create(folder, FileCell.create(folder / "cell"), {})
    alarms = Alarms(folder / NAME, table, log, History(), clock)
    for passed, extents, acknowledged, restart in steps:
        clock.advance(passed)
        seconds += passed
        if restart:
            alarms = Alarms(folder / NAME, table, log, History(), clock)
        now = clock.stamp()
        seen = [
            Seen("device.line-hums", name, "m", "h", extent, "recorder") for name, extent in extents.items()
        ]
        alarms.look(seen, now)
        alarms.settle(now)
        assert {each.seen.subject for each in alarms.open()} == extents.keys()
        for each in alarms.open():
            said = each.acknowledged
            assert said is None or each.seen.extent <= said.extent
            if each.seen.subject == acknowledged:
                alarms.acknowledge(each, ("anna", now), date(2026, 3, 9), REASON)
    for name in ("a", "b"):
        told = [each["what"] for each in log.entries() if each["subject"] == name]
        turns = [each for each in told if each != KNOWN]
        assert turns == ([OPENED, CLOSED] * len(turns))[: len(turns)]
        assert len(turns) <= 2 + 2 * seconds // 600
    log.close()
