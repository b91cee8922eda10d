"""kill -9 at every system call of sealing anew and of carrying it out: no recording is lost, and none is half sealed."""

import json
from pathlib import Path

import pytest

from tests.keeper.keeper_rig import House, Keeping
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
    opens,
    place_hold,
    prove_all,
    replace_office,
    reseal,
    sealing,
)
from tests.keeper.reseal_victim import KEY
from tests.keeper.test_keeper_crash import each_point, needs_strace, nowhere
from tests.keeper.test_keeper_disposal import taken_in

POINTS = 2
"""Points of each; CALLBOX_EXAMPLES=soak takes all of them."""


def prepared(house: House) -> tuple[list[str], list[bytes]]:
    """Three recordings, one of them held twice, sealed to office; anna takes his place. Gives names and old keys."""
    with house.keeper() as keeping:
        names = [taken_in(house, keeping) for _ in range(3)]
        for _ in range(2):
            place_hold(keeping, names[0])
    replace_office(house)
    with house.keeper() as keeping:
        prove_all(keeping)
        keys = {key for each in names for key in every_lock(keeping, each)}
        return names, [keeping.box.vault.table.key(key) for key in sorted(keys)]


def say(house: House, *asked: dict[str, object]) -> None:
    (house.folder / "asked.json").write_text(json.dumps(asked))


def whole(keeping: Keeping, names: list[str]) -> set[object]:
    """What every lock of all of these opens to."""
    return {opens(keeping, key, each) for each in names for key in every_lock(keeping, each)}


@pytest.mark.rig
@needs_strace
def test_killed_at_any_call_of_sealing_anew_and_of_carrying_it_out(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the word was entered, all is as it was and can be done again; after it, all is carried out."""
    names, keys = prepared(house)
    with house.keeper() as keeping:
        to, made = new_headers(keeping, sealing())
    first = made[0]
    monkeypatch.setenv(KEY, ANNA.text())
    say(
        house,
        {"verb": "reseal", "to": to, "recordings": made},
        {"verb": "reseal-confirm", "id": first["id"], "proof": first["proof"], "with": "anna"},
    )
    for _ in each_point(house, tmp_path / "prepared", POINTS, "tests.keeper.reseal_victim"):
        with house.keeper() as keeping:
            carry_out(keeping)
            if "reseal confirmed" not in keeping.whats():
                assert whole(keeping, names) == {OLD_ONES}
                assert set(reseal(keeping)) | _waiting(keeping) == set(names)
                confirm(keeping, ANNA)
                carry_out(keeping)
            assert whole(keeping, names) == {NEW_ONES}
            assert headers(keeping)["recordings"] == []
            assert (
                keeping.whats().count("reseal confirmed") == keeping.whats().count("reseal carried out") == 1
            )
        for key in keys:
            nowhere(house, key)


@pytest.mark.rig
@needs_strace
def test_killed_at_any_call_of_dropping(house: House, tmp_path: Path) -> None:
    """The old headers stay, or the new ones still wait; then they are dropped, and what waited is nowhere."""
    names, keys = prepared(house)
    with house.keeper() as keeping:
        reseal(keeping)
    say(house, {"verb": "reseal-drop"})
    for _ in each_point(house, tmp_path / "prepared", POINTS, "tests.keeper.reseal_victim"):
        with house.keeper() as keeping:
            carry_out(keeping)
            assert whole(keeping, names) == {OLD_ONES}
            if _waiting(keeping):
                ask(keeping, "reseal-drop")
                carry_out(keeping)
            assert len(headers(keeping)["recordings"]) == len(names)
        for key in keys:
            nowhere(house, key)


def _waiting(keeping: Keeping) -> set[str]:
    found = keeping.box.catalogue.asked("SELECT id FROM recordings WHERE anew_to IS NOT NULL")
    return {each for (each,) in found}
