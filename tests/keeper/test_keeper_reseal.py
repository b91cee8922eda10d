"""Recordings are sealed anew by headers alone; the old ones stay until somebody confirms, and then are gone for good."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware.faults import Refused
from firmware.sealing.age import fresh_file_key, header
from firmware.vault.digest import sha256
from firmware.vault.reading import read_object
from firmware.vault.signing import RESEALED, verify
from tests.keeper.keeper_rig import OFFICE, SAFE, House, Keeping, flac_accepts, stock_age
from tests.keeper.reseal_rig import (
    ANNA,
    NEW_ONES,
    OLD_ONES,
    Opens,
    ask,
    carry_out,
    confirm,
    every_lock,
    headers,
    new_headers,
    opens,
    place_hold,
    prove_all,
    rebuilt,
    replace_office,
    reseal,
    sealing,
)
from tests.keeper.test_keeper_disposal import DAY, HOUR, clock_of, go, lives, taken_in


def agree(keeping: Keeping) -> None:
    """The catalogue says what the vault says, and every lock of a recording opens to the same."""
    rows = rebuilt(keeping)
    for name, row in rows.items():
        assert keeping.box.catalogue.get(name) == row
        assert len({opens(keeping, key, name) for key in every_lock(keeping, name)}) == 1


def all_open(keeping: Keeping, recordings: Iterable[str], wanted: Opens) -> None:
    """Everything of these opens with the keys that it should, under every lock, and with no other."""
    for each in recordings:
        assert {opens(keeping, key, each) for key in every_lock(keeping, each)} == {wanted}


def sealed_anew(keeping: Keeping) -> None:
    """New headers are made and confirmed, and not carried out yet."""
    reseal(keeping)
    prove_all(keeping)
    confirm(keeping)


@pytest.fixture
def three(house: House) -> tuple[str, str, str]:
    """A finished recording, a cut one, and one that is held; then the recipients change."""
    with house.keeper() as keeping:
        plain = taken_in(house, keeping)
        cut = house.spool_cut()
        keeping.turn()
        held = taken_in(house, keeping)
        place_hold(keeping, held)
        ask(keeping, "note", id=plain, ref="C12", subject=None, text="he rang twice")
        ask(keeping, "note", id=held, ref="C13", subject=None, text="evidence")
    replace_office(house)
    return plain, cut, held


def test_the_whole_way(house: House, three: tuple[str, str, str]) -> None:
    """Handed, made, taken, tried, confirmed: anna opens all, office nothing; stock age opens the bodies; bytes stay."""
    with house.keeper() as keeping:
        bodies = {each: (house.places.store / f"{each}.body").read_bytes() for each in three}
        old_keys = {
            key: keeping.box.vault.table.key(key) for each in three for key in every_lock(keeping, each)
        }
        assert sorted(reseal(keeping)) == sorted(three)
        assert headers(keeping)["recordings"] == []
        all_open(keeping, three, OLD_ONES)
        prove_all(keeping)
        assert confirm(keeping)["recordings"] == 3
        carry_out(keeping)
        agree(keeping)
        all_open(keeping, three, NEW_ONES)
        for each in three:
            assert (house.places.store / f"{each}.body").read_bytes() == bodies[each]
        assert not old_keys.keys() & set(keeping.box.vault.table.ids())
        row = keeping.box.catalogue.get(three[0])
        assert row is not None
        contents = keeping.box.vault.contents(row.key, three[0])
        assert contents is not None
        for key in (ANNA, SAFE):
            assert flac_accepts(stock_age(contents.header + bodies[three[0]], house.folder, key))
        assert contents.details is not None
        assert b"number" in stock_age(contents.details, house.folder, ANNA)
        (note,) = ask(keeping, "notes", id=three[0], purpose="complaint", ref="C12")["notes"]
        assert b"he rang twice" in stock_age(b64decode(note["sealed"]), house.folder, ANNA)
        whats = keeping.whats()
        told = [
            each
            for each in whats
            if each in {"handed headers", "resealed", "reseal confirmed", "reseal carried out"}
        ]
        assert told[0] == "handed headers"
        assert told[-2:] == ["reseal confirmed", "reseal carried out"]
        keeping.turn()
        assert "seal.sealed-to-others" not in house.codes()
    for path in house.places.data.rglob("*"):
        if path.is_file():
            assert not [key for key, secret in old_keys.items() if secret in path.read_bytes()], path


def test_the_signed_amendment_leads_from_the_old_header_to_the_new_one(
    house: House, three: tuple[str, str, str]
) -> None:
    """`show` tells it; the manifest and its signature stay; the chain of digests ends at the header that is handed out."""
    with house.keeper() as keeping:
        before = ask(keeping, "show", id=three[0])
        sealed_anew(keeping)
        carry_out(keeping)
        after = ask(keeping, "show", id=three[0])
        (amendment,) = after["resealed"]
        assert ask(keeping, "verify-recording", id=three[0])["whole"]
        whats = [each["what"] for each in after["entries"]]
        assert {"taken in", "handed headers", "resealed"} <= set(whats)
        row = keeping.box.catalogue.get(three[0])
        assert row is not None
        contents = keeping.box.vault.contents(row.key, three[0])
        assert contents is not None
    assert (before["manifest"], before["signature"]) == (after["manifest"], after["signature"])
    assert before["resealed"] == []
    text = amendment["text"].encode()
    assert verify(bytes.fromhex(after["public"]), RESEALED, text, b64decode(amendment["signature"]))
    told = read_object(text, "amendment")
    assert told.inner("header").text("was") == before["manifest"]["header_sha256"]
    assert told.inner("header").text("is") == sha256(contents.header)
    assert told.inner("details").text("was") == before["manifest"]["details_sha256"]
    assert contents.details is not None
    assert told.inner("details").text("is") == sha256(contents.details)
    assert [each.text("name") for each in told.each("recipients")] == ["anna", "safe"]


def test_a_fault_names_the_leaver_until_it_is_done(house: House, three: tuple[str, str, str]) -> None:
    """How many, to whom, and what to do; then that new headers wait; then nothing."""
    with house.keeper() as keeping:
        keeping.turn()
        (fault,) = [each for each in keeping.box.board.faults() if each.code == "seal.sealed-to-others"]
        assert (
            fault.message
            == f"{len(three)} recordings are still sealed to a recipient who is none any more (office)"
        )
        assert "callbox office reseal" in fault.hint
        reseal(keeping)
        go(house, keeping, HOUR)
        (fault,) = [each for each in keeping.box.board.faults() if each.code == "seal.sealed-to-others"]
        assert "new headers wait for all of them" in fault.message


def test_a_hold_that_is_placed_in_between_carries_what_waits(
    house: House, three: tuple[str, str, str]
) -> None:
    """Placed between sealing anew and confirming, also where its day passes meanwhile: anna opens what it keeps."""
    with house.keeper() as keeping:
        reseal(keeping)
        place_hold(keeping, three[0])
        prove_all(keeping)
        go(house, keeping, 32 * DAY)
        assert lives(keeping, three[0])
        assert not lives(keeping, three[1])
        confirm(keeping)
        carry_out(keeping)
        agree(keeping)
        all_open(keeping, (three[0], three[2]), NEW_ONES)


def test_a_hold_that_is_placed_while_it_is_carried_out_is_sealed_anew_too(
    house: House, three: tuple[str, str, str]
) -> None:
    """After the holds were looked at and before the days are: the round is not over before that one is looked at."""
    with house.keeper() as keeping:
        sealed_anew(keeping)
        keeping.turn()
        place_hold(keeping, three[0])
        carry_out(keeping)
        agree(keeping)
        all_open(keeping, three, NEW_ONES)


@pytest.mark.parametrize("limit", [1, 2])
def test_headers_go_out_a_page_at_a_time(house: House, three: tuple[str, str, str], limit: int) -> None:
    """As many as were asked for, each once, one after the other; the same of those that wait."""
    with house.keeper() as keeping:
        for verb in ("headers", "reseal-waiting"):
            found: list[list[str]] = []
            after = None
            while (page := ask(keeping, verb, after=after, limit=limit))["recordings"]:
                found.append([each["id"] for each in page["recordings"]])
                after = page["after"]
            assert {len(each) for each in found[:-1]} == {limit}
            assert sorted(name for each in found for name in each) == sorted(three)
            if verb == "headers":
                reseal(keeping)


def test_nobody_confirms_on_a_proof_that_is_too_old(house: House, three: tuple[str, str, str]) -> None:
    """Half a year after the words were given back they are to be given back again; until then nothing is confirmed."""
    with house.keeper() as keeping:
        reseal(keeping)
        prove_all(keeping)
        clock_of(house).advance(181 * DAY)
        with pytest.raises(Refused, match=r"lately that he can open anything: anna, safe"):
            confirm(keeping)
        keeping.keeper._proofs.look(house.clock.stamp(), {})
        prove_all(keeping)
        assert confirm(keeping)["recordings"] == len(three)


def test_a_hold_that_was_locked_again_keeps_releases_and_destroys_as_before(
    house: House, three: tuple[str, str, str]
) -> None:
    """Its key has another name: it still catches, is reviewed, told, released, and its last recording goes with it."""
    with house.keeper() as keeping:
        sealed_anew(keeping)
        carry_out(keeping)
        (standing,) = keeping.box.holds.standing()
        hold = standing.hold.id
        assert [each for each in keeping.box.vault.table.ids() if each.startswith("hold-")] == [
            f"hold-{hold}.2"
        ]
        go(house, keeping, 32 * DAY)
        assert lives(keeping, three[2])
        ask(keeping, "told", hold=hold, said="by letter", exempt=False)
    with house.keeper() as keeping:
        (standing,) = keeping.box.holds.standing()
        assert standing.hold.told is not None
        ask(keeping, "release", hold=hold, said="over")
        go(house, keeping, DAY)
        assert not lives(keeping, three[2])
        assert not [each for each in keeping.box.vault.table.ids() if each.startswith("hold-")]
        assert not (house.places.store / f"{three[2]}.body").exists()


def test_while_a_cell_may_keep_what_is_destroyed_nothing_is_carried_out(
    house: House, three: tuple[str, str, str]
) -> None:
    """The old keys would live on in it: the round waits, old headers and all, and goes on once the cell is good."""
    with house.keeper() as keeping:
        sealed_anew(keeping)
        for _ in range(20):
            keeping.keeper._resealing.turn(destroys=False)
        all_open(keeping, three, OLD_ONES)
        carry_out(keeping)
        all_open(keeping, three, NEW_ONES)


def test_dropped_headers_are_gone_and_the_old_ones_stay(house: House, three: tuple[str, str, str]) -> None:
    """Nothing waits, the keys under which it waited are destroyed, and it may begin anew."""
    with house.keeper() as keeping:
        reseal(keeping)
        waited = {key for each in three for key in every_lock(keeping, each)}
        ask(keeping, "reseal-drop")
        carry_out(keeping)
        agree(keeping)
        assert not waited & set(keeping.box.vault.table.ids())
        all_open(keeping, three, OLD_ONES)
        assert sorted(reseal(keeping)) == sorted(three)


def test_what_was_confirmed_is_carried_out_by_the_next_keeper(
    house: House, three: tuple[str, str, str]
) -> None:
    """Killed right after the entry: the next start goes on from the log alone, also with a catalogue that was lost."""
    with house.keeper() as keeping:
        sealed_anew(keeping)
    house.places.catalogue.unlink()
    with house.keeper() as keeping:
        carry_out(keeping)
        agree(keeping)
        for each in three:
            assert opens(keeping, every_lock(keeping, each)[0], each) == NEW_ONES


@pytest.mark.usefixtures("three")
def test_what_waits_still_waits_when_the_recipients_went_back_and_forth(house: House) -> None:
    """While the settings name office again nothing is asked; once they name anna, under whatever names, she confirms."""
    with house.keeper() as keeping:
        reseal(keeping)
    text = house.config.read_text()
    house.config.write_text(
        text.replace('name = "anna"', 'name = "office"').replace(
            ANNA.recipient().text(), OFFICE.recipient().text()
        )
    )
    with house.keeper() as keeping:
        assert headers(keeping)["recordings"] == []
        with pytest.raises(Refused, match="no new headers wait"):
            ask(keeping, "reseal-try")
    replace_office(house)
    house.config.write_text(house.config.read_text().replace('name = "safe"', 'name = "vault"'))
    with house.keeper() as keeping:
        assert headers(keeping)["recordings"] == []
        prove_all(keeping, ("anna", ANNA), ("vault", SAFE))
        assert confirm(keeping)["recordings"] == 3


def test_a_round_for_others_is_dropped_before_another_begins(
    house: House, three: tuple[str, str, str]
) -> None:
    """What waits for anna is dropped once the settings name somebody else, and what is made for him is then taken."""
    from firmware.sealing.age import Identity  # noqa: PLC0415  one more person

    bert = Identity.generate()
    with house.keeper() as keeping:
        reseal(keeping)
    house.config.write_text(
        house.config.read_text().replace(ANNA.recipient().text(), bert.recipient().text())
    )
    by = sealing(to=(bert.recipient(), SAFE.recipient()))
    with house.keeper() as keeping:
        with pytest.raises(Refused, match="they are dropped"):
            reseal(keeping, by)
        carry_out(keeping)
        assert sorted(reseal(keeping, by)) == sorted(three)
        agree(keeping)


def test_what_does_not_fit_is_refused(house: House, three: tuple[str, str, str]) -> None:
    """One stanza too few or of another kind, two headers, a long one, a missing or strange header, a stranger's name."""
    with house.keeper() as keeping:
        to, made = new_headers(keeping, sealing())
        page = headers(keeping)
        body = next(one["sha256"] for one in page["recordings"][0]["headers"] if one["of"] == "body")
        good = b64decode(made[0]["headers"][body])
        key = fresh_file_key()

        def refused(header_: bytes | None, why: str, **more: object) -> None:
            told = dict(made[0]["headers"])
            if header_ is None:
                told.pop(body)
            else:
                told[body] = b64encode(header_).decode()
            with pytest.raises(Refused, match=why):
                ask(keeping, "reseal", **({"to": to, "recordings": [made[0] | {"headers": told}]} | more))

        refused(header(key, [ANNA.recipient()]), "1 X25519, and the settings name 2 X25519")
        refused(header(key, [ANNA.recipient()] * 3), "3 X25519")
        refused(good + good, "more than one header")
        refused(good + b"\n", "more than one header")
        refused(good[:-9] + b"\n", "no header|second spelling")
        refused(b"age-encryption.org/v1\n" + b"-> X25519 AAAA\n\n" * 2000, "is the most")
        refused(None, "do not stand for")
        refused(good, "the recipients of the settings are others", to="0" * 16)
        refused(good, "no new headers were given", recordings=[])
        sound = taken_in(house, keeping)
        with pytest.raises(Refused, match="is sealed to the recipients of the settings already"):
            ask(keeping, "reseal", to=to, recordings=[made[0] | {"id": sound}])
        with pytest.raises(Refused, match="there is no recording"):
            ask(keeping, "reseal", to=to, recordings=[made[0] | {"id": "0" * 13}])
        assert "resealed" not in keeping.whats()
        assert sorted(reseal(keeping)) == sorted(three)


