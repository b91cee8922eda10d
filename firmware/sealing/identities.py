"""SSH private keys open stanzas as the stock `age` does: ssh-ed25519 and ssh-rsa. Nothing on the box uses them.

Sources: FiloSottile/age, agessh/agessh.go (the tweak takes the SSH wire key as HKDF salt); C2SP age.md for the rest.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)

from firmware.faults import SealFault
from firmware.sealing.age import FILE_KEY, TAG, Identity, Unwraps
from firmware.sealing.recipients import (
    INFO,
    SSH_ED25519,
    SSH_RSA,
    ZERO_NONCE,
    Ed25519Recipient,
    Recipient,
    RsaRecipient,
    parse,
)
from firmware.sealing.stanza import Stanza, hkdf, unb64


@dataclass(frozen=True, slots=True)
class Ed25519Identity:
    """An ssh-ed25519 private key, in its X25519 form, and its public half."""

    secret: bytes = field(repr=False)
    public: Ed25519Recipient

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key of a stanza that was made for this key, else None."""
        if stanza.args[0] != SSH_ED25519 or len(stanza.args) != 3 or len(stanza.body) != FILE_KEY + TAG:
            return None
        share = unb64(stanza.args[2])
        tweak = hkdf(b"", self.public.wire, INFO + b"ssh-ed25519")
        agreed = _exchange(self.secret, share)
        key = hkdf(_exchange(tweak, agreed), share + self.public.point, INFO + b"ssh-ed25519")
        try:
            return ChaCha20Poly1305(key).decrypt(ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


@dataclass(frozen=True, slots=True)
class RsaIdentity:
    """An ssh-rsa private key and its public half."""

    private: RSAPrivateKey = field(repr=False)
    public: RsaRecipient

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key of a stanza that was made for this key, else None."""
        if stanza.args[0] != SSH_RSA or len(stanza.body) != self.private.key_size // 8:
            return None
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), INFO + b"ssh-rsa")
        try:
            return self.private.decrypt(stanza.body, oaep)
        except ValueError:
            return None


def opener(text: bytes) -> tuple[Unwraps, Recipient]:
    """The private key in these bytes, an age identity or an OpenSSH key without passphrase, and its public half."""
    if not text.lstrip().startswith(b"-----BEGIN"):
        identity = Identity.parse(text.decode(errors="replace"))
        return identity, identity.recipient()
    try:
        private = load_ssh_private_key(text, None)
    except (ValueError, TypeError) as error:
        raise _unread() from error
    public = parse(private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())
    match private, public:
        case Ed25519PrivateKey(), Ed25519Recipient():
            return Ed25519Identity(_scalar(private), public), public
        case RSAPrivateKey(), RsaRecipient():
            return RsaIdentity(private, public), public
        case _:
            raise _unread()


def _scalar(private: Ed25519PrivateKey) -> bytes:
    """RFC 8032, section 5.1.5: the first half of SHA-512 over the seed; X25519 clamps it by itself."""
    return hashlib.sha512(private.private_bytes_raw()).digest()[:32]


def _exchange(secret: bytes, share: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(share))


def _unread() -> SealFault:
    wrong = "the private key is no OpenSSH key that opens recordings"
    return SealFault("seal.malformed-key", wrong, "ed25519 and RSA keys do")
