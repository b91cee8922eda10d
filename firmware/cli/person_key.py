"""A public key that somebody may log in with, read from a file of one key; everything else is refused by what it is.

1. Ed25519, the three NIST curves, either of them in a security token, RSA of 3072 bits and more.
2. One key a file, without options: what a login may do is not the key's to say.
3. Nothing of a private key is printed, and a key that stood in the wrong file is named as lost.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Final

from firmware.faults import Refused, SealFault
from firmware.keeper.key_file import PublicKey

LONGEST: Final = 64 * 1024
"""Bytes of a file of one key; our choice."""

RSA_BITS: Final = 3072
"""BSI TR-02102-1, 2024, section 2.3.1 asks for 3000 and more; `ssh-keygen` makes 3072."""

POINTS: Final = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of an uncompressed point (SEC 1, section 2.3.3)."""

KINDS: Final = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    *(f"ecdsa-sha2-{curve}" for curve in POINTS),
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
SECOND_SPELLING: Final = "the key is written in a second spelling, and one key would be two persons'"
_HINT: Final = "make one with: ssh-keygen -t ed25519, and give its .pub file"


def read_key(content: bytes) -> PublicKey:
    """The one key of a file; refuses what is no key, a weak one, and more than one."""
    words = _one_line(content).split()
    if words[0] not in KINDS:
        raise _of_no_kind(words)
    key = PublicKey(words[0], words[1] if len(words) > 1 else "")
    try:
        wire = b64decode(key.base64, validate=True)
        parts = tuple(_strings(wire))
    except ValueError as error:
        raise refused_key("the key cannot be read: it is cut short or mistyped") from error
    if parts and parts[0] != key.kind.encode():
        raise refused_key("the key is not of the kind that it says")
    if b64encode(wire).decode() != key.base64:
        raise refused_key(SECOND_SPELLING)
    _require_sound(key, parts)
    return key


def refused_key(message: str) -> Refused:
    """A key that nobody may log in with."""
    return Refused("refused.person-key", message, _HINT)


def _one_line(content: bytes) -> str:
    if b"PRIVATE KEY" in content:
        raise refused_key("this is a private key: treat it as known to others, and make a new one")
    if len(content) > LONGEST:
        raise refused_key(f"the file has more than {LONGEST // 1024} KiB, and a key has less")
    try:
        lines = [line.strip() for line in content.decode().splitlines()]
    except UnicodeDecodeError as error:
        raise refused_key("the file is not text") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) != 1:
        raise refused_key(f"the file holds {len(found)} keys; a person has one")
    return found[0]


def _of_no_kind(words: list[str]) -> Refused:
    """Why what stands where the kind belongs is none."""
    if "-cert-v" in words[0]:
        return refused_key("this is a certificate; the box takes keys only")
    if any(word in KINDS for word in words[1:]):
        return refused_key("options stand before the key; what a login may do is the box's to say")
    if words[0] == "ssh-dss":
        return refused_key("DSA keys are too weak to log in with")
    return refused_key("this is no public key of a kind that is known here: Ed25519, ECDSA or RSA")


def _strings(wire: bytes) -> Iterator[bytes]:
    """The strings of a key as it is sent (RFC 4251, section 5); a `ValueError` where one is cut."""
    while wire:
        size = int.from_bytes(wire[:4])
        if len(wire) < 4 + size:
            raise ValueError("cut")
        yield wire[4 : 4 + size]
        wire = wire[4 + size :]


def _require_sound(key: PublicKey, parts: tuple[bytes, ...]) -> None:
    """Refuse a key that is weak, or has not the parts of its kind."""
    match key.kind.removeprefix("sk-").partition("@")[0], parts:
        case "ssh-ed25519", (_, point, *_) if len(point) == 32:
            _require_point(key, point)
        case "ssh-rsa", (_, *numbers) if any(each != _mpint(each) for each in numbers):
            raise refused_key(SECOND_SPELLING)
        case "ssh-rsa", (_, _, modulus):
            bits = int.from_bytes(modulus).bit_length()
            if bits < RSA_BITS:
                raise refused_key(f"the RSA key has {bits} bits; {RSA_BITS} are the least")
        case name, (_, curve, point, *_) if name == f"ecdsa-sha2-{curve.decode('latin-1')}":
            if len(point) != POINTS[curve.decode()]:
                raise refused_key("the key cannot be read: its point is of another size")
        case _:
            raise refused_key("the key cannot be read: it is cut short or mistyped")


def _mpint(number: bytes) -> bytes:
    """The one spelling of a number that is not negative (RFC 4251, section 5, "mpint")."""
    value = int.from_bytes(number)
    return value.to_bytes(value.bit_length() // 8 + 1) if value else b""


def _require_point(key: PublicKey, point: bytes) -> None:
    """A point of low order would let everybody log in; where it is the bare kind, the sealing module knows how to tell."""
    from firmware.sealing.recipients import montgomery, parse  # noqa: PLC0415  `list` and `remove` need none of it

    try:
        montgomery(point)
        if key.kind == "ssh-ed25519":
            parse(f"{key.kind} {key.base64}")
    except SealFault as fault:
        raise refused_key(fault.message) from fault
