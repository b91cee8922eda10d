"""A recipient shows every half year that recordings can be opened; nothing about it ever disarms a line."""

import json

import pytest

from firmware.clock import ClockState
from firmware.faults import Refused
from tests.keeper.keeper_rig import MORNING, OFFICE, SAFE, House, Keeping, stock_age
from tests.keeper.reseal_rig import ask, prove_all
from tests.keeper.test_keeper_disposal import DAY, clock_of

BOTH = (("office", OFFICE), ("safe", SAFE))


def days(house: House, keeping: Keeping, count: float) -> None:
    clock_of(house).advance(count * DAY)
    keeping.turn()


def told(keeping: Keeping) -> list[str]:
    return [each.message for each in keeping.box.board.faults() if each.code.startswith("seal.proof")]


def test_asked_again_a_fortnight_before_half_a_year(house: House) -> None:
    """Nothing for 165 days; then a word and how long is left; after 180 a fault that counts; given back, nothing again."""
    with house.keeper() as keeping:
        prove_all(keeping, *BOTH)
        days(house, keeping, 165)
        assert told(keeping) == []
        assert list(house.places.proof.iterdir()) == []
        days(house, keeping, 1)
        (soon,) = told(keeping)
        assert soon.startswith("recipient office showed 166 days ago, on 2026-03-02")
        assert "in 14 days" in soon
        days(house, keeping, 30)
        (old,) = told(keeping)
        assert "196 days ago" in old
        assert "lines stay armed" in old
        assert house.armed()["proved"] == ["office", "safe"]
        assert "seal.proof-old" in house.codes()
        prove_all(keeping, BOTH[0])
        keeping.turn()
        (other,) = told(keeping)
        assert "recipient safe" in other
        prove_all(keeping, BOTH[1])
        keeping.turn()
        assert told(keeping) == []
    assert list(house.places.proof.iterdir()) == []


def test_the_day_of_a_proof_outlives_a_restart_and_its_word_does_not_count_twice(house: House) -> None:
    """The next keeper knows it; a word once given back is refused, and so is asking for one that is not there."""
    with house.keeper() as keeping:
        word = stock_age((house.places.proof / "office.age").read_bytes(), house.folder).decode()
        prove_all(keeping, *BOTH)
        for again in (("prove", {"name": "office", "word": word}), ("ask", {"name": "office"})):
            with pytest.raises(Refused, match="proved already") as fault:
                ask(keeping, again[0], **again[1])
            assert fault.value.hint.startswith("it is asked again 166 days after")
    with house.keeper() as keeping:
        listed = ask(keeping, "recipients")["recipients"]
        assert {each["proved_ns"] for each in listed} == {round(MORNING.timestamp()) * 10**9}
        days(house, keeping, 170)
    with house.keeper() as keeping:
        keeping.turn()
        assert len(told(keeping)) == 1
        with pytest.raises(Refused, match="that is not the word"):
            ask(keeping, "prove", name="office", word=word)


@pytest.mark.parametrize("content", [b"", b"{", b'{"format":9}', b'{"format":2}', b"\x00" * 4096])
def test_a_damaged_file_of_words_disarms_nothing(house: House, content: bytes) -> None:
    """It is moved aside; who was proved stays so, and each is asked anew, with a word that counts."""
    with house.keeper() as keeping:
        prove_all(keeping, BOTH[0])
        days(house, keeping, 1)
    house.places.challenges.write_bytes(content)
    with house.keeper() as keeping:
        days(house, keeping, 1)
        assert house.armed()["proved"] == ["office"]
        assert "seal.recipient-unproved" in house.codes()
        told = {each["name"]: each for each in ask(keeping, "recipients")["recipients"]}
        assert told["office"]["asked"] is told["safe"]["asked"] is True
        assert told["office"]["proved_ns"] == round(MORNING.timestamp()) * 10**9
        prove_all(keeping, *BOTH)
        keeping.turn()
        assert house.armed()["proved"] == ["office", "safe"]
    assert house.places.challenges.with_name("challenges.json.damaged").read_bytes() == content


@pytest.mark.parametrize("name", ["nobody", "", "../signing", "..", "office/../safe"])
def test_there_is_a_word_for_recipients_alone(house: House, name: str) -> None:
    """A name that none of them has reaches no file."""
    with house.keeper() as keeping:
        for verb, more in (("ask", {}), ("prove", {"word": "w"})):
            with pytest.raises(Refused) as fault:
                ask(keeping, verb, name=name, **more)
            assert fault.value.code == "refused.unknown-recipient"


def test_a_clock_in_doubt_asks_nobody_and_disarms_nothing(house: House) -> None:
    """A clock set ahead by years, not believed: no word, no fault about proofs; a proof under it counts from a believed time."""
    clock = clock_of(house)
    with house.keeper() as keeping:
        prove_all(keeping, BOTH[0])
        keeping.turn()
        clock.state = ClockState.UNTRUSTED
        prove_all(keeping, BOTH[1])
        days(house, keeping, 400)
        assert told(keeping) == []
        assert list(house.places.proof.iterdir()) == []
        assert house.armed() == {"format": 1, "proved": ["office", "safe"], "clock_trusted": True}
        written = json.loads(house.places.challenges.read_bytes())["recipients"]
        assert written["safe"]["proved_ns"] is None


def test_what_an_earlier_version_wrote_counts_by_the_log(house: House) -> None:
    """Format 1 kept no days: the audit log has them."""
    with house.keeper() as keeping:
        prove_all(keeping, *BOTH)
        days(house, keeping, 100)
    written = json.loads(house.places.challenges.read_bytes())
    for each in written["recipients"].values():
        del each["proved_ns"], each["asked"]
    house.places.challenges.write_text(json.dumps(written | {"format": 1}))
    with house.keeper() as keeping:
        keeping.turn()
        assert told(keeping) == []
        days(house, keeping, 70)
        assert "170 days ago" in told(keeping)[0]


def test_a_word_that_waits_stays_the_same_whoever_asks_and_over_a_restart(house: House) -> None:
    """It may be on its way to a safe: asking again, half a year and the next keeper leave it; then it counts once."""
    with house.keeper() as keeping:
        prove_all(keeping, *BOTH)
        assert list(house.places.proof.iterdir()) == []
        keeping.keeper._verbs.proofs.ask_again("safe")
        sealed = (house.places.proof / "safe.age").read_bytes()
        keeping.keeper._verbs.proofs.ask_again("safe")
        days(house, keeping, 170)
        assert (house.places.proof / "safe.age").read_bytes() == sealed
    with house.keeper() as keeping:
        assert (house.places.proof / "safe.age").read_bytes() == sealed
        word = stock_age(sealed, house.folder, SAFE).decode()
        ask(keeping, "prove", name="safe", word=word)
        with pytest.raises(Refused, match="proved already"):
            ask(keeping, "prove", name="safe", word=word)
    with house.keeper() as keeping:
        listed = {each["name"]: each for each in ask(keeping, "recipients")["recipients"]}
        assert (listed["safe"]["proved"], listed["safe"]["asked"]) == (True, False)
