"""The keeper tells what only it can see: a recorder that does not speak, a clock that is not to be believed."""

from firmware.clock import ClockState, GivenClock
from tests.keeper.keeper_rig import House, Keeping


def given(house: House) -> GivenClock:
    assert isinstance(house.clock, GivenClock)
    return house.clock


def test_a_recorder_that_does_not_speak_is_a_fault(house: House) -> None:
    """After half a minute without a note, counted from the keeper's start or the last note; a new note settles it."""
    with house.keeper() as keeping:
        given(house).advance(29)
        keeping.turn()
        assert "device.recorder-silent" not in house.codes()
        given(house).advance(1)
        keeping.turn()
        assert "device.recorder-silent" in house.codes()
        house.write_lines(using=1)
        keeping.turn()
        assert "device.recorder-silent" not in house.codes()
        given(house).advance(31)
        (house.places.run / "lines").write_bytes(b"garbage")
        keeping.turn()
        assert "device.recorder-silent" in house.codes()


def test_a_note_of_another_boot_says_nothing(house: House) -> None:
    """The boot clock begins anew with each boot: an old note is no word of today's recorder."""
    given(house).advance(1000)
    house.write_lines(using=1)
    given(house).boot_id = "the next one"
    with house.keeper() as keeping:
        given(house).advance(31)
        keeping.turn()
        assert "device.recorder-silent" in house.codes()


def test_an_untrusted_clock_is_a_fault_and_says_what_follows(house: House) -> None:
    """Before the clock was trusted once no line is armed; after that, what is recorded gets no due day."""
    given(house).state = ClockState.UNTRUSTED
    (house.places.published / "armed.json").unlink()
    with house.keeper() as keeping:
        keeping.turn()
        assert "no line is armed" in told(keeping)
        given(house).state = ClockState.TRUSTED
        keeping.turn()
        assert "device.clock-untrusted" not in house.codes()
        given(house).state = ClockState.UNTRUSTED
        keeping.turn()
        assert "no due day" in told(keeping)


def told(keeping: Keeping) -> str:
    faults = keeping.box.board.faults()
    return next(each.message for each in faults if each.code == "device.clock-untrusted")
