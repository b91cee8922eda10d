"""The private keys that open recordings are read from their files when they are needed, and shown to nobody.

1. A key is named by its file, in office.toml; it never stands on a command line or in an environment.
2. age identities and OpenSSH keys (ed25519, RSA) open recordings. One under a passphrase is asked for
   it at the terminal; what comes out stays in memory.
3. No message and no `repr` shows any of a key's text.
"""

import getpass
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from firmware.faults import Fault, SealFault, SettingsFault
from firmware.office.boxes import Office

AGE_SECRET: Final = "AGE-SECRET-KEY-"  # noqa: S105  how every such key begins
OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
AGE_FILE: Final = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
"""How an identity file under a passphrase begins (`age -p`), binary or in armour."""

MOST: Final = 1 << 20
"""Bytes of an identity file; our choice: a key has a few hundred."""

NONE_HINT: Final = (
    'make one with `callbox office enrol`, or name yours in office.toml: identities = ["key.txt"]'
)

LOST: Final = (
    "look for its file in a backup, or for the paper: callbox office enrol --from-paper; "
    "a new key opens nothing that was recorded before; docs/keys.md says what can be done"
)

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Key:
    """One private key, of one file."""

    path: Path
    identity: Any = field(repr=False)
    text: bytes = field(repr=False, default=b"")
    """The key as its file has it, without a passphrase: what unwraps a header takes it apart itself."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All the keys there are; each is tried."""

    keys: tuple[Key, ...]

    def open(self, sealed: bytes) -> bytes:
        """The content of a small sealed file."""
        import pyrage  # noqa: PLC0415  only what opens needs it

        try:
            content: bytes = pyrage.decrypt(bare(sealed), [each.identity for each in self.keys])
        except pyrage.DecryptError as error:
            raise unopened(error, self) from error
        return content

    def pour(self, sealed: IO[bytes], out: IO[bytes]) -> None:
        """The content of a sealed file of any size, as it comes; what was poured before a fault is not whole."""
        import pyrage  # noqa: PLC0415  as above

        try:
            pyrage.decrypt_io(sealed, out, [each.identity for each in self.keys])
        except pyrage.DecryptError as error:
            raise unopened(error, self) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise unopened(error, self) from error  # pyrage's way to say that a chunk does not open

    def told(self) -> str:
        """The files they are of."""
        return ", ".join(dict.fromkeys(each.path.name for each in self.keys))


def load(office: Office, ask: Ask = getpass.getpass) -> Keys:
    """Every key that office.toml names; none at all is a fault."""
    if not office.identities:
        raise SettingsFault("settings.office", f"no identity is named in {office.place}", NONE_HINT)
    return Keys(tuple(key for path in office.identities for key in read(path, ask)))


def read(path: Path, ask: Ask = getpass.getpass) -> tuple[Key, ...]:
    """The keys of one file; refuses, without showing anything of it, what holds none."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST)
    except OSError as error:
        raise SealFault("seal.identity", f"{path} cannot be read: {error.strerror}", LOST) from error
    warn_of_mode(path)
    if content.startswith(AGE_FILE):
        content = _unlocked(path, content, ask)
    found = _ssh(path, content, ask) if content.lstrip().startswith(b"-----BEGIN") else _age(path, content)
    if not found:
        wrong = f"{path} holds no private key that opens recordings"
        raise SealFault("seal.identity", wrong, "age identities and OpenSSH keys (ed25519, RSA) do")
    return tuple(Key(path, identity, text) for identity, text in found)


def warn_of_mode(path: Path) -> None:
    """Say where others may read a key; a system without such modes says nothing."""
    if sys.platform != "win32" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        print(f"callbox: others may read {path}; forbid it: chmod 600 {path}", file=sys.stderr)


def unopened(error: Exception, keys: Keys) -> Fault:
    """Why a sealed file did not open: the wrong key, or damage."""
    if str(error).startswith("KeyboardInterrupt"):  # pyrage tells it of who reads for it
        raise KeyboardInterrupt from error
    if "No matching" in str(error):
        hint = "it was sealed to other recipients; name the identity of one of them in office.toml"
        return SealFault("seal.wrong-key", f"none of the keys here opens it ({keys.told()})", hint)
    hint = "fetch it again; if it stays so, show ID tells which SHA-256 it should have"
    return SealFault("seal.damaged", f"what was sealed was changed or cut ({error})", hint)


def _age(path: Path, content: bytes) -> list[tuple[Any, bytes]]:
    import pyrage  # noqa: PLC0415  as above

    lines = [line.strip() for line in content.decode(errors="replace").splitlines()]
    secrets = [line for line in lines if line.upper().startswith(AGE_SECRET)]
    try:
        return [(pyrage.x25519.Identity.from_str(each), each.encode()) for each in secrets]
    except pyrage.IdentityError:
        wrong = f"{path}: the identity has a mistyped or missing character"
        raise SealFault("seal.identity", wrong, "copy it again from its paper backup") from None


def _ssh(path: Path, content: bytes, ask: Ask) -> list[tuple[Any, bytes]]:
    import pyrage  # noqa: PLC0415  as above

    from firmware.sealing.ssh_key import WrongPassphraseError, in_clear, is_locked  # noqa: PLC0415  rarely needed

    try:
        if is_locked(content):
            content = in_clear(content, ask(f"passphrase of {path.name}: "))
        return [(pyrage.ssh.Identity.from_buffer(content), content)]
    except WrongPassphraseError:
        raise SealFault("seal.identity", f"the passphrase does not open {path}", "type it again") from None
    except (ValueError, pyrage.IdentityError):
        wrong = f"{path} is no SSH key that opens recordings"
        hint = "ed25519 and RSA keys do; keys in hardware (sk-) and ECDSA keys cannot: callbox office enrol"
        raise SealFault("seal.identity", wrong, hint) from None


def _unlocked(path: Path, content: bytes, ask: Ask) -> bytes:
    import pyrage  # noqa: PLC0415  as above

    try:
        opened: bytes = pyrage.passphrase.decrypt(bare(content), ask(f"passphrase of {path.name}: "))
    except pyrage.DecryptError:
        raise SealFault("seal.identity", f"the passphrase does not open {path}", "type it again") from None
    return opened


def bare(sealed: bytes) -> bytes:
    """A sealed file without its armour."""
    if not sealed.startswith(AGE_FILE[1]):
        return sealed
    from base64 import b64decode  # noqa: PLC0415  only armour needs it

    try:
        return b64decode(b"".join(line.strip() for line in sealed.strip().splitlines()[1:-1]), validate=True)
    except ValueError:
        return b""  # which no key opens
