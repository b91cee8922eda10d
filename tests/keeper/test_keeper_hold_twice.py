"""What is asked of a hold at the door: the same once more, and what is missing."""

import pytest

from firmware.faults import Refused
from tests.keeper.keeper_rig import House
from tests.keeper.reseal_rig import ask
from tests.keeper.test_keeper_disposal import taken_in


def test_the_same_is_not_held_twice(house: House) -> None:
    """Typed once more after a connection broke: the hold that stands is named. Another case, or after a release, holds anew."""
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
        asked = {"id": name, "case": "C1", "owner": "dpo", "reason": "a claim"}
        told = ask(keeping, "hold", **asked)["hold"]["id"]
        ask(keeping, "told", hold=told, said="letter")
        with pytest.raises(Refused, match=f"for the same case already: hold {told}") as refused:
            ask(keeping, "hold", **asked)
        assert refused.value.code == "refused.held-already"
        assert ask(keeping, "hold", **(asked | {"case": "C2"}))["recordings"] == [name]
        assert ask(keeping, "hold", **(asked | {"restricted": True}))["recordings"] == [name]
        ask(keeping, "release", hold=told, said="over")
        assert ask(keeping, "hold", **asked)["recordings"] == [name]


def test_what_is_missing_is_named_as_it_is_typed(house: House) -> None:
    """The option, not our word for it."""
    with house.keeper() as keeping:
        name = taken_in(house, keeping)
        for lacking in ("case", "owner", "reason"):
            asked = {"id": name, "case": "C1", "owner": "dpo", "reason": "a claim"} | {lacking: None}
            with pytest.raises(Refused, match=f"--{lacking} is missing"):
                ask(keeping, "hold", **asked)
