"""The key table: every key of the vault in one small file, encrypted under the cell's root key.

1. The file is `keys.N`: N is the serial of the root key. Its head (magic, serial,
   length) is authenticated with it.
2. Adding a key rewrites the table under the same root key with a fresh nonce: sync,
   rename, sync the folder. A key may be used once `add` has returned.
3. Destroying: new root key into the other slot, read back; new table without the
   keys, synced and read back; old slot overwritten and read back. That overwriting is
   the point of no return: before it nothing is destroyed, after it everything is.
4. At start the slot with the highest serial *whose table opens* counts. Any other slot
   that is not blank is overwritten and other tables are removed: half-done work ends here.
5. Where no slot opens a table, nothing is touched.
6. Before a key is added, every table but the current one is removed: that of a destruction
   that was refused half-way would win at the next start, without that key.
7. A cell that cannot be overwritten keeps no key from being used or added. Until it can be,
   `unsettled` says why and `destroy` refuses, also for keys that are no longer in the table:
   the cell may still hold a root key that opens them.

Source: research: sealing, section 7 (400 cuts; a thief with the image and both slots).
"""

import secrets
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from drivers.cell import BLANK, Cell, Held
from drivers.facts import DriverError
from firmware.faults import VaultFault
from firmware.vault import durable
from firmware.vault.reading import UnreadableError, canonical, read_object

MAGIC: Final = b"callbox-keys-1\n"
HEAD: Final = struct.Struct(">15sQI")
"""Magic with the format in it, serial, bytes of ciphertext."""

NONCE: Final = 12
KEY: Final = 32
PREFIX: Final = "keys."


@dataclass(frozen=True, slots=True)
class Root:
    """The root key in force and the slot it lies in."""

    slot: int
    held: Held


class KeyTable:
    """Every key by its id. Ids are also names of files: `day-2026-12-24`, `undated`, `live-3`."""

    def __init__(self, folder: Path, cell: Cell) -> None:
        """Open the table that is there and finish half-done work; refuses if no slot opens one."""
        self._folder = folder
        self._cell = cell
        self._unsettled: VaultFault | None = None
        self._root, self._keys = _current(folder, cell)
        self.remembers = False
        """Whether this process may still have a key in its memory that was destroyed since."""
        with suppress(VaultFault):  # rule 7: `unsettled` keeps it
            self.settle()

    @classmethod
    def create(cls, folder: Path, cell: Cell, keys: Mapping[str, bytes]) -> "KeyTable":
        """The first table of a box: root key into a cell that must be blank, then the table."""
        if any(cell.read(slot) != BLANK for slot in (0, 1)):
            refused = "the cell already holds a root key: it may belong to another vault"
            raise VaultFault("vault.cell-unwritable", refused, "give this box a blank cell")
        held = Held(secrets.token_bytes(KEY), 1)
        _put_root(cell, 0, held)
        durable.write(folder / f"{PREFIX}1", _encode(keys, held))
        return cls(folder, cell)

    @property
    def serial(self) -> int:
        """The serial of the root key in force; each destruction takes the next."""
        return self._root.held.serial

    @property
    def method(self) -> str:
        """How keys are destroyed here."""
        return self._cell.method

    @property
    def cell(self) -> Cell:
        """The cell that holds the root key."""
        return self._cell

    @property
    def root(self) -> Root:
        """The root key in force and its slot, for a new cell beside a good one."""
        return self._root

    @property
    def unsettled(self) -> VaultFault | None:
        """Why the last half-done work could not be finished, `None` where nothing is left to finish (rule 7)."""
        return self._unsettled

    def opens(self) -> bool:
        """Whether the cell, read now, holds the root key in force, and the table on the disk opens with it."""
        held = _read_slot(self._cell, self._root.slot)
        return held == self._root.held and _decode(self._path(self._root.held), self._root.held) == self._keys

    def __contains__(self, key_id: str) -> bool:
        """Whether the key still lives."""
        return key_id in self._keys

    def ids(self) -> tuple[str, ...]:
        """Every key that lives, in order of name."""
        return tuple(sorted(self._keys))

    def key(self, key_id: str) -> bytes:
        """32 bytes; a `KeyError` where that key does not live."""
        return self._keys[key_id]

    def add(self, key_id: str, key: bytes | None = None) -> bytes:
        """A key under a new id, random unless given; durable on return. Refuses an id in use."""
        if key_id in self._keys:
            raise ValueError(f"there is already a key {key_id}")
        self._remove_other_tables()
        keys = self._keys | {key_id: key or secrets.token_bytes(KEY)}
        durable.write(self._path(self._root.held), _encode(keys, self._root.held))
        self._keys = keys
        return keys[key_id]

    def destroy(self, key_ids: Iterable[str]) -> None:
        """Destroy keys (rule 3); ids that do not live are passed over, so it may be run twice."""
        self.settle()
        going = set(key_ids) & self._keys.keys()
        if not going:
            return
        keys = {key_id: key for key_id, key in self._keys.items() if key_id not in going}
        root = Root(1 - self._root.slot, Held(secrets.token_bytes(KEY), self._root.held.serial + 1))
        _put_root(self._cell, root.slot, root.held)
        durable.write(self._path(root.held), _encode(keys, root.held))
        if _decode(self._path(root.held), root.held) != keys:
            unlike = "the new key table does not read back as it was written; nothing was destroyed"
            raise VaultFault("vault.disk", unlike, "look at the disk: `callbox shell status`, `dmesg`")
        self._root, self._keys, self.remembers = root, keys, True
        self.settle()

    def settle(self) -> None:
        """Finish half-done work (rules 3 and 4); refuses, and remembers it, where the cell does (rule 7)."""
        other = 1 - self._root.slot
        try:
            if _read_slot(self._cell, other) != BLANK:
                _blank_slot(self._cell, other)
        except VaultFault as fault:
            self._unsettled = fault
            raise
        self._remove_other_tables()
        self._unsettled = None

    def _remove_other_tables(self) -> None:
        current = self._path(self._root.held)
        for path in self._folder.glob(f"{PREFIX}*"):
            if path != current:
                durable.remove(path)

    def _path(self, root: Held) -> Path:
        return self._folder / f"{PREFIX}{root.serial}"


