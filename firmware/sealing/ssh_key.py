"""An OpenSSH private key under a passphrase is opened in memory; nothing of it is shown or written."""

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)


class WrongPassphraseError(Exception):
    """The passphrase does not open the key."""


def is_locked(content: bytes) -> bool:
    """Whether the key asks for a passphrase; `ValueError` for what is no OpenSSH key."""
    try:
        load_ssh_private_key(content, None)
    except TypeError:
        return True
    except ValueError as error:
        if "password" in str(error).lower():
            return True
        raise
    return False


def in_clear(content: bytes, passphrase: str) -> bytes:
    """The same key without its passphrase."""
    try:
        key = load_ssh_private_key(content, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise WrongPassphraseError from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
