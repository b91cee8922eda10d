"""Nobody loses a recording by sealing anew: not to a login without a key, not to a damaged file, not to a note that stays shut."""

from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.catalogue.rebuild import known_of
from firmware.faults import Refused, VaultFault
from firmware.sealing.age import Identity, fresh_file_key, header
from firmware.vault.contents import MacKeys
from firmware.vault.resealed import MIXED, header_of, mac_keys_of, sealed_of
from firmware.vault.shards import Kind, Plain
from tests.keeper.keeper_rig import OFFICE, SAFE, House, Keeping
from tests.keeper.reseal_rig import (
    ANNA,
    NEW_ONES,
    OLD_ONES,
    ask,
    carry_out,
    confirm,
    every_lock,
    headers,
    new_headers,
    opened,
    opens,
    place_hold,
    prove_all,
    rebuilt,
    replace_office,
    reseal,
    sealing,
)
from tests.keeper.test_keeper_disposal import DAY, HOUR, go, taken_in


def key_of(keeping: Keeping, recording: str) -> str:
    row = keeping.box.catalogue.get(recording)
    assert row is not None
    return row.key


def damage(house: House, key: str) -> tuple[Path, bytes]:
    """One byte in the first record in the file of a key; the file, and what was in it."""
    (path,) = house.places.data.rglob(f"{key}.shard")
    was = path.read_bytes()
    path.write_bytes(was[:60] + bytes([was[60] ^ 1]) + was[61:])
    return path, was


def test_a_login_without_a_key_changes_no_header(house: House) -> None:
    """Well-formed headers of any other file key, for body, details or note, are refused, and the office then seals its own."""
    with house.keeper() as keeping:
        victim = taken_in(house, keeping)
        place_hold(keeping, victim)
        ask(keeping, "note", id=victim, ref="C1", subject=None, text="evidence")
    replace_office(house)
    with house.keeper() as keeping:
        to, (good,) = new_headers(keeping, sealing())
        assert len(good["headers"]) == 3
        for old in good["headers"]:
            fake = b64encode(header(fresh_file_key(), [ANNA.recipient(), SAFE.recipient()])).decode()
            told = {**good, "headers": {**good["headers"], old: fake}}
            with pytest.raises(Refused, match="whoever made it did not open the old one"):
                ask(keeping, "reseal", to=to, recordings=[told])
        assert "resealed" not in keeping.whats()
        assert reseal(keeping) == [victim]
        prove_all(keeping)
        confirm(keeping)
        carry_out(keeping)
        for key in every_lock(keeping, victim):
            assert opens(keeping, key, victim) == NEW_ONES


def test_a_header_without_the_key_of_its_mac_takes_no_other(house: House) -> None:
    """Kept by an earlier version: the box cannot tell, says so, and keeps the old one."""
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
        key = key_of(keeping, name)
        contents = keeping.box.vault.contents(key, name)
        assert contents is not None
        earlier = replace(contents, mac_keys=MacKeys()).written()
        assert b'"format":1' in earlier
        keeping.box.vault._shard(key).write([Plain(Kind.LOCK, name, earlier)])
    replace_office(house)
    with house.keeper() as keeping:
        with pytest.raises(Refused, match="of an earlier version, which kept nothing"):
            reseal(keeping)
        assert opens(keeping, key, name) == OLD_ONES


def test_the_key_of_a_mac_stays_in_the_box(house: House) -> None:
    """Nothing that is handed out at the door tells it, and no file tells it in clear."""
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
        ask(keeping, "note", id=name, ref="C1", subject=None, text="evidence")
        key = key_of(keeping, name)
        contents = keeping.box.vault.contents(key, name)
        assert contents is not None
        secrets = mac_keys_of(contents, keeping.box.vault.notes(key, name)).values()
        why = {"purpose": "complaint", "ref": "C12"}
        answers = [
            ask(keeping, "show", id=name),
            ask(keeping, "notes", id=name, **why),
            ask(keeping, "get", id=name, **why),
        ]
    replace_office(house)
    with house.keeper() as keeping:
        answers.append(headers(keeping))
        reseal(keeping)
        answers.append(ask(keeping, "reseal-waiting", after=None, limit=None))
    told = repr(answers)
    assert len(secrets) == 3
    for each in secrets:
        assert b64encode(each).decode() not in told
        for path in filter(Path.is_file, house.places.data.rglob("*")):
            assert each not in path.read_bytes(), path
            assert b64encode(each) not in path.read_bytes(), path


def test_a_damaged_day_stops_no_other(house: House) -> None:
    """Damaged once it was confirmed: the other days go on, the round ends naming it; put back, it is sealed anew by itself."""
    with house.keeper() as keeping:
        names = []
        for _ in range(3):
            names.append(taken_in(house, keeping))
            go(house, keeping, DAY)
    replace_office(house)
    with house.keeper() as keeping:
        reseal(keeping)
        prove_all(keeping)
        confirm(keeping)
        bad = key_of(keeping, names[0])
        path, was = damage(house, bad)
        carry_out(keeping)
        for each in names[1:]:
            assert opens(keeping, key_of(keeping, each), each) == NEW_ONES
        (done,) = [each for each in keeping.box.log.entries() if each["what"] == "reseal carried out"]
        assert done["damaged"] == [bad]
        assert "vault.shard-damaged" in house.codes()
        page = headers(keeping)
        assert (page["left"], page["unread"], page["recordings"]) == (1, 1, [])
        assert ask(keeping, "reseals")["recordings"] == 1
    path.write_bytes(was)
    house.places.catalogue.unlink()
    with house.keeper() as keeping:
        assert opens(keeping, bad, names[0]) == OLD_ONES
        assert ask(keeping, "reseals")["waiting"] == 0
        assert reseal(keeping) == [names[0]]
        confirm(keeping)
        carry_out(keeping)
        for each in names:
            assert opens(keeping, key_of(keeping, each), each) == NEW_ONES
        go(house, keeping, HOUR)
        assert not {"vault.shard-damaged", "seal.sealed-to-others"} & set(house.codes())


