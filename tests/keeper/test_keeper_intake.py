"""Taking in: finished, cut, undated, bad; what is kept, and what must not be there afterwards."""

import io
import json
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from firmware.clock import GivenClock
from firmware.keeper import aside
from firmware.vault.manifest import read_manifest
from firmware.vault.signing import MANIFEST, verify
from tests.keeper.keeper_rig import NUMBER, OFFICE, SAFE, House, flac_accepts, stock_age, untrusted


def test_a_finished_recording_is_kept_until_its_due_day(house: House) -> None:
    """Taken in, it lies locked under the day 30 days on, signed, in the catalogue, and gone from the spool."""
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        assert (row.due, row.key, row.on_date) == ("2026-04-01", "day-2026-04-01", "2026-03-02")
        contents = keeping.box.vault.contents(row.key, recording)
        assert contents is not None
        assert verify(keeping.box.signer.public, MANIFEST, contents.manifest, contents.signature)
        manifest = read_manifest(contents.manifest)
        assert manifest.policy == {
            "name": "standard",
            "period": "P30D",
            "from": "2020-01-01",
            "reason": "complaints come within a month",
        }
        assert manifest.lawful_basis == {"callers": "public task", "staff": "contract"}
        assert manifest.facts.bucket == 77
        assert keeping.whats()[-1] == "taken in"
        body = (house.places.store / f"{recording}.body").read_bytes()
    for identity in (OFFICE, SAFE):
        assert flac_accepts(stock_age(contents.header + body, house.folder, identity))
    assert contents.details is not None
    assert json.loads(stock_age(contents.details, house.folder))["number"] == NUMBER
    assert list(house.places.spool.iterdir()) == []
    assert set(house.codes()) == {"seal.nobody-proved"}


def test_card_entries_are_told_to_the_log(house: House) -> None:
    """How long and how many keys, once a minute at most and once for ever; keyed digits alone are no entry."""
    making = house.making()
    entered = ((10, "card entry", 16), (30, "card entry", 3), (35, "card entry", 2), (20, "keyed digits", 0))
    for seconds, reason, keys in entered:
        making.keep(np.ones((seconds * 8000, 1), np.int16))
        making.gap(8400, reason, keys)
    recording = house.spool_finished(making)
    content = (house.places.spool / f"{recording}.json").read_bytes()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        contents = keeping.box.vault.contents(row.key, recording)
        assert contents is not None
        gaps = read_manifest(contents.manifest).facts.gaps
        assert [gap.keys for gap in gaps if gap.reason == "card entry"] == [16, 3, 2]
    (house.places.spool / f"{recording}.json").write_bytes(content)
    with house.keeper() as keeping:
        keeping.turn()
        told = [each for each in keeping.box.log.entries() if each["what"] == "card entry"]
        fields = [(each["recording"], each["from_s"], each["to_s"], each["keys"]) for each in told]
        assert fields == [(recording, 10, 43, 19), (recording, 77, 79, 2)]
        assert keeping.whats()[-1] == "keeper started"


def test_a_cut_recording_is_kept_as_its_parts(house: House) -> None:
    """Each part opens with stock age behind the one header, and joined they are one FLAC stream."""
    recording = house.spool_cut()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        assert row.kind == "cut"
        contents = keeping.box.vault.contents(row.key, recording)
    assert contents is not None
    body = io.BytesIO((house.places.store / f"{recording}.body").read_bytes())
    plain = b""
    while head := body.read(4):
        plain += stock_age(contents.header + body.read(int.from_bytes(head)), house.folder)
    assert plain.startswith(b"fLaC")


def test_a_recording_begun_under_an_untrusted_clock_has_no_due_day(house: House) -> None:
    """It is locked to the key that never falls due, and a fault says so, also after a restart."""
    recording = house.spool_finished(house.making(untrusted(house.clock.stamp())))
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        assert (row.due, row.key, row.on_date) == (None, "undated", None)
    with house.keeper() as keeping:
        keeping.turn()
    assert "vault.undated" in house.codes()


def test_settings_that_nobody_knows_give_no_due_day(house: House) -> None:
    """Unknown never means now: a recording of an unknown version is kept undated."""
    recording = house.spool_finished(house.making(settings="0" * 64))
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
    assert row is not None
    assert row.key == "undated"


def test_the_law_is_that_of_the_recordings_own_settings(house: House) -> None:
    """A recording made under an older version of the settings falls due by that version."""
    making = house.making()
    with house.keeper() as keeping:
        keeping.turn()
    house.config.write_text(house.config.read_text().replace("P30D", "P10D"))
    old, new = house.spool_finished(making), house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        due = {each: keeping.box.catalogue.get(each).due for each in (old, new)}
        assert keeping.whats().count("settings in force") == 2
    assert due == {old: "2026-04-01", new: "2026-03-12"}


def test_the_date_is_that_of_london(tmp_path: Path) -> None:
    """23:30 UTC in summer is the next day in London."""
    house = House(tmp_path, GivenClock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)))
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
    assert row is not None
    assert (row.on_date, row.due) == ("2026-07-02", "2026-08-01")