def _current(folder: Path, cell: Cell) -> tuple[Root, dict[str, bytes]]:
    slots = [(slot, _read_slot(cell, slot)) for slot in (0, 1)]
    roots = [Root(slot, held) for slot, held in slots if isinstance(held, Held)]
    for root in sorted(roots, key=lambda each: each.held.serial, reverse=True):
        keys = _decode(folder / f"{PREFIX}{root.held.serial}", root.held)
        if keys is not None:
            return root, keys
    seen = ", ".join(f"slot {slot} {type(held).__name__.lower()}" for slot, held in slots)
    raise VaultFault(
        "vault.root-key-lost",
        f"no slot of the cell opens the key table in {folder} ({seen})",
        "nothing was changed; if cell or table were replaced, put the right ones back (docs/security.md)",
    )


def _encode(keys: Mapping[str, bytes], root: Held) -> bytes:
    plain = canonical({key_id: b64encode(key).decode() for key_id, key in keys.items()})
    nonce = secrets.token_bytes(NONCE)
    head = HEAD.pack(MAGIC, root.serial, len(plain) + 16)
    return head + nonce + ChaCha20Poly1305(root.key).encrypt(nonce, plain, head)


def _decode(path: Path, root: Held) -> dict[str, bytes] | None:
    """The keys in a table, `None` where this root key does not open it."""
    try:
        blob = path.read_bytes()
    except FileNotFoundError:
        return None
    head, nonce, sealed = blob[: HEAD.size], blob[HEAD.size : HEAD.size + NONCE], blob[HEAD.size + NONCE :]
    if head != HEAD.pack(MAGIC, root.serial, len(sealed)):
        return None
    try:
        plain = ChaCha20Poly1305(root.key).decrypt(nonce, sealed, head)
        return {
            str(key_id): b64decode(str(text)) for key_id, text in read_object(plain, "keys").content.items()
        }
    except (InvalidTag, UnreadableError):
        return None


def _read_slot(cell: Cell, slot: int) -> object:
    try:
        return cell.read(slot)
    except DriverError as error:
        raise _cell_fault(str(error)) from error


def _put_root(cell: Cell, slot: int, held: Held) -> None:
    try:
        cell.write(slot, held)
    except DriverError as error:
        raise _cell_fault(str(error)) from error
    if _read_slot(cell, slot) != held:
        raise _cell_fault(f"slot {slot} does not read back as it was written")


def _blank_slot(cell: Cell, slot: int) -> None:
    try:
        cell.blank(slot)
    except DriverError as error:
        raise _cell_fault(str(error)) from error
    if _read_slot(cell, slot) != BLANK:
        raise _cell_fault(f"slot {slot} does not read back blank")


def _cell_fault(message: str) -> VaultFault:
    hint = "look at the cell's file or chip: callbox shell status; nothing is destroyed until it answers (docs/security.md)"
    return VaultFault("vault.cell-unwritable", message, hint)
