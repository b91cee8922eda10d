"""A box whose recipients changed: who had the key of `office` left, `anna` came; and what the office's PC does about it."""

from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Any

from firmware.catalogue.rebuild import known_of
from firmware.catalogue.row import Row
from firmware.keeper.door import Person
from firmware.office.resealing import Opener, Sealing
from firmware.sealing.age import Identity, open_bytes
from firmware.sealing.fitting import proof_of
from firmware.sealing.recipients import Recipient
from firmware.vault.keys import hold_key
from firmware.vault.opaque import fresh
from firmware.vault.reading import Fields
from firmware.vault.resealed import headers_of
from tests.keeper.keeper_rig import OFFICE, SAFE, House, Keeping

ANNA = Identity.generate()
OLD = f'name = "office"\nkey = "{OFFICE.recipient().text()}"'
NEW = f'name = "anna"\nkey = "{ANNA.recipient().text()}"'


def replace_office(house: House) -> None:
    """The settings name anna where they named office; what is recorded from now on is sealed to her."""
    text = house.config.read_text()
    assert OLD in text
    house.config.write_text(text.replace(OLD, NEW))
    house.sealed_to = (ANNA, SAFE)


def sealing(keys: tuple[Identity, ...] = (OFFICE,), to: tuple[Recipient, ...] = ()) -> Sealing:
    """What the office's PC seals anew with."""
    openers = tuple(Opener(each, each.recipient().text()) for each in keys)
    return Sealing(openers, to or (ANNA.recipient(), SAFE.recipient()), "")


def ask(keeping: Keeping, verb: str, **fields: object) -> dict[str, Any]:
    answer = keeping.keeper._verbs.answer(Person("it", 0), Fields("request", {"verb": verb, **fields}))
    return answer.content


def headers(keeping: Keeping, **fields: object) -> dict[str, Any]:
    return ask(keeping, "headers", after=None, limit=None, **fields)


def new_headers(keeping: Keeping, by: Sealing) -> tuple[str, list[dict[str, Any]]]:
    """What the office's PC makes of all that the box hands out."""
    page = headers(keeping)
    made = []
    for each in page["recordings"]:
        pairs = [(one["of"], b64decode(one["header"])) for one in each["headers"]]
        anew = by.anew(each["id"], pairs)
        assert anew is not None
        made.append(anew.content())
    return page["to"], made


def reseal(keeping: Keeping, by: Sealing | None = None) -> list[str]:
    """All of it, as the office's PC does it; gives what was taken."""
    to, made = new_headers(keeping, by or sealing())
    return ask(keeping, "reseal", to=to, recordings=made)["taken"] if made else []


def prove_all(keeping: Keeping, *holders: tuple[str, Identity]) -> None:
    for name, identity in holders or (("anna", ANNA), ("safe", SAFE)):
        sealed = b64decode(ask(keeping, "ask", name=name)["sealed"])
        ask(keeping, "prove", name=name, word=open_bytes(sealed, identity).decode())


def confirm(keeping: Keeping, key: Identity = ANNA, who: str = "anna") -> dict[str, Any]:
    """Somebody opens a new header and a word, and says so."""
    waits = ask(keeping, "reseal-try", **{"with": who})
    if who not in waits["shown"]:
        prove_all(keeping, (who, key))
    header = b64decode(waits["header"])
    file_key = opened(header, key)
    assert file_key is not None
    proof = proof_of(file_key, waits["id"], header)
    return ask(keeping, "reseal-confirm", id=waits["id"], proof=proof, **{"with": who})


def opened(header: bytes, key: Identity) -> bytes | None:
    from firmware.sealing.age import file_key_of  # noqa: PLC0415  what is tested is elsewhere

    return file_key_of(header, (key,))


def carry_out(keeping: Keeping, turns: int = 60) -> None:
    """Turns until nothing that was decided is left."""
    for _ in range(turns):
        if not any(each.decided for each in keeping.keeper._history.rounds.values()):
            return
        keeping.turn()
    raise AssertionError("the round was not carried out")


@dataclass(frozen=True)
class Opens:
    """Who opens everything that lives with a recording under one lock."""

    office: bool
    anna: bool
    safe: bool


OLD_ONES, NEW_ONES = Opens(office=True, anna=False, safe=True), Opens(office=False, anna=True, safe=True)


def opens(keeping: Keeping, key_id: str, recording: str) -> Opens:
    """Who opens it; body, details and notes must agree."""
    contents = keeping.box.vault.contents(key_id, recording)
    assert contents is not None
    found = headers_of(contents, keeping.box.vault.notes(key_id, recording)).values()
    judged = {Opens(*(opened(each, key) is not None for key in (OFFICE, ANNA, SAFE))) for each in found}
    (one,) = judged
    return one


def every_lock(keeping: Keeping, recording: str) -> list[str]:
    """Every key that locks a recording, from the vault alone."""
    table = keeping.box.vault.table
    return [
        key
        for key in table.ids()
        if not key.startswith("live-") and recording in keeping.box.vault.locked(key)
    ]


def rebuilt(keeping: Keeping) -> dict[str, Row]:
    """The rows of a catalogue made anew from the vault."""
    known = known_of(keeping.box.vault, ())
    rows = {row.id: row for row in known.rows}
    return {
        name: replace(row, anew_to=known.anew.get((name, row.key)), noted_to=known.noted.get((name, row.key)))
        for name, row in rows.items()
    }


def place_hold(keeping: Keeping, recording: str) -> str:
    told = ask(keeping, "hold", id=recording, case=fresh(), owner="dpo", reason="r")
    return hold_key(str(told["hold"]["id"]))
