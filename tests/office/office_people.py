"""What people do at the box, and what is left of that for whoever audits them: fetching, noting, looking, leaving."""

import os
import pwd
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from office_box import KEYS
from office_kept import let_go

from firmware.faults import Refused
from firmware.office.resealing import Opener, Sealing
from firmware.office.witness_story import parts
from firmware.sealing.age import Identity, file_key_of, unlock
from firmware.sealing.fitting import proof_of
from firmware.shell import life
from firmware.vault.reading import Fields

if TYPE_CHECKING:
    from office_play import Play

ME = pwd.getpwuid(os.geteuid()).pw_name
"""The account that a sheet calls IT."""

LEAVER, SAFE = KEYS
NEWCOMER = Identity.generate()

LONGEST = 120
"""Characters and numbers in a row; a second of speech in the tightest telephone codec is more (G.729: 1,000 bytes)."""


def fetch_because(play: "Play", recording: str, purpose: str, reference: str, because: str) -> None:
    """A copy goes out for what the notice allows as an exception."""
    asked = {"purpose": purpose, "ref": reference, "because": because}
    let_go(play.box.ask("get", id=play.of(recording).id, **asked))


def note(play: "Play", recording: str, name: str, case: str) -> None:
    """Somebody whom a recording is about is noted, sealed to the office."""
    play.box.ask("note", id=play.of(recording).id, ref=case, subject=name, text=f"about {name}")


def look(play: "Play") -> None:
    """Somebody asks for the screen and for the list."""
    play.box.ask("watch")
    play.box.listed()


def leaver(play: "Play") -> None:
    """The settings name another recipient in the place of the first, and the keeper is started with them."""
    old = f'name = "office"\nkey = "{LEAVER.recipient().text()}"'
    text = play.box.config.read_text()
    assert text.count(old) == 1
    play.box.config.write_text(text.replace(old, f'name = "newcomer"\nkey = "{NEWCOMER.recipient().text()}"'))
    play.box.restart()
    play.box.turn()


def anew(play: "Play") -> None:
    """Everything is sealed anew where the leaver's key still is, tried with the newcomer's, and confirmed."""
    to = (NEWCOMER.recipient(), SAFE.recipient())
    sealing = Sealing((Opener(LEAVER, LEAVER.recipient().text()),), to, "")
    page = play.box.ask("headers", after=None, limit=None).content
    made = [sealing.anew(each["id"], list(_headers(each))) for each in page["recordings"]]
    play.box.ask("reseal", to=page["to"], recordings=[each.content() for each in made if each])
    waits = play.box.ask("reseal-try", **{"with": "newcomer"}).content
    sealed = b64decode(play.box.ask("ask", name="newcomer").content["sealed"])
    play.box.ask("prove", name="newcomer", word=unlock(sealed, NEWCOMER).decode())
    header = b64decode(waits["header"])
    file_key = file_key_of(header, (NEWCOMER,))
    assert file_key is not None
    proof = proof_of(file_key, waits["id"], header)
    play.box.ask("reseal-confirm", id=waits["id"], proof=proof, **{"with": "newcomer"})
    while play.box.ask("reseals").content["rounds"]:
        play.box.turn()


def _headers(recording: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    return ((each["of"], b64decode(each["header"])) for each in recording["headers"])


def not_for(play: "Play", recording: str, purpose: str, reference: str, why: str) -> None:
    """Fetching it for that is refused, with the reason."""
    with pytest.raises(Refused) as refused:
        play.box.ask("get", id=play.of(recording).id, purpose=purpose, ref=reference)
    assert why in refused.value.message


def no_reference(play: "Play", recording: str, purpose: str) -> None:
    """Nothing leaves without a case."""
    not_for(play, recording, purpose, "", "with a reference")


def told(play: "Play", recording: str, what: str) -> None:
    """It stands in what `show` prints."""
    content = play.box.ask("show", id=play.of(recording).id).content
    assert what.replace("IT", ME) in "\n".join(life._life(content))


def audited(play: "Play", what: str) -> None:
    """It stands in what the witness on the controller's own PC reads out of the audit log."""
    entries = [Fields("entry", each) for each in play.box.box.log.entries()]
    said = "\n".join(line for part in parts(entries) for line in part.lines)
    assert what.replace("IT", ME) in said, said


def by_case(play: "Play", case: str, recording: str) -> None:
    """The reference leads to it."""
    found = play.box.ask("by-ref", ref=case).content["recordings"]
    assert play.of(recording).id in {each["id"] for each in found}


def by_name(play: "Play", name: str, recording: str) -> None:
    """Whom it is about leads to it, and what comes of it is a note that the office alone can open."""
    purpose = play.box.settings.office.purposes[0]
    found = play.box.ask("find", subject=name, purpose=purpose, ref="S-1").content["candidates"]
    (notes,) = [each["notes"] for each in found if each["id"] == play.of(recording).id]
    assert name.casefold() in unlock(b64decode(notes[0]["sealed"]), SAFE).decode().casefold()


def no_words(play: "Play", words: str) -> None:
    """They are in no file of the box."""
    assert [path for path, content in play.box.contents() if words.encode() in content] == []


def no_sound(play: "Play") -> None:
    """Of a line in a call there is a level, one whole number; nothing is long enough to be sound; and nobody can listen."""
    shown = play.box.ask("watch").content
    levels = [each["level_db"] for each in shown["lines"] if each["in_call"]]
    assert levels
    assert all(type(each) is int for each in levels)
    assert all(len(each) < LONGEST for each in _values(shown) if isinstance(each, str | list))
    assert all(not isinstance(each, float) for each in _values(shown["lines"]))
    for verb in ("listen", "monitor", "play", "hear"):
        with pytest.raises(Refused):
            play.box.ask(verb, line=shown["lines"][0]["name"])


def _values(content: object) -> Iterator[object]:
    yield content
    inside = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for each in inside:
        yield from _values(each)


def _opens(play: "Play", recording: str, key: Identity) -> bool:
    kept = play.of(recording)
    (row,) = [each for each in play.box.listed() if each["id"] == kept.id]
    contents = play.box.box.vault.contents(row["key"], kept.id)
    assert contents is not None
    return file_key_of(contents.header, (key,)) is not None


def leaver_opens(play: "Play", recording: str) -> None:
    """What the box keeps of it opens with the key of who left."""
    assert _opens(play, recording, LEAVER)


def leaver_opens_not(play: "Play", recording: str) -> None:
    """It does not, and neither does anything else on its disk: the key that locked the old header is gone."""
    assert not _opens(play, recording, LEAVER)
    assert [path for path, content in play.box.contents() if play.of(recording).header in content] == []


def newcomer_opens(play: "Play", recording: str) -> None:
    """It opens with the key of who came, and with the one in the safe."""
    assert _opens(play, recording, NEWCOMER)
    assert _opens(play, recording, SAFE)


STEPS_OF_PEOPLE: Mapping[str, Callable[..., None]] = {
    "fetch because": fetch_because,
    "note": note,
    "look": look,
    "leaver": leaver,
    "anew": anew,
}
"""How each deed is brought about."""

CHECKS_OF_PEOPLE: Mapping[str, Callable[..., None]] = {
    "not for": not_for,
    "no reference": no_reference,
    "life": told,
    "audited": audited,
    "by case": by_case,
    "by name": by_name,
    "no words": no_words,
    "no sound": no_sound,
    "leaver opens": leaver_opens,
    "leaver opens not": leaver_opens_not,
    "newcomer opens": newcomer_opens,
}
"""How each claim is looked at."""
