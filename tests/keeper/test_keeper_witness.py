"""What the keeper tells a witness, and when it says that nobody watches."""

import json
from pathlib import Path

import pytest

from firmware.audit.digests import read_extensions
from firmware.audit.tree import Frontier, leaf_hash
from firmware.clock import ClockState, GivenClock
from firmware.faults import Refused
from firmware.keeper.door import Person
from firmware.settings.told import told_digest
from firmware.vault.reading import Fields
from tests.audit.audit_rig import Witness
from tests.keeper.keeper_rig import MORNING, House, Keeping, running

DAY_S = 86_400


def asked(keeping: Keeping, verb: str, **fields: object) -> dict[str, object]:
    answer = keeping.keeper._verbs.answer(Person("it", 0), Fields("ask", {"verb": verb, **fields}))
    return answer.content


def clock_of(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def block(witness: Witness, name: str = "officepc") -> str:
    return f'[[witness]]\nname = "{name}"\nkey = "{witness.key.text()}"\n'


def unwatched(house: House) -> list[str]:
    return [code for code in house.codes() if code in {"log.unwitnessed", "log.no-witness"}]


def test_entries_and_roots_hash_to_the_root(house: House) -> None:
    """From the roots of any size on, the entries as they are told lead to the log's root; what is not there is refused."""
    with house.keeper() as keeping:
        keeping.turn()
        log = keeping.box.log
        for size in range(log.size + 1):
            told = asked(keeping, "peaks", size=size)["peaks"]
            assert isinstance(told, list)
            edge = Frontier(size, log.peaks(size))
            entries = asked(keeping, "entries", **{"from": size, "to": log.size})["entries"]
            assert isinstance(entries, list)
            for each in entries:
                edge.add(leaf_hash(each.encode()))
            assert edge.root() == log.root
        for first, last in ((0, log.size + 1), (3, 2)):
            with pytest.raises(Refused, match="there are the entries from 0"):
                asked(keeping, "entries", **{"from": first, "to": last})
        with pytest.raises(Refused, match="the log has"):
            asked(keeping, "peaks", size=log.size + 1)


def test_settings_are_told_by_the_digest_that_checkpoint_and_entry_name(tmp_path: Path) -> None:
    """Those in force and earlier ones; a digest that is no version, or a path, is refused."""
    house = House(tmp_path, GivenClock(MORNING), '[[exempt]]\nnumber = "0161 496 0001"\nreason = "union"\n')
    first = house.settings.digest
    house.config.write_text(house.config.read_text().replace("P30D", "P60D"))
    with house.keeper() as keeping:
        keeping.turn()
        newest = keeping.box.checkpoints.newest
        assert newest is not None
        digests = read_extensions(newest.checkpoint.extensions)
        now, before = asked(keeping, "settings", digest=None), asked(keeping, "settings", digest=first)
        assert told_digest(str(now["text"])) == digests["told"]
        assert now["digest"] == digests["settings"]
        assert "P60D" in str(now["text"])
        assert "P30D" in str(before["text"])
        entered = [each for each in keeping.box.log.entries() if each["what"] == "settings in force"]
        assert [each["told"] for each in entered] == [
            told_digest(str(each["text"])) for each in (before, now)
        ]
        for text in (now, before):
            assert "496 0001" not in str(text["text"])
        for wrong in ("0" * 64, "../../etc/passwd"):
            with pytest.raises(Refused, match="no version"):
                asked(keeping, "settings", digest=wrong)


def test_days_tell_what_is_owed_out_and_due(house: House) -> None:
    """Counts alone: recordings by their due days, copies that are out, duties of holds."""
    one, two = house.spool_finished(), house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        asked(keeping, "get", id=one, purpose="complaint", ref="C12")
        asked(keeping, "hold", id=two, case="C12", owner="anna", reason="because")
        clock_of(house).advance(20 * DAY_S)
        keeping.turn()
        told = asked(keeping, "days", **{"from": "2026-03-02", "to": "2026-03-31"})
    assert told["to"] == "2026-03-21", "only days that are over"
    assert told["copies"] == {"out": 1, "of_destroyed": 0}
    assert told["due"] == [
        {"on": "2026-04-01", "department": "repairs", "recordings": 2, "held": 1, "earlier": False}
    ]
    overdue = {each["what"]: each["overdue"] for each in told["owed"]}
    assert overdue == {"tell the person concerned": True, "confirm a copy": False, "review the hold": False}
    assert "C12" not in json.dumps(told)


def test_a_shell_tells_the_same(house: House) -> None:
    """`entries`, `peaks`, `settings` and `days` as they are typed; wrong words are refused."""
    with running(house):
        assert house.shell("entries", "0", "3").stdout.count(b"\n") == 3
        assert house.shell("peaks", "3").stdout.count(b"\n") == 2
        assert house.shell("settings").stdout.decode() == house.settings.text
        assert (
            json.loads(house.shell("days", "--from", "2026-03-01", "--to", "2026-03-01").stdout)["lines"]
            == []
        )
        for words in (
            ["entries", "0"],
            ["peaks", "x"],
            ["days"],
            ["settings", "a", "b"],
            ["entries", "0", "99"],
        ):
            assert house.shell(*words).returncode == 6, words


def test_nobody_named_is_a_fault_after_seven_days(house: House) -> None:
    """Counted over restarts, from the first checkpoint under a clock to be believed; a name settles it."""
    house.clock = GivenClock(MORNING, ClockState.UNTRUSTED)
    with house.keeper() as keeping:
        keeping.turn()
        clock_of(house).advance(8 * DAY_S)
        keeping.turn()
        assert unwatched(house) == [], "those days were counted by no clock to be believed"
        clock_of(house).state = ClockState.TRUSTED
        clock_of(house).advance(DAY_S)
        keeping.turn()
    clock_of(house).advance(6 * DAY_S)
    with house.keeper() as keeping:
        keeping.turn()
        assert unwatched(house) == []
    clock_of(house).advance(2 * DAY_S)
    with house.keeper() as keeping:
        keeping.turn()
        assert unwatched(house) == ["log.no-witness"]
    house.config.write_text(house.config.read_text() + block(Witness()))
    with house.keeper() as keeping:
        keeping.turn()
        assert unwatched(house) == []


def test_a_witness_is_silent_from_when_it_was_named(house: House) -> None:
    """On a box that is old already it has its seven days too, over restarts and other changes of the settings."""
    with house.keeper() as keeping:
        keeping.turn()
    clock_of(house).advance(100 * DAY_S)
    house.config.write_text(house.config.read_text() + block(Witness()))
    with house.keeper() as keeping:
        keeping.turn()
        clock_of(house).advance(5 * DAY_S)
        keeping.turn()
        assert unwatched(house) == []
    house.config.write_text(house.config.read_text() + block(Witness("w/two"), "other"))
    with house.keeper() as keeping:
        keeping.turn()
        assert unwatched(house) == []
        clock_of(house).advance(3 * DAY_S)
        keeping.turn()
        assert unwatched(house) == ["log.unwitnessed"]
        (fault,) = [each for each in keeping.box.board.faults() if each.code == "log.unwitnessed"]
        assert "witness officepc for" in fault.message, "the other one has days left"
