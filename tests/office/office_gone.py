"""What is left of a recording once it is destroyed: a name, a certificate that verifies alone, and nothing that opens it."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from office_kept import CALLER, Kept

from firmware.audit.certificate import content_of, wrong_with
from firmware.faults import Refused
from firmware.vault.reading import Fields

if TYPE_CHECKING:
    from office_play import Play


def destroyed(play: "Play", recording: str) -> None:
    """No key of the vault opens it, its body is gone, and whoever asks is told so."""
    kept = play.of(recording)
    assert kept.id not in {each for _, each, _ in play.box.box.vault.everything()}
    assert not (play.box.places.store / f"{kept.id}.body").exists()
    with pytest.raises(Refused, match="was destroyed on"):
        play.box.ask("show", id=kept.id)


def nothing_opens(play: "Play", recording: str) -> None:
    """Header, details, manifest, body, the day's key and the root keys of then are in no file, the cell included."""
    kept = play.of(recording)
    wanted = [*kept.contents, *map(b64encode, kept.contents), *kept.keys, kept.body[:64], kept.body[-64:]]
    for path, content in play.box.contents():
        assert [each for each in wanted if each in content] == [], path
    table = play.box.box.vault.table
    assert kept.keys[0] not in {table.key(each) for each in table.ids()}


def nothing_left(play: "Play", recording: str) -> None:
    """Its name stands in log, certificates, the index of what is gone and old blocks of the live log; its facts nowhere."""
    kept = play.of(recording)
    files = dict(play.box.contents())
    named = {path.name for path, content in files.items() if kept.id.encode() in content}
    places = ("entries", "catalogue.db", "live.log", str(certificate_path(play, kept).name))
    assert [each for each in named if not each.startswith(places)] == []
    assert f'"id":"{kept.id}"'.encode() not in files[play.box.places.live_log]
    assert [path for path, content in files.items() if CALLER.encode() in content] == []


def not_listed(play: "Play", recording: str) -> None:
    """A person does not see it."""
    assert play.of(recording).id not in {each["id"] for each in play.box.listed()}


def certificate_path(play: "Play", kept: Kept) -> Path:
    """Where the certificate lies that names the recording."""
    (one,) = [
        path
        for path in play.box.places.certificates.glob("*.json")
        if kept.id in {named["id"] for named in _recordings(path.read_bytes())}
    ]
    return one


def certificate_of(play: "Play", kept: Kept) -> bytes:
    """The certificate that names the recording."""
    return certificate_path(play, kept).read_bytes()


def _recordings(certificate: bytes) -> list[Mapping[str, object]]:
    listed: list[Mapping[str, object]] = content_of(certificate).content["recordings"]
    return listed


def said(play: "Play", recording: str) -> Fields:
    """What the recording's certificate says."""
    return content_of(certificate_of(play, play.of(recording)))


def certificate(play: "Play", recording: str) -> None:
    """It verifies with nothing but the box's public key, and a changed one does not."""
    found, public = certificate_of(play, play.of(recording)), play.box.box.signer.public
    assert wrong_with(found, public) is None
    other = play.of(recording).id[::-1].encode()
    assert wrong_with(found.replace(play.of(recording).id.encode(), other), public) is not None


def because(play: "Play", recording: str, why: str) -> None:
    """The reason."""
    assert said(play, recording).text("because") == why


def method(play: "Play", recording: str, how: str) -> None:
    """By what: the box's own cell, honestly named."""
    assert said(play, recording).text("method") == how


def copies(play: "Play", recording: str, number: str) -> None:
    """Copies handed out that nobody confirmed destroyed."""
    assert len(said(play, recording).each("copies_not_confirmed_destroyed")) == int(number)


CHECKS_OF_GONE: Mapping[str, Callable[..., None]] = {
    "destroyed": destroyed,
    "nothing opens": nothing_opens,
    "nothing left": nothing_left,
    "not listed": not_listed,
    "certificate": certificate,
    "because": because,
    "method": method,
    "copies": copies,
}
"""How each claim about what is destroyed is looked at."""
