"""Every code has somebody who acts on it, and the tables of alarms name codes that there are."""

from firmware import alarms
from firmware.faults import CODES, Fault


def test_the_tables_name_codes_that_there_are() -> None:
    """A code that is renamed or misspelt would silently be on every lamp, or on none."""
    named = alarms.KEEPING | alarms.LOSS | alarms.PATIENT | alarms.NOT_SILENCED
    assert named <= CODES.keys()


def test_each_kind_of_fault_has_somebody_who_acts() -> None:
    """The kinds of `firmware.faults`, and no other."""
    assert alarms.OWNERS.keys() == {each.kind for each in Fault.__subclasses__()}


def test_the_tables_do_not_contradict_each_other() -> None:
    """What is never silenced is on a lamp, and nothing touches both keeping and loss."""
    assert all(map(alarms.on_lamp, alarms.NOT_SILENCED))
    assert not alarms.KEEPING & alarms.LOSS
    assert not alarms.PATIENT & alarms.NOT_SILENCED


def test_an_unknown_code_is_the_controllers_and_on_every_lamp() -> None:
    """A newer recorder beside an older keeper: when in doubt it is said."""
    assert alarms.owner_of("strange.new") is alarms.Owner.CONTROLLER
    assert alarms.on_lamp("strange.new")
    assert alarms.controllers("strange.new")