def test_what_has_a_lock_in_a_damaged_hold_is_not_taken(house: House) -> None:
    """New headers must lie under all its locks, or its hold would bring the old ones back; all else is taken."""
    with house.keeper() as keeping:
        held, free = taken_in(house, keeping), taken_in(house, keeping)
        hold = place_hold(keeping, held)
    replace_office(house)
    with house.keeper() as keeping:
        to, made = new_headers(keeping, sealing())
        damage(house, hold)
        assert ask(keeping, "reseal", to=to, recordings=made)["taken"] == [free]
        assert ask(keeping, "reseals")["waiting"] == 1
        page = ask(keeping, "reseal-waiting", after=None, limit=None)
        assert [each["id"] for each in page["recordings"]] == [free]
        prove_all(keeping)
        assert confirm(keeping)["recordings"] == 1
        carry_out(keeping)
        assert opens(keeping, key_of(keeping, free), free) == NEW_ONES
        assert opens(keeping, key_of(keeping, held), held) == OLD_ONES


def test_another_fault_of_the_vault_is_not_passed_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key table that cannot be written stops sealing anew, and the round stays."""
    with house.keeper() as keeping:
        taken_in(house, keeping)
    replace_office(house)
    with house.keeper() as keeping:
        reseal(keeping)
        prove_all(keeping)
        confirm(keeping)

        def refuses(_key_id: str) -> None:
            raise VaultFault("vault.cell-unwritable", "the cell cannot be written", "look at it")

        monkeypatch.setattr(type(keeping.box.vault.table), "add", lambda _table, key: refuses(key))
        for _ in range(5):
            keeping.turn()
        assert ask(keeping, "reseals")["rounds"][0]["decided"] == "reseal confirmed"
        assert "vault.cell-unwritable" in house.codes()


def mixed_note(house: House, bert: Identity) -> str:
    """A recording sealed to office and safe, with a note for anna and bert; then bert left: the settings name anna and safe."""
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
    replace_office(house)
    text = house.config.read_text()
    house.config.write_text(text.replace(SAFE.recipient().text(), bert.recipient().text()))
    with house.keeper() as keeping:
        ask(keeping, "note", id=name, ref="C1", subject=None, text="secret")
    house.config.write_text(text)
    return name


def note_header(keeping: Keeping, name: str) -> bytes:
    (note,) = [
        each for each in keeping.box.vault.notes(key_of(keeping, name), name) if sealed_of(each) is not None
    ]
    sealed = sealed_of(note)
    assert sealed is not None
    return header_of(sealed)


def test_a_note_that_no_key_opened_keeps_the_fault_until_it_is_sealed_anew(house: House) -> None:
    """Office's key opens the body and not bert's note: bert is still told as a leaver, until anna seals the note anew."""
    bert = Identity.generate()
    name = mixed_note(house, bert)

    def round_by(keeping: Keeping, key: Identity, *, shut: int) -> None:
        (each,) = headers(keeping)["recordings"]
        made = sealing((key,)).anew(name, [(one["of"], b64decode(one["header"])) for one in each["headers"]])
        assert made is not None
        assert made.shut == shut
        ask(keeping, "reseal", to=headers(keeping)["to"], recordings=[made.content()])
        confirm(keeping)
        carry_out(keeping)

    with house.keeper() as keeping:
        prove_all(keeping)
        round_by(keeping, OFFICE, shut=1)
        assert opened(note_header(keeping, name), bert) is not None
        standing = ask(keeping, "reseals")
        assert (standing["recordings"], standing["newcomers"]) == (1, ["safe"])
        assert rebuilt(keeping)[name] == keeping.box.catalogue.get(name)
        go(house, keeping, HOUR)
        assert "seal.sealed-to-others" in house.codes()
        round_by(keeping, ANNA, shut=0)
        assert opened(note_header(keeping, name), bert) is None
        assert opened(note_header(keeping, name), SAFE) is not None
        assert ask(keeping, "reseals")["recordings"] == 0
        assert rebuilt(keeping)[name] == keeping.box.catalogue.get(name)
        go(house, keeping, HOUR)
        assert "seal.sealed-to-others" not in house.codes()


def test_a_note_for_other_recipients_is_told_though_its_recording_fits(house: House) -> None:
    """The settings went to bert and back: the recording fits again, its note does not, also after the catalogue was lost."""
    bert = Identity.generate()
    text = house.config.read_text()
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
        ask(keeping, "note", id=name, ref="C0", subject=None, text="before")
    house.config.write_text(text.replace(SAFE.recipient().text(), bert.recipient().text()))
    with house.keeper() as keeping:
        ask(keeping, "note", id=name, ref="C1", subject=None, text="secret")
    house.config.write_text(text)
    with house.keeper() as keeping:
        row = keeping.box.catalogue.get(name)
        assert row is not None
        assert row.noted_to == MIXED
        assert ask(keeping, "reseals")["recordings"] == 1
        known = known_of(keeping.box.vault, ())
        assert [each.id for each in known.rows] == [name]
        assert known.noted == {(name, row.key): MIXED}