def test_bad_files_are_set_aside_and_hinder_no_other(house: House) -> None:
    """Not JSON, a wrong body, a missing body, a lock of another key: each is kept aside with its reason."""
    spool = house.places.spool
    broken, changed, bodiless, foreign, good = (house.spool_finished() for _ in range(5))
    (spool / f"{broken}.json").write_text("{")
    body = (spool / f"{changed}.body").read_bytes()
    (spool / f"{changed}.body").write_bytes(bytes([body[0] ^ 1]) + body[1:])
    (spool / f"{bodiless}.body").unlink()
    told = json.loads((spool / f"{foreign}.json").read_text())
    (spool / f"{foreign}.json").write_text(json.dumps(told | {"live": 9}))
    (spool / "coverage-x.json").write_text('{"format":1,"rows":[{}]}')
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.catalogue.get(good) is not None
        assert keeping.box.catalogue.count() == 1
        assert keeping.whats().count("set aside") == 5
    assert list(spool.iterdir()) == []
    aside = {path.name for path in house.places.aside.iterdir()}
    assert {f"{changed}.json", f"{changed}.body", f"{changed}.why", f"{foreign}.body"} <= aside
    assert "vault.set-aside" in house.codes()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\x00" * 512])
def test_a_damaged_reason_keeps_every_live_key(house: House, damage: bytes) -> None:
    """What was set aside may need any of them: the fault stands, no key goes, and the keeper goes on."""
    recording = house.spool_finished()
    (house.places.spool / f"{recording}.body").unlink()
    with house.keeper() as keeping:
        keeping.turn()
    (house.places.aside / f"{recording}.why").write_bytes(damage)
    with house.keeper() as keeping:
        keeping.turn()
        live = {
            int(key.removeprefix("live-")) for key in keeping.box.vault.table.ids() if key.startswith("live-")
        }
        assert aside.generations(keeping.box) == live
        keeping.turn()
    assert "vault.set-aside" in house.codes()


def test_what_was_set_aside_can_be_tried_again(house: House) -> None:
    """Its files moved back, it is taken in, and the fault is settled."""
    recording = house.spool_finished()
    body = house.places.spool / f"{recording}.body"
    body.rename(house.folder / "kept")
    with house.keeper() as keeping:
        keeping.turn()
        (house.folder / "kept").rename(body)
        (house.places.aside / f"{recording}.json").rename(house.places.spool / f"{recording}.json")
        (house.places.aside / f"{recording}.why").unlink()
        keeping.turn()
        assert keeping.box.catalogue.get(recording) is not None
    assert "vault.set-aside" not in house.codes()


def test_a_symbolic_link_is_no_body(house: House) -> None:
    """The recorder cannot make the keeper read, or keep, a file of somebody else's."""
    recording = house.spool_finished()
    body = house.places.spool / f"{recording}.body"
    body.rename(house.folder / "elsewhere")
    body.symlink_to(house.folder / "elsewhere")
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.catalogue.count() == 0
    assert not (house.places.store / body.name).exists()


def test_nothing_lies_open_to_others_and_nothing_in_clear(house: House) -> None:
    """No file has rights for group or others; no header, key, word or number is in any byte on disk."""
    ids = [house.spool_finished(), house.spool_cut()]
    with house.keeper() as keeping:
        keeping.turn()
        secrets = [NUMBER.encode(), b"AGE-SECRET-KEY", OFFICE.secret, SAFE.secret]
        table = keeping.box.vault.table
        secrets += [table.key(each) for each in table.ids()]
        for recording in ids:
            row = keeping.box.catalogue.get(recording)
            assert row is not None
            contents = keeping.box.vault.contents(row.key, recording)
            assert contents is not None
            secrets += [contents.header.splitlines()[-1], contents.header.splitlines()[1]]
        for path in (house.folder / "data").rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
            if path.is_file():
                content = path.read_bytes()
                assert not [secret for secret in secrets if secret in content], path


def test_get_needs_a_tar_for_a_cut_recording(house: House) -> None:
    """The tar that goes out holds small age files that stock age opens, in order of their names."""
    from firmware.shell.sending import Out, Sealed, send_tar  # noqa: PLC0415

    recording = house.spool_cut()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        contents = keeping.box.vault.contents(row.key, recording)
        assert contents is not None
    stored = (house.places.store / f"{recording}.body").open("rb")
    with stored, (house.folder / "out.tar").open("wb") as file:
        out = Out(file.fileno())
        send_tar(Sealed(recording, contents.header, stored.fileno(), row.body_size, row.began_ns), out)
    with tarfile.open(house.folder / "out.tar") as tar:
        names = tar.getnames()
        assert names[0] == f"{recording}/0001.age"
        assert names == sorted(names)
        plain = b"".join(stock_age(tar.extractfile(name).read(), house.folder) for name in names)
    assert plain.startswith(b"fLaC")
