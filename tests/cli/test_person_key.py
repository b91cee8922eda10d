"""Public keys that somebody may log in with, made by the stock ssh-keygen; everything else is refused by what it is."""

import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.cli.person_key import KINDS, read_key
from firmware.faults import Refused
from firmware.keeper.key_file import FULL_NAME

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP8dd8cBIfAhjrTXj16ArgCuLih2g10NZN1gMj1n8biq"

Made = Callable[..., bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The public file of a fresh key of ssh-keygen."""
    folder = tmp_path_factory.mktemp("keys")

    def fresh(*words: str) -> bytes:
        path = folder / "-".join(words)
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "a comment", "-f", path, *words], check=True)
        return Path(f"{path}.pub").read_bytes()

    return fresh


def wire(*parts: bytes) -> str:
    return b64encode(b"".join(len(each).to_bytes(4) + each for each in parts)).decode()


def why(content: bytes | str) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(Refused) as refusal:
        read_key(content.encode() if isinstance(content, str) else content)
    assert refusal.value.code == "refused.person-key"
    return refusal.value.message


@pytest.mark.parametrize(
    "words",
    [
        ("-t", "ed25519"),
        ("-t", "ecdsa", "-b", "256"),
        ("-t", "ecdsa", "-b", "521"),
        ("-t", "rsa", "-b", "3072"),
    ],
)
def test_what_ssh_keygen_makes_is_taken(made: Made, words: tuple[str, ...]) -> None:
    """Kind and base64 as they stand; comment, blank lines and remarks go; the fingerprint is ssh-keygen's."""
    content = made(*words)
    key = read_key(b"\n# a remark\n" + content + b"\n")
    assert f"{key.kind} {key.base64}" == " ".join(content.decode().split()[:2])
    told = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=content, capture_output=True, check=True)
    assert key.fingerprint == told.stdout.decode().split()[1]


def test_a_key_in_a_security_token_is_taken() -> None:
    """The point of either kind, and what it was made for."""
    point = b64decode(ED25519.split()[1])[-32:]
    kind = "sk-ssh-ed25519@openssh.com"
    assert read_key(f"{kind} {wire(kind.encode(), point, b'ssh:')}".encode()).kind == kind
    kind = "sk-ecdsa-sha2-nistp256@openssh.com"
    coded = wire(kind.encode(), b"nistp256", b"\x04" + bytes(64), b"ssh:")
    assert read_key(f"{kind} {coded}".encode()).kind == kind


def test_what_is_weak_is_refused_by_what_it_is(made: Made) -> None:
    """Short RSA, DSA, a point that lets everybody in."""
    assert why(made("-t", "rsa", "-b", "2048")) == "the RSA key has 2048 bits; 3072 are the least"
    assert "DSA" in why("ssh-dss AAAAB3NzaC1kc3M=")
    for kind in ("ssh-ed25519", "sk-ssh-ed25519@openssh.com"):
        parts = (kind.encode(), b"\x01" + bytes(31), *((b"ssh:",) if kind.startswith("sk") else ()))
        assert "point" in why(f"{kind} {wire(*parts)}")


def test_what_is_no_key_for_a_login_is_refused(made: Made, tmp_path: Path) -> None:
    """A private key, a certificate, options, two keys, none, another kind than it says, half of one, no text."""
    made("-t", "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True)
    assert "private" in why((tmp_path / "k").read_bytes())
    assert "certificate" in why("ssh-ed25519-cert-v01@openssh.com AAAA")
    for options in ('command="sh"', "restrict", "cert-authority", 'from="*",environment="A=b"'):
        assert "options" in why(f"{options} {ED25519}")
    assert "2 keys" in why(f"{ED25519}\n{ED25519}\n")
    assert "0 keys" in why("# nothing\n\n")
    assert "cut short" in why(ED25519[:-4])
    assert "cut short" in why("ssh-ed25519")
    assert "cut short" in why("ssh-ed25519 !!!!")
    assert why(f"ssh-rsa {ED25519.split()[1]}")
    assert "kind that it says" in why(f"ssh-ed25519 {wire(b'ssh-rsa', b64decode(ED25519.split()[1])[-32:])}")
    assert "no public key" in why("age1qqqq")
    assert "not text" in why(b"\xff\xfe")
    assert "64 KiB" in why(b"#" * 70_000)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.sampled_from(KINDS).flatmap(
            lambda kind: st.binary(max_size=120).map(
                lambda wired: f"{kind} {b64encode(wired).decode()}".encode()
            )
        ),
    )
)
def test_any_bytes_are_a_key_or_refused(content: bytes) -> None:
    """No other exception, and what is taken stands in the file as it is taken."""
    try:
        key = read_key(content)
    except Refused:
        return
    assert f"{key.kind} {key.base64}".encode() in b" ".join(content.split())


def test_nothing_of_a_private_key_is_said_again(tmp_path: Path) -> None:
    """The refusal names no part of it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True)
    content = (tmp_path / "k").read_text()
    said = why(content)
    assert not any(line in said for line in content.splitlines() if line)


def test_one_key_has_one_spelling(made: Made) -> None:
    """RSA numbers with zeros in front, or base64 that says nothing more, would be another key to who compares texts."""
    kind, base64, *_ = made("-t", "rsa", "-b", "3072").decode().split()
    wire_ = b64decode(base64)
    parts = []
    while wire_:
        size = int.from_bytes(wire_[:4])
        parts.append(wire_[4 : 4 + size])
        wire_ = wire_[4 + size :]
    name, exponent, modulus = parts
    assert read_key(f"{kind} {wire(name, exponent, modulus)}".encode()).base64 == base64
    for again in ((b"\0" + exponent, modulus), (exponent, b"\0" + modulus), (exponent, modulus[1:])):
        assert "second spelling" in why(f"{kind} {wire(name, *again)}")


def test_a_full_name_is_text() -> None:
    """Bytes of a command line that are no UTF-8 come as lone surrogates, and no account is made with them."""
    assert FULL_NAME.fullmatch("Zo\u00eb O'Neil-Example")
    assert not FULL_NAME.fullmatch(b"Zo\xeb".decode(errors="surrogateescape"))
