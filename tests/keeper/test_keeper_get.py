"""What a keeper hands out, why, and what it says of what cannot be had: each refusal leaves no copy."""

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware.audit.certificate import content_of
from firmware.faults import Fault, Refused, VaultFault
from firmware.keeper import runs
from firmware.keeper.copies import listed
from firmware.keeper.door import Person
from firmware.keeper.drafting import draft_of
from firmware.retention.disposal import Because
from firmware.vault.keys import day_key
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING, House, Keeping, untrusted
from tests.keeper.test_keeper_disposal import DAY, HOUR, certificates, go, taken_in

ANNA, BEN = Person("anna", 5001), Person("ben", 5002)
WHY = {"purpose": "complaint", "ref": "Case C12"}


def ask(keeping: Keeping, verb: str, who: Person = ANNA, **fields: object) -> dict[str, Any]:
    """What the keeper answers; a body that is handed over is closed at once."""
    answer = keeping.keeper._verbs.answer(who, Fields("request", {"verb": verb, **fields}))
    if answer.descriptor is not None:
        os.close(answer.descriptor)
    return answer.content


def refused(keeping: Keeping, verb: str, **fields: object) -> Fault:
    """The fault; no copy was handed out, and where it is a refusal it is entered."""
    before = keeping.whats()
    with pytest.raises((Refused, VaultFault)) as caught:
        ask(keeping, verb, **fields)
    assert keeping.whats()[len(before) :] == (["refused"] if isinstance(caught.value, Refused) else [])
    return caught.value


def entries(keeping: Keeping, what: str) -> list[dict[str, Any]]:
    return [each for each in keeping.box.log.entries() if each["what"] == what]