def test_nobody_confirms_who_did_not_open_one(house: House, three: tuple[str, str, str]) -> None:
    """Without a word given back lately, with a wrong proof, for a recording of which nothing waits: refused; all stays."""
    with house.keeper() as keeping:
        said = {"id": three[0], "proof": "00" * 32, "with": "anna"}

        def refused(why: str, **more: object) -> None:
            with pytest.raises(Refused, match=why):
                ask(keeping, "reseal-confirm", **(said | more))

        refused("no new headers wait")
        prove_all(keeping, ("anna", ANNA))
        reseal(keeping)
        refused("lately that he can open anything: safe")
        prove_all(keeping, ("safe", SAFE))
        refused("anna has not given back a word since the new headers were made")
        refused("nothing is confirmed", **{"with": "safe"})
        refused("no new header of this recording", id=taken_in(house, keeping), **{"with": "safe"})
        assert "reseal confirmed" not in keeping.whats()
        for each in three:
            assert opens(keeping, every_lock(keeping, each)[0], each) == OLD_ONES


def test_nothing_is_handed_or_taken_while_a_decision_is_carried_out(
    house: House, three: tuple[str, str, str]
) -> None:
    """Headers that are about to be others are not wrapped a second time, nor put into a round that is decided."""
    with house.keeper() as keeping:
        to, made = new_headers(keeping, sealing())
        ask(keeping, "reseal", to=to, recordings=made)
        ask(keeping, "reseal-drop")
        for verb, said in (
            ("headers", {"after": None, "limit": None}),
            ("reseal", {"to": to, "recordings": made}),
            ("reseal-waiting", {"after": None, "limit": None}),
            ("reseal-try", {"with": "anna"}),
            ("reseal-confirm", {"id": three[0], "proof": "00" * 32, "with": "anna"}),
            ("reseal-drop", {}),
        ):
            with pytest.raises(Refused, match="still being carried out"):
                ask(keeping, verb, **said)
        assert keeping.whats().count("resealed") == 1
        carry_out(keeping)
        assert len(headers(keeping)["recordings"]) == len(three)


