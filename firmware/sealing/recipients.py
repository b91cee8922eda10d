"""A recipient is a public key to which recordings are sealed: native age, ssh-ed25519 or ssh-rsa.

1. What cannot open a recording with the stock `age` tool is refused here, with the
   reason: keys in hardware (sk-), ECDSA and DSA keys, plugins, short RSA keys.
2. A private key given by mistake is refused and never shown, not even in part.
3. Sources: C2SP age.md, "The X25519 recipient type"; FiloSottile/age, agessh/agessh.go
   (the tweak takes the SSH wire key as HKDF *salt*; research: codec-crypto, section 2).
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from firmware.faults import SealFault
from firmware.sealing import bech32
from firmware.sealing.stanza import Stanza, b64, hkdf, unb64

X25519: Final = "X25519"
SSH_ED25519: Final = "ssh-ed25519"
SSH_RSA: Final = "ssh-rsa"
INFO: Final = b"age-encryption.org/v1/"
"""Every derivation of age names its recipient kind after this."""

RSA_BITS: Final = 2048
"""The least that age accepts (agessh.go)."""

FIELD: Final = 2**255 - 19
CURVE_D: Final = -121665 * pow(121666, -1, FIELD) % FIELD
"""The prime and the constant d of edwards25519 (RFC 8032, section 5.1)."""

ZERO_NONCE: Final = bytes(12)
"""age.md: each wrapping key is used once, so its nonce is zero."""

HINT: Final = "make one with `age-keygen -o key.txt` and give the box the line that begins with age1"


class Recipient(Protocol):
    """A public key for which a file key can be wrapped."""

    @property
    def kind(self) -> str:
        """`X25519` for a native age key, `ssh-ed25519` or `ssh-rsa`."""
        ...

    def text(self) -> str:
        """The public key as a person writes it, without comment."""
        ...

    def wrap(self, file_key: bytes) -> Stanza:
        """The file key, readable by the holder of the private half alone."""
        ...


@dataclass(frozen=True, slots=True)
class AgeRecipient:
    """A native age key; `point` is the 32-byte X25519 public key."""

    point: bytes
    kind: str = X25519

    def text(self) -> str:
        """`age1...`"""
        return bech32.encode("age", self.point)

    def wrap(self, file_key: bytes) -> Stanza:
        """An anonymous stanza: nothing in it names the recipient."""
        share, secret = _agree(self.point)
        key = hkdf(secret, share + self.point, INFO + b"X25519")
        return Stanza((X25519, b64(share)), ChaCha20Poly1305(key).encrypt(ZERO_NONCE, file_key, None))


@dataclass(frozen=True, slots=True)
class Ed25519Recipient:
    """An ssh-ed25519 key; `wire` is its SSH wire form, `point` its X25519 form."""

    wire: bytes
    point: bytes
    kind: str = SSH_ED25519

    def text(self) -> str:
        """`ssh-ed25519 AAAA...`"""
        return f"{SSH_ED25519} {b64(self.wire)}{'=' * (-len(b64(self.wire)) % 4)}"

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that carries the first four bytes of the key's fingerprint."""
        share, secret = _agree(self.point)
        tweak = hkdf(b"", self.wire, INFO + b"ssh-ed25519")
        secret = X25519PrivateKey.from_private_bytes(tweak).exchange(
            X25519PublicKey.from_public_bytes(secret)
        )
        key = hkdf(secret, share + self.point, INFO + b"ssh-ed25519")
        sealed = ChaCha20Poly1305(key).encrypt(ZERO_NONCE, file_key, None)
        return Stanza((SSH_ED25519, _tag(self.wire), b64(share)), sealed)


@dataclass(frozen=True, slots=True)
class RsaRecipient:
    """An ssh-rsa key of at least 2048 bits; `wire` is its SSH wire form."""

    wire: bytes
    public: RSAPublicKey
    kind: str = SSH_RSA

    def text(self) -> str:
        """`ssh-rsa AAAA...`"""
        return f"{SSH_RSA} {b64(self.wire)}{'=' * (-len(b64(self.wire)) % 4)}"

    def wrap(self, file_key: bytes) -> Stanza:
        """RSA-OAEP with SHA-256 and age's label."""
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), INFO + b"ssh-rsa")
        return Stanza((SSH_RSA, _tag(self.wire)), self.public.encrypt(file_key, oaep))