@contextmanager
def visiting(keeping: Keeping) -> Iterator[socket.socket]:
    """A connection at the door of a keeper in this process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(keeping.box.places.run / "keeper.sock"))
        connection.settimeout(5)
        yield connection
        keeping.keeper._door.turn_out()


def say(keeping: Keeping, connection: socket.socket, verb: str, **fields: object) -> tuple[Any, list[int]]:
    """One request and its answer, with the descriptors that came."""
    connection.sendall(json.dumps({"verb": verb, **fields}).encode() + b"\n")
    for _ in range(3):
        keeping.keeper.serve(0.2)
    line, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 1)
    return json.loads(line), descriptors


def test_the_log_commits_to_each_text_and_none_is_on_disk(house: House) -> None:
    """Reference, place and reason: the digests in the entry, the texts under the lock, nowhere else."""
    texts = {"ref": "C12-SECRET", "where": "safe of SECRET", "because": "asked by SECRET"}
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        copy = ask(keeping, "get", id=recording, purpose="complaint", **texts)["copy"]
        (entry,) = entries(keeping, "get")
        (note,) = ask(keeping, "show", id=recording)["handed"]
    assert (entry["person"], entry["purpose"], entry["copy"]) == ("anna", "complaint", copy)
    assert "of" not in entry
    assert "of" not in note
    for name, text in texts.items():
        assert note[name] == text
        digest = hashlib.sha256(bytes.fromhex(note["salt"]) + text.encode()).hexdigest()
        assert entry[f"{name}_commitment"] == digest
    for path in (each for each in house.places.data.rglob("*") if each.is_file()):
        assert b"SECRET" not in path.read_bytes(), path


def test_a_place_that_is_not_given_is_not_said(house: House) -> None:
    """The note says so."""
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "get", id=recording, **WHY)
        (note,) = ask(keeping, "show", id=recording)["handed"]
    assert note["where"] == "not said"
    assert "because" not in note


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"purpose": "crime"}, "refused.because"),
        ({"purpose": "crime", "because": "  "}, "refused.because"),
        ({"purpose": "crime", "because": "x" * 501}, "refused.because"),
        ({"purpose": "crime", "because": "a\nb"}, "refused.because"),
        ({"where": "x" * 201}, "refused.arguments"),
        ({"ref": "C\x1b12"}, "refused.reference"),
        ({"ref": "x" * 201}, "refused.reference"),
        ({"ref": "+44 20 7946 0958"}, "refused.reference"),
        ({"ref": "020-7946-0958"}, "refused.reference"),
        ({"purpose": "Complaint"}, "refused.purpose"),
    ],
)
def test_what_is_not_said_well_is_refused(house: House, given: dict[str, str], code: str) -> None:
    """A purpose that is an exception needs a reason; texts are short and on one line."""
    except_crime(house)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        assert refused(keeping, "get", id=recording, **(WHY | given)).code == code
        assert refused(keeping, "details", id=recording, **(WHY | given)).code == code
        assert entries(keeping, "refused")[-1]["recording"] == recording


def except_crime(house: House) -> None:
    """The office has one more purpose, which its notice allows as an exception."""
    text = house.config.read_text()
    more = 'purposes = ["complaint", "crime", "training"]\nexceptional = ["crime"]'
    house.config.write_text(text.replace('purposes = ["complaint", "training"]', more))


def test_an_exception_with_its_reason_is_handed_out(house: House) -> None:
    """The reason stands with the recording, and the log commits to it."""
    except_crime(house)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        why = {"purpose": "crime", "ref": "C13", "because": "DC Miller, data request 7"}
        assert ask(keeping, "get", id=recording, **why)["ok"]
        assert "because_commitment" in entries(keeping, "get")[0]
        assert ask(keeping, "show", id=recording)["handed"][0]["because"] == why["because"]


def test_each_thing_that_cannot_be_had_has_its_sentence(house: House) -> None:
    """Still recorded, just ended, set aside, restricted, destroyed, unknown."""
    with house.keeper() as keeping:
        call, coming, gone = "c" * 13, house.spool_finished(), "d" * 13
        house.write_lines(using=1)
        told = json.loads((house.places.run / "lines").read_text())
        told["lines"] = {"line1": {"call": call}, "line2": {"call": None}}
        (house.places.run / "lines").write_text(json.dumps(told))
        (house.places.aside / f"{gone}.json").write_text("{}")
        assert "can be fetched until it has ended" in refused(keeping, "get", id=call, **WHY).message
        assert "is being taken in" in refused(keeping, "get", id=coming, **WHY).message
        assert "was set aside" in refused(keeping, "get", id=gone, **WHY).message
        assert "no recording of that name" in refused(keeping, "get", id="e" * 13, **WHY).message
        assert "no recording of that name" in refused(keeping, "get", id="../x", **WHY).message
        keeping.turn()
        ask(keeping, "hold", id=coming, case="C-9", owner="dpo", reason="r", restricted=True)
        for verb in ("get", "details"):
            shut = refused(keeping, verb, id=coming, **WHY)
            assert (shut.code, "C-9" in shut.message) == ("refused.restricted", True)


def test_what_is_being_destroyed_and_what_was(house: House) -> None:
    """Between its keys and its certificate a recording is going; after it the date and the certificate are named."""
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        key = day_key(MORNING.date().replace(month=4, day=1))
        draft = draft_of(keeping.box, Because.DUE, [key])
        assert draft is not None
        history = keeping.keeper._history
        runs.begin(keeping.box, draft, history)
        keeping.box.vault.destroy(draft.keys)
        going = refused(keeping, "get", id=recording, **WHY)
        assert going.code == "refused.being-destroyed"
        assert draft.run in going.hint
        runs.carry_out(keeping.box, draft, history)
        was = refused(keeping, "get", id=recording, **WHY)
        assert was.message == f"that recording was destroyed on 2026-03-02, certificate {draft.run}"


def test_a_cut_recording_has_no_armour_and_leaves_no_copy(house: House) -> None:
    """It is refused before anything is handed out, with what can be had."""
    with house.keeper() as keeping:
        cut = house.spool_cut()
        keeping.turn()
        fault = refused(keeping, "get", id=cut, armor=True, **WHY)
        assert "cmd /c" in fault.hint
        assert ask(keeping, "get", id=cut, armor=False, **WHY)["kind"] == "cut"


@pytest.mark.parametrize(("size", "code"), [(None, "vault.body-missing"), (100, "vault.body-damaged")])
def test_a_body_that_is_not_whole_is_not_handed_out(house: House, size: int | None, code: str) -> None:
    """Missing or short: a fault, and no copy."""
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        body = house.places.store / f"{recording}.body"
        if size is None:
            body.unlink()
        else:
            os.truncate(body, size)
        assert refused(keeping, "get", id=recording, **WHY).code == code


def test_a_lock_that_is_not_there_is_no_missing_recording(house: House) -> None:
    """An older file of the day was put back: the recording is there, and its lock is not."""
    with house.keeper() as keeping:
        taken_in(house, keeping)
        (shard,) = house.places.shards.glob("day-*.shard")
        before = shard.read_bytes()
        recording = taken_in(house, keeping)
        shard.write_bytes(before)
        assert refused(keeping, "get", id=recording, **WHY).code == "vault.lock-missing"


def test_a_recording_without_details_says_so(house: House) -> None:
    """No number was heard: there is nothing to hand out."""
    with house.keeper() as keeping:
        making = house.making()
        making.details = None
        recording = house.spool_finished(making)
        keeping.turn()
        assert refused(keeping, "details", id=recording, **WHY).code == "refused.no-details"
        assert ask(keeping, "get", id=recording, **WHY)["ok"]


def test_destroyed_while_being_fetched(tmp_path: Path) -> None:
    """Who has the body already has it whole; the certificate names the copy, and what went is entered after."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        with visiting(keeping) as connection:
            answer, (body,) = say(keeping, connection, "get", id=recording, **WHY)
            first = os.read(body, 1000)
            ask(keeping, "destroy", id=recording, reason="the caller asked")
            go(house, keeping, 6 * HOUR)
            assert keeping.box.catalogue.get(recording) is None
            rest = os.read(body, 1 << 20)
            os.close(body)
            say(keeping, connection, "sent", bytes=len(first + rest))
        assert len(first + rest) == answer["size"]
        (copy,) = content_of(certificates(house)[-1]).each("copies_not_confirmed_destroyed")
        assert copy.text("copy") == answer["copy"]
        assert entries(keeping, "sent")[-1]["bytes"] == answer["size"]
        keeping.turn()
        assert "vault.copies-out" in house.codes()


