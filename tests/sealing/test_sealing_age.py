import os
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.faults import SealFault
from firmware.sealing import age, bech32
from firmware.sealing.recipients import Recipient, parse
from firmware.sealing.stanza import read_header

SIZES = (0, 1, 65535, 65536, 65537, 300_000)
KINDS = ("X25519", "ssh-ed25519", "ssh-rsa")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Recipient]]:
    """One key pair of each kind, made by the stock tools: the private file, the recipient."""
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for kind in KINDS:
        path = folder / kind
        if kind == "X25519":
            subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
            public = subprocess.run(
                ["age-keygen", "-y", path], check=True, capture_output=True, text=True
            ).stdout
        else:
            subprocess.run(
                ["ssh-keygen", "-q", "-t", kind.removeprefix("ssh-"), "-N", "", "-f", path], check=True
            )
            public = path.with_suffix(".pub").read_text()
        made[kind] = (path, parse(public))
    return made


@pytest.mark.parametrize("size", SIZES)
def test_each_recipient_opens_with_the_stock_tools(
    keys: dict[str, tuple[Path, Recipient]], size: int
) -> None:
    """A file sealed to one key of each kind opens with age and with pyrage for each of them."""
    plain = os.urandom(size)
    sealed = age.seal_bytes(plain, [recipient for _, recipient in keys.values()])
    for path, recipient in keys.values():
        done = subprocess.run(["age", "-d", "-i", path], input=sealed, capture_output=True, check=True)
        assert done.stdout == plain
        text = path.read_text()
        identity = (
            pyrage.x25519.Identity.from_str(text.splitlines()[-1])
            if recipient.kind == "X25519"
            else pyrage.ssh.Identity.from_buffer(text.encode())
        )
        assert pyrage.decrypt(sealed, [identity]) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_each_recipient_opens_alone(keys: dict[str, tuple[Path, Recipient]], kind: str) -> None:
    """A file sealed to one recipient alone opens for that one, and for none of the others."""
    sealed = age.seal_bytes(b"a word", [keys[kind][1]])
    for other, (path, _) in keys.items():
        done = subprocess.run(["age", "-d", "-i", path], input=sealed, capture_output=True, check=False)
        assert (done.stdout == b"a word") == (other == kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipient_is_written_as_it_was_read(keys: dict[str, tuple[Path, Recipient]], kind: str) -> None:
    """The text of a recipient names the same recipient again."""
    recipient = keys[kind][1]
    assert parse(recipient.text()) == recipient
    assert (
        parse(f"  {recipient.text()} somebody@pc \n" if kind != "X25519" else recipient.text()) == recipient
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_lock_made_by_others_opens(size: int) -> None:
    """What age's other implementation sealed to an identity is read; the identity is the same in both."""
    identity = age.Identity.generate()
    theirs = pyrage.x25519.Identity.from_str(identity.text())
    assert str(theirs.to_public()) == identity.recipient().text()
    plain = os.urandom(size)
    assert age.unlock(pyrage.encrypt(plain, [theirs.to_public()]), identity) == plain


def test_the_header_locks_nothing_by_itself() -> None:
    """Header and payload written apart make one standard file."""
    identity, key, pieces = age.Identity.generate(), age.fresh_file_key(), list[bytes]()
    payload = age.Payload(key, pieces.append)
    plain = os.urandom(200_000)
    for start in range(0, len(plain), 777):
        payload.write(plain[start : start + 777])
    payload.close()
    sealed = age.header(key, [identity.recipient()]) + b"".join(pieces)
    assert age.open_bytes(sealed, identity) == plain
    assert read_header(sealed).size == len(sealed) - sum(map(len, pieces))


def test_every_part_is_an_age_file_of_its_own() -> None:
    """Header and part are a standard file; the same bytes sealed twice differ."""
    identity, key = age.Identity.generate(), age.fresh_file_key()
    header = age.header(key, [identity.recipient()])
    one, two = age.part(key, b"tick"), age.part(key, b"tick")
    assert one[:16] != two[:16]
    assert one[16:] != two[16:]
    assert pyrage.decrypt(header + one, [pyrage.x25519.Identity.from_str(identity.text())]) == b"tick"
    assert age.open_part(key, two) == b"tick"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_a_changed_lock_never_opens(plain: bytes, data: st.DataObject) -> None:
    """Any changed, missing or added byte is refused as a fault, and nothing is given out."""
    identity = age.Identity.generate()
    sealed = age.lock(plain, identity.recipient())
    at = data.draw(st.integers(0, len(sealed) - 1))
    change = data.draw(st.integers(1, 255))
    changed = sealed[:at] + bytes([sealed[at] ^ change]) + sealed[at + 1 :]
    for wrong in (changed, sealed[:at], sealed + b"x"):
        with pytest.raises(SealFault) as fault:
            age.unlock(wrong, identity)
        assert fault.value.code in {"seal.damaged", "seal.wrong-key"}


def test_another_key_does_not_open() -> None:
    """A lock of another key is refused with a code of its own."""
    sealed = age.lock(b"secret", age.Identity.generate().recipient())
    with pytest.raises(SealFault, match="another") as fault:
        age.unlock(sealed, age.Identity.generate())
    assert fault.value.code == "seal.wrong-key"


def test_a_changed_part_does_not_open() -> None:
    """A part with one bit changed is refused."""
    key = age.fresh_file_key()
    sealed = bytearray(age.part(key, b"tick"))
    sealed[20] ^= 1
    with pytest.raises(SealFault, match="does not open"):
        age.open_part(key, bytes(sealed))


def test_nobody_is_no_recipient() -> None:
    """Sealing to nobody is refused."""
    with pytest.raises(SealFault, match="nobody"):
        age.seal_bytes(b"", [])


def test_an_identity_never_shows_itself() -> None:
    """Neither repr nor text in a fault holds the private key."""
    identity = age.Identity.generate()
    assert identity.secret.hex() not in repr(identity)
    assert str(identity.secret) not in repr(identity)
    with pytest.raises(SealFault) as fault:
        parse(identity.text())
    assert identity.text()[20:40] not in str(fault.value)
    assert fault.value.code == "seal.private-key"
    with pytest.raises(SealFault) as fault:
        age.Identity.parse(identity.text()[:-1] + "1")
    assert identity.text()[20:40] not in str(fault.value)


REFUSED = {
    "": "seal.malformed-key",
    "hello": "seal.malformed-key",
    "age1qqqq": "seal.malformed-key",
    bech32.encode("age", bytes(31)): "seal.malformed-key",
    bech32.encode("age", bytes(32)): "seal.weak-key",
    bech32.encode("age", b"\1" + bytes(31)): "seal.weak-key",
    bech32.encode("age1yubikey", b"\1" * 33): "seal.unsupported-key",
    "ssh-ed25519 AAAA": "seal.malformed-key",
    "ssh-ed25519 !!!!": "seal.malformed-key",
    "ssh-rsa AAAAB3NzaC1yc2E": "seal.malformed-key",
    "sk-ssh-ed25519@openssh.com AAAAGnNr": "seal.unsupported-key",
    "sk-ecdsa-sha2-nistp256@openssh.com AAAA": "seal.unsupported-key",
    "ecdsa-sha2-nistp256 AAAA": "seal.unsupported-key",
    "ssh-dss AAAA": "seal.unsupported-key",
    "AGE-PLUGIN-YUBIKEY-1QQQ": "seal.private-key",
    "-----BEGIN OPENSSH PRIVATE KEY-----": "seal.private-key",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_open_a_recording_is_no_recipient(text: str) -> None:
    """Each wrong key is refused with its own code and a next step."""
    with pytest.raises(SealFault) as fault:
        parse(text)
    assert fault.value.code == REFUSED[text]
    assert fault.value.hint


def test_a_short_rsa_key_is_refused(tmp_path: Path) -> None:
    """An RSA key of 1024 bits is refused, with the bits seen."""
    command = ["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", str(tmp_path / "k")]
    subprocess.run(command, check=True)
    with pytest.raises(SealFault, match="1024 bits"):
        parse((tmp_path / "k.pub").read_text())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_a_recipient_or_a_fault(text: str) -> None:
    """No text makes anything but a fault, and no fault shows an unknown text."""
    with pytest.raises(SealFault):
        parse(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.data())
def test_a_mistyped_age_key_is_refused(point: bytes, data: st.DataObject) -> None:
    """One changed character, or two exchanged ones, are always noticed."""
    text = bech32.encode("age", point)
    at = data.draw(st.integers(4, len(text) - 1))
    letter = data.draw(st.sampled_from(sorted(set(bech32.ALPHABET) - {text[at]})))
    with pytest.raises(ValueError, match="checksum"):
        bech32.decode(text[:at] + letter + text[at + 1 :])
    assert bech32.decode(text) == ("age", point)