def parse(text: str) -> Recipient:
    """The recipient that a public key in the settings names; an SSH comment is ignored.

    Refuses, as `SealFault`, every key that the stock tool could not open with,
    private keys (never shown), and keys with a wrong checksum.
    """
    text = text.strip()
    match text.split(maxsplit=2):
        case [word, *_] if _looks_private(word):
            raise SealFault(
                "seal.private-key",
                "a private key stands where a public key belongs (it is not shown here)",
                "replace it by its public half (`age-keygen -y key.txt`), and treat the private key as exposed",
            )
        case [word] if word.lower().startswith("age1"):
            return _parse_age(word)
        case ["ssh-ed25519" | "ssh-rsa" as kind, coded, *_]:
            return _parse_ssh(kind, coded)
        case [word, *_]:
            raise _unsupported(word)
        case _:
            raise _malformed("the recipient's key is empty")


def _looks_private(word: str) -> bool:
    return word.upper().startswith(("AGE-SECRET-KEY", "AGE-PLUGIN-", "-----BEGIN"))


def _unsupported(word: str) -> SealFault:
    """Why a key of this kind cannot be a recipient; nothing of it is shown."""
    if word.startswith(("sk-ssh-", "sk-ecdsa-")):
        why = "a key in a security token (sk-) can sign but not decrypt"
    elif word.startswith(("ecdsa-", "ssh-dss")):
        why = "ECDSA and DSA keys can sign but not decrypt"
    else:
        return _malformed("the recipient's key is of no known kind (age1..., ssh-ed25519 ..., ssh-rsa ...)")
    return SealFault("seal.unsupported-key", f"{why}, so it cannot open a recording", HINT)


def _malformed(message: str) -> SealFault:
    return SealFault("seal.malformed-key", message, HINT)


def _parse_age(text: str) -> AgeRecipient:
    try:
        prefix, point = bech32.decode(text)
    except ValueError as error:
        raise _malformed(f"the age key {text[:12]}... cannot be read: {error}") from error
    if prefix != "age":
        raise SealFault(
            "seal.unsupported-key",
            f"the key {text[:12]}... belongs to an age plugin, which the box does not have",
            HINT,
        )
    if len(point) != 32:
        raise _malformed(f"the age key {text[:12]}... holds {len(point)} bytes, not 32")
    return AgeRecipient(_sound(point))


def _parse_ssh(kind: str, coded: str) -> Recipient:
    try:
        wire = unb64(coded.rstrip("="))
        public = load_ssh_public_key(f"{kind} {coded}".encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _malformed(f"the {kind} key cannot be read: it is cut short or mistyped") from error
    match public:
        case Ed25519PublicKey():
            return Ed25519Recipient(wire, _sound(montgomery(public.public_bytes_raw())))
        case RSAPublicKey() if public.key_size < RSA_BITS:
            weak = f"the ssh-rsa key has {public.key_size} bits; age accepts {RSA_BITS} and more"
            raise SealFault("seal.weak-key", weak, HINT)
        case RSAPublicKey():
            return RsaRecipient(wire, public)
        case _:
            raise _malformed(f"the {kind} key holds a key of another kind")


def montgomery(edwards: bytes) -> bytes:
    """The X25519 form of an Ed25519 public key: u = (1 + y) / (1 - y) (RFC 7748, section 4.1).

    Refuses a y that is no point of the curve. Public data, so timing does not matter.
    """
    y = int.from_bytes(edwards, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    if y in (0, 1) or y >= FIELD or pow(square, (FIELD - 1) // 2, FIELD) != 1:
        raise SealFault("seal.weak-key", "the ssh-ed25519 key is no point of its curve", HINT)
    return ((1 + y) * pow(1 - y, -1, FIELD) % FIELD).to_bytes(32, "little")


def _sound(point: bytes) -> bytes:
    """The point, once an agreement with it has been tried: a point of low order agrees with everybody."""
    try:
        _agree(point)
    except ValueError as error:
        raise SealFault(
            "seal.weak-key", "the key is a point of low order: anyone could open what it seals", HINT
        ) from error
    return point


def _agree(point: bytes) -> tuple[bytes, bytes]:
    """A fresh share and the secret it has in common with the holder of `point`."""
    ephemeral = X25519PrivateKey.generate()
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(point))
    return ephemeral.public_key().public_bytes_raw(), secret


def _tag(wire: bytes) -> str:
    return b64(hashlib.sha256(wire).digest()[:4])