def test_what_has_no_day_yet_keeps_its_new_headers_when_it_gets_one(house: House) -> None:
    """Undated, sealed anew, dated, confirmed: anna opens it under its day."""
    from tests.keeper.keeper_rig import untrusted  # noqa: PLC0415  for this one

    with house.keeper() as keeping:
        name = taken_in(house, keeping, began=untrusted(house.clock.stamp()))
        row = keeping.box.catalogue.get(name)
        assert row is not None
        assert row.due is None
    replace_office(house)
    with house.keeper() as keeping:
        reseal(keeping)
        now = house.clock.stamp().wall_ns
        ask(keeping, "date", id=name, began_ns=now, reason="the caller said so")
        prove_all(keeping)
        confirm(keeping)
        carry_out(keeping)
        agree(keeping)
        assert {opens(keeping, key, name) for key in every_lock(keeping, name)} == {NEW_ONES}


@pytest.mark.usefixtures("three")
def test_the_log_tells_in_words_who_came_and_went(house: House) -> None:
    """On start: added, removed, key replaced; and nothing where nothing changed."""
    with house.keeper() as keeping:
        (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "recipients changed"]
    assert (entry["added"], entry["removed"]) == (["anna"], ["office"])
    with house.keeper() as keeping:
        assert keeping.whats().count("recipients changed") == 1
    house.config.write_text(
        house.config.read_text().replace(ANNA.recipient().text(), OFFICE.recipient().text())
    )
    with house.keeper() as keeping:
        last = [each for each in keeping.box.log.entries() if each["what"] == "recipients changed"][-1]
    assert last["key replaced"] == ["anna"]


@pytest.mark.usefixtures("three")
def test_no_header_reaches_a_disk_in_clear(house: House) -> None:
    """Old and new ones, while they wait and after they count: no byte below the data directory tells one."""
    with house.keeper() as keeping:
        to, made = new_headers(keeping, sealing())
        old = [b64decode(one["header"]) for each in headers(keeping)["recordings"] for one in each["headers"]]
        new = [b64decode(one) for each in made for one in each["headers"].values()]
        ask(keeping, "reseal", to=to, recordings=made)
        seen = [line for each in old + new for line in each.splitlines()[1:3]]
        _nowhere(house, seen)
        prove_all(keeping)
        confirm(keeping)
        carry_out(keeping)
    _nowhere(house, seen)


def _nowhere(house: House, lines: list[bytes]) -> None:
    for path in filter(Path.is_file, house.places.data.rglob("*")):
        content = path.read_bytes()
        assert not [line for line in lines if line in content], path