def test_a_second_copy_in_one_conversation_ends_the_first(house: House) -> None:
    """The first is entered with what was read of it, and nobody's word."""
    with house.keeper() as keeping, visiting(keeping) as connection:
        recording = taken_in(house, keeping)
        first, (body,) = say(keeping, connection, "get", id=recording, **WHY)
        os.read(body, 700)
        second, (other,) = say(keeping, connection, "get", id=recording, **WHY)
        sent = entries(keeping, "sent")
        assert [(each["copy"], each["bytes"], each["read"]) for each in sent] == [(first["copy"], None, 700)]
        say(keeping, connection, "sent", copy=second["copy"], bytes=5)
        assert entries(keeping, "sent")[-1]["bytes"] == 5
        os.close(body)
        os.close(other)


def test_what_went_is_told_later_once_and_by_its_person_only(house: House) -> None:
    """A keeper that ended had no time to say it: the next one enters that nobody said so, and then the word of the person."""
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        copy = ask(keeping, "get", id=recording, **WHY)["copy"]
    with house.keeper() as keeping:
        (sent,) = entries(keeping, "sent")
        assert (sent["copy"], sent["bytes"], sent["read"]) == (copy, None, None)
        with pytest.raises(Refused):
            ask(keeping, "sent", BEN, copy=copy, bytes=9)
        ask(keeping, "sent", copy=copy, bytes=9)
        assert entries(keeping, "sent")[-1]["bytes"] == 9
        with pytest.raises(Refused):
            ask(keeping, "sent", copy=copy, bytes=10)
    with house.keeper() as keeping:
        assert len(entries(keeping, "sent")) == 2


