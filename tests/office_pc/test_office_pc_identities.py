"""Private keys: every kind that opens recordings is read, and none is ever shown."""

import errno
import hashlib
import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.faults import SealFault, SettingsFault
from firmware.office.boxes import Office
from firmware.office.identities import Keys, load, read
from firmware.sealing.age import Identity, part, seal_bytes
from firmware.sealing.recipients import parse
from firmware.sealing.stanza import Stanza, b64, write_header

PASSPHRASE = "correct horse"  # noqa: S105  nobody else has it
WORDS = b"a sealed word\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SSH keys of every kind, with and without a passphrase."""
    made = tmp_path_factory.mktemp("ssh")
    for name, words in {
        "ed25519": ["-t", "ed25519", "-N", ""],
        "ed25519-locked": ["-t", "ed25519", "-N", PASSPHRASE],
        "rsa-locked": ["-t", "rsa", "-b", "2048", "-N", PASSPHRASE],
        "ecdsa": ["-t", "ecdsa", "-N", ""],
    }.items():
        subprocess.run(["ssh-keygen", "-q", "-C", "", "-f", made / name, *words], check=True)
    return made


def asked(answer: str) -> Callable[[str], str]:
    """A person who knows one passphrase."""
    return lambda _: answer


def nobody(prompt: str) -> str:
    """Nobody is to be asked."""
    raise AssertionError(prompt)


def written(path: Path, text: str | bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def behind_a_passphrase(plain: bytes) -> bytes:
    """An age file for a passphrase (age.md, "The scrypt recipient type"), with a work factor that costs a test nothing."""
    key, salt = os.urandom(16), os.urandom(16)
    wrapping = hashlib.scrypt(
        PASSPHRASE.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=4, r=8, p=1, dklen=32
    )
    body = ChaCha20Poly1305(wrapping).encrypt(bytes(12), key, None)
    return write_header((Stanza(("scrypt", b64(salt), "2"), body),), key) + part(key, plain)


@pytest.mark.parametrize("name", ["ed25519", "ed25519-locked", "rsa-locked"])
def test_an_ssh_key_opens_what_was_sealed_to_it(folder: Path, name: str) -> None:
    """Ed25519 and RSA, also behind a passphrase, which is asked for by the name of the file."""
    keys = Keys(read(folder / name, asked(PASSPHRASE) if "locked" in name else nobody))
    sealed = seal_bytes(WORDS, [parse((folder / f"{name}.pub").read_text().strip())])
    assert keys.open(sealed) == WORDS
    assert keys.told() == name


def test_a_wrong_passphrase_and_a_key_that_cannot_are_told_apart(folder: Path) -> None:
    """Each says what it is; neither shows anything of the key."""
    with pytest.raises(SealFault, match="the passphrase does not open"):
        read(folder / "ed25519-locked", asked("wrong"))
    with pytest.raises(SealFault) as fault:
        read(folder / "ecdsa", nobody)
    assert "ECDSA keys cannot" in fault.value.hint


def test_an_age_file_may_hold_several_identities(tmp_path: Path) -> None:
    """As `age-keygen` writes them, comments in between."""
    one, two = Identity.generate(), Identity.generate()
    keys = Keys(
        read(written(tmp_path / "key.txt", f"# made today\n{one.text()}\n\n# x\n{two.text()}\n"), nobody)
    )
    for each in (one, two):
        assert keys.open(seal_bytes(WORDS, [each.recipient()])) == WORDS


def test_an_age_file_under_a_passphrase(tmp_path: Path) -> None:
    """As `age -p` makes it: opened in memory, with the passphrase that a person types."""
    identity = Identity.generate()
    locked = behind_a_passphrase(identity.text().encode())
    path = written(tmp_path / "key.age", locked)
    sealed = seal_bytes(WORDS, [identity.recipient()])
    assert Keys(read(path, asked(PASSPHRASE))).open(sealed) == WORDS
    with pytest.raises(SealFault, match="the passphrase does not open"):
        read(path, asked("wrong"))
    assert [each.name for each in tmp_path.iterdir()] == ["key.age"]


@pytest.mark.parametrize(
    "content", ["", "nothing here\n", "-----BEGIN CERTIFICATE-----\nAAAA\n", b"\xff\x00"]
)
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str | bytes) -> None:
    """What holds no key says which keys there are."""
    with pytest.raises(SealFault) as fault:
        read(written(tmp_path / "key.txt", content), nobody)
    assert fault.value.code == "seal.identity"


def test_nothing_shows_a_key(tmp_path: Path, folder: Path) -> None:
    """Neither `repr`, nor a fault over a mistyped one, nor the chain of exceptions behind it."""
    text = Identity.generate().text()
    path = written(tmp_path / "key.txt", text)
    assert text[20:40] not in repr(read(path, nobody)) + repr(Keys(read(path, nobody)))
    written(path, text[:-1] + ("Q" if text[-1] != "Q" else "P"))
    with pytest.raises(SealFault) as fault:
        read(path, nobody)
    assert text[20:40] not in f"{fault.value}{fault.value.__cause__!r}"
    assert fault.value.__suppress_context__
    with pytest.raises(SealFault) as wrong:
        read(folder / "ed25519-locked", asked("a secret word"))
    assert "a secret word" not in str(wrong.value)


def test_a_key_that_others_may_read_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is used, and the command that mends it is said."""
    path = written(tmp_path / "key.txt", Identity.generate().text())
    path.chmod(0o644)
    read(path, nobody)
    assert f"chmod 600 {path}" in capsys.readouterr().err


def test_no_identity_named_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    """And so is a file that is not there; both say what to do."""
    with pytest.raises(SettingsFault) as fault:
        load(Office(tmp_path))
    assert "callbox office enrol" in fault.value.hint
    with pytest.raises(SealFault, match="No such file"):
        load(Office(tmp_path, identities=(tmp_path / "none.txt",)))


def test_wrong_key_and_damage_are_told_apart(tmp_path: Path) -> None:
    """In memory and as it is poured: sealed to others, or changed."""
    mine, other = Identity.generate(), Identity.generate()
    keys = Keys(read(written(tmp_path / "key.txt", mine.text()), nobody))
    for sealed, code in (
        (seal_bytes(WORDS, [other.recipient()]), "seal.wrong-key"),
        (seal_bytes(WORDS, [mine.recipient()])[:-1], "seal.damaged"),
        (b"age-encryption.org/v1\n", "seal.damaged"),
        (b"", "seal.damaged"),
    ):
        with pytest.raises(SealFault) as fault:
            keys.open(sealed)
        assert fault.value.code == code
        with pytest.raises(SealFault) as fault:
            keys.pour(io.BytesIO(sealed), io.BytesIO())
        assert fault.value.code == code


def test_a_disk_that_is_full_is_no_damage(tmp_path: Path) -> None:
    """What the file says that is written to arrives as it is; so does an interrupt."""

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    class Interrupted(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    identity = Identity.generate()
    keys = Keys(read(written(tmp_path / "key.txt", identity.text()), nobody))
    sealed = seal_bytes(WORDS, [identity.recipient()])
    with pytest.raises(OSError, match="No space"):
        keys.pour(io.BytesIO(sealed), Full())
    with pytest.raises(KeyboardInterrupt):
        keys.pour(Interrupted(sealed), io.BytesIO())
