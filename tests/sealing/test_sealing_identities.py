"""Files that the stock `age` sealed are sealed anew: our wrapping of the same file key, its payload untouched, opened by it."""

import os
import subprocess
from pathlib import Path

import pytest

from firmware.faults import SealFault
from firmware.sealing.age import Identity, fresh_file_key, header
from firmware.sealing.age import file_key_of as file_key
from firmware.sealing.fitting import proof_of, shapes, unfit
from firmware.sealing.identities import opener
from firmware.sealing.recipients import parse
from firmware.sealing.stanza import read_header

KINDS = ("ssh-ed25519", "ssh-rsa", "age")


def made(kind: str, folder: Path) -> tuple[Path, str]:
    """A private key by the stock tool, and its public half."""
    path = folder / kind
    if kind == "age":
        subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
        public = subprocess.run(["age-keygen", "-y", path], check=True, capture_output=True, text=True).stdout
        return path, public.strip()
    bits = ["-b", "2048"] if kind == "ssh-rsa" else []
    name = kind.removeprefix("ssh-")
    subprocess.run(["ssh-keygen", "-q", "-t", name, *bits, "-N", "", "-f", path], check=True)
    return path, path.with_suffix(".pub").read_text().strip()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("keys")
    return {kind: made(kind, folder) for kind in KINDS}


def text_of(path: Path) -> bytes:
    """What of a key file is the key."""
    content = path.read_bytes()
    return next((line for line in content.splitlines() if line.startswith(b"AGE-SECRET")), content)


def stock(*words: object, given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["age", *map(str, words)], input=given, capture_output=True, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stock_file_is_sealed_anew_and_the_stock_tool_opens_it(
    kind: str, keys: dict[str, tuple[Path, str]], tmp_path: Path
) -> None:
    """From each kind of key to each other: the new one opens it, the old one does not, the payload is the same bytes."""
    path, public = keys[kind]
    plain = os.urandom(100_000)
    sealed = stock("-r", public, given=plain).stdout
    key, recipient = opener(text_of(path))
    assert recipient.text() == " ".join(public.split()[:2])
    found = file_key(sealed, (key,))
    assert found is not None
    size = read_header(sealed).size
    for other, (others_path, others_public) in keys.items():
        if other != kind:
            anew = header(found, [parse(others_public)]) + sealed[size:]
            assert stock("-d", "-i", others_path, given=anew).stdout == plain
            assert stock("-d", "-i", path, given=anew).returncode != 0
    assert file_key(header(found, [Identity.generate().recipient()]), (key,)) is None
    assert not list(tmp_path.iterdir())


def test_a_changed_header_is_refused_and_a_strangers_key_opens_nothing(
    keys: dict[str, tuple[Path, str]],
) -> None:
    """A stanza taken out is seen by the MAC; no key of another kind or person opens; nothing of a key is shown."""
    path, public = keys["age"]
    key, mine = opener(text_of(path))
    both = header(fresh_file_key(), [mine, Identity.generate().recipient()])
    lines = both.splitlines(keepends=True)
    with pytest.raises(SealFault, match="the header of a sealed file was changed"):
        file_key(b"".join([*lines[:3], *lines[5:]]), (key,))
    others = [opener(text_of(keys[kind][0]))[0] for kind in ("ssh-ed25519", "ssh-rsa")]
    assert file_key(both, others) is None
    for each in (key, *others):
        assert "PRIVATE" not in repr(each)
        assert "secret" not in repr(each)
    with pytest.raises(SealFault, match="no OpenSSH key"):
        opener(b"-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n-----END OPENSSH PRIVATE KEY-----\n")
    assert public.startswith("age1")


def test_what_can_be_seen_of_a_header_without_a_key(keys: dict[str, tuple[Path, str]]) -> None:
    """Number and kinds, and of SSH keys whose; a native age key is anonymous, so that another's looks alike."""
    recipients = [parse(public) for _, public in keys.values()]
    wanted, file_key_ = shapes(recipients), fresh_file_key()
    assert unfit(header(file_key_, recipients), wanted) is None
    stranger = Identity.generate().recipient()
    natives = [stranger if each.kind == "X25519" else each for each in recipients]
    assert unfit(header(file_key_, natives), wanted) is None
    assert unfit(header(file_key_, [*recipients, stranger]), wanted) is not None
    assert unfit(header(file_key_, recipients[:-1]), wanted) is not None


def test_only_who_opened_a_header_can_say_so() -> None:
    """The word depends on file key, recording and header, and tells none of them."""
    key, one, other = fresh_file_key(), b"header one", b"header two"
    words = {
        proof_of(key, "a", one),
        proof_of(key, "b", one),
        proof_of(key, "a", other),
        proof_of(fresh_file_key(), "a", one),
    }
    assert len(words) == 4
    assert all(len(each) == 64 and key.hex() not in each for each in words)