def test_a_copy_is_asked_back_from_its_day_on(tmp_path: Path) -> None:
    """Not before the day; then with who has it, until he says that it is destroyed; over a restart as well."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        copies = [ask(keeping, "get", id=recording, **WHY)["copy"] for _ in range(5)]
        go(house, keeping, 29 * DAY)
        assert "vault.copies-out" not in house.codes()
        go(house, keeping, DAY)
        assert keeping.box.catalogue.get(recording) is None
        (fault,) = [each for each in keeping.box.board.faults() if each.code == "vault.copies-out"]
        assert fault.message.startswith("5 copies are asked back")
        assert "(anna)" in fault.message
        assert fault.message.endswith("and 2 more")
        told = ask(keeping, "copies")["copies"]
        assert {(each["destroyed"], each["asked_back"], each["person"]) for each in told} == {
            (True, True, "anna")
        }
        for copy in copies[1:]:
            ask(keeping, "copy-destroyed", BEN, copy=copy)
        keeping.turn()
        assert "vault.copies-out" in house.codes()
    with house.keeper() as keeping:
        keeping.turn()
        assert "vault.copies-out" in house.codes()
        ask(keeping, "copy-destroyed", copy=copies[0])
        keeping.turn()
        assert "vault.copies-out" not in house.codes()
        assert ask(keeping, "copies")["copies"] == []


def test_details_are_entered_as_such(house: House) -> None:
    """Entry and note say what of the recording it was, so that who was given sound is told from who was given a number."""
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "details", id=recording, **WHY)
        (entry,) = entries(keeping, "get")
        (note,) = ask(keeping, "show", id=recording)["handed"]
    assert (entry["of"], note["of"]) == ("details", "details")


def test_a_copy_is_asked_back_on_the_day_itself(house: House) -> None:
    """Also while nothing destroys yet; what has no day is never over."""
    with house.keeper() as keeping:
        dated, undated = (
            taken_in(house, keeping),
            house.spool_finished(house.making(untrusted(house.clock.stamp()))),
        )
        keeping.turn()
        for each in (dated, undated):
            ask(keeping, "get", id=each, **WHY)
        row = keeping.box.catalogue.get(dated)
        assert row is not None
        assert row.due is not None
        day = date.fromisoformat(row.due)

        def asked(today: date) -> set[str]:
            told = listed(keeping.box, keeping.keeper._history, today)
            return {each["recording"] for each in told if each["asked_back"]}

        assert [asked(day + timedelta(days=more)) for more in (-1, 0, 9999)] == [set(), {dated}, {dated}]


@pytest.mark.parametrize("line", [b"get me all\n", b"[]\n", b"\xff\n", b"x" * (64 * 1024)])
def test_who_talks_nonsense_is_shown_out(house: House, line: bytes) -> None:
    """No request: the conversation ends, and holds no place any more."""
    with house.keeper() as keeping, visiting(keeping) as connection:
        connection.sendall(line)
        for _ in range(20):
            keeping.keeper.serve(0)
        assert not keeping.keeper._door.visited
        assert connection.recv(1) == b""


def test_a_copy_of_what_is_held_is_not_asked_back_before_the_hold_ends(tmp_path: Path) -> None:
    """The case needs it; released, the recording goes and the copy is asked back."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        ask(keeping, "get", id=recording, **WHY)
        hold = ask(keeping, "hold", id=recording, case="C-1", owner="dpo", reason="r")["hold"]["id"]
        go(house, keeping, 32 * DAY)
        assert ask(keeping, "copies")["copies"][0]["asked_back"] is False
        assert "vault.copies-out" not in house.codes()
        ask(keeping, "release", hold=hold, said="settled")
        go(house, keeping, 3 * HOUR)
        assert "vault.copies-out" in house.codes()
