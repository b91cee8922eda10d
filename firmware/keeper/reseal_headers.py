"""What goes out of a recording to be sealed anew, what comes back for it, and what the box makes of that.

1. Out go headers alone; each is named by its SHA-256.
2. Back come new ones, which fit the recipients as far as can be seen without a key, or are refused.
3. Each was made with the file key of the old one, as its MAC shows, or is refused: a login without a key changes nothing.
4. The box signs what leads from the old digests to the new ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from firmware.catalogue.row import Row
from firmware.faults import Refused, VaultFault
from firmware.keeper.box import Box
from firmware.sealing.fitting import Shape, unfit
from firmware.sealing.mac_key import of_same_file_key
from firmware.settings.recipient_set import set_of
from firmware.vault.contents import Amendment, Contents, read_contents
from firmware.vault.digest import sha256
from firmware.vault.reading import Fields, base64, canonical
from firmware.vault.resealed import Resealed, header_of, headers_of, mac_keys_of, with_new
from firmware.vault.shards import DAMAGED, Kind, Plain
from firmware.vault.signing import RESEALED


@dataclass(frozen=True, slots=True)
class Given:
    """A recording, what its locks hold, and its notes."""

    row: Row
    contents: Contents
    notes: tuple[bytes, ...]


def given_of(box: Box, rows: Iterable[Row]) -> Iterable[Given]:
    """What the locks of these recordings hold; each file is read once. Nothing of what lies in a damaged one."""
    for key, of_key in _by_key(rows).items():
        try:
            found = box.vault.several(key, {row.id for row in of_key})
        except VaultFault as fault:
            only_damage(fault)
            continue
        yield from _given(found, of_key)


def waiting_of(box: Box, rows: Iterable[Row], name: str) -> Iterable[dict[str, object]]:
    """The new headers of these recordings that wait in a round, as they go out to be tried; nothing of a damaged file."""
    for key, of_key in _by_key(rows).items():
        try:
            waits = box.vault.resealed(key)
        except VaultFault as fault:
            only_damage(fault)
            continue
        for row in of_key:
            if row.id in waits and waits[row.id].round == name:
                yield {"id": row.id, "headers": [base64(each) for each in waits[row.id].headers.values()]}


def only_damage(fault: VaultFault) -> None:
    """What lies in a damaged file of locks is passed over: it stays as it is, and stops nothing else. Other faults do."""
    if fault.code != DAMAGED:
        raise fault


def _by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _given(found: Mapping[str, list[Plain]], rows: Iterable[Row]) -> Iterator[Given]:
    for row in rows:
        locks = [each.content for each in found.get(row.id, ()) if each.kind is Kind.LOCK]
        notes = tuple(each.content for each in found.get(row.id, ()) if each.kind is Kind.NOTE)
        if locks:
            yield Given(row, read_contents(locks[0]), notes)


def resealed_of(
    box: Box, given: Given, new: Mapping[str, bytes], at: Mapping[str, object], proof: str
) -> Resealed:
    """Signed: what leads from the old digests to the new ones."""
    recipients = [
        {"name": each.name, "key_sha256": sha256(each.key.encode())} for each in box.settings.recipients
    ]
    old, details = given.contents.header, given.contents.details
    text = canonical(
        {
            "format": 1,
            "recording": given.row.id,
            **at,
            "recipients": recipients,
            "header": {"was": sha256(old), "is": sha256(new[sha256(old)])},
            "details": None
            if details is None
            else {"was": sha256(details), "is": sha256(with_new(details, new))},
            "headers": len(new),
        }
    )
    amendment = Amendment(text, box.signer.sign(RESEALED, text), box.signer.name)
    return Resealed(str(at["round"]), set_of(box.settings), new, proof, amendment)


def item(given: Given) -> dict[str, object]:
    """What goes out of a recording."""
    contents = given.contents
    body = sha256(contents.header)
    details = sha256(header_of(contents.details)) if contents.details is not None else None
    kinds = {body: "body", details: "details"}
    headers = [
        {"of": kinds.get(name, "note"), "sha256": name, "header": base64(header)}
        for name, header in headers_of(contents, given.notes).items()
    ]
    return {"id": given.row.id, "headers": headers}


def checked(given: Given, told: Fields, wanted: list[Shape]) -> dict[str, bytes]:
    """The new headers by the SHA-256 of the old ones; refuses what does not fit (rule 2)."""
    known = headers_of(given.contents, given.notes)
    needed = set(headers_of(given.contents, ()))
    fields = told.inner("headers")
    new = {old: fields.data(old) for old in fields.content}
    if not needed <= new.keys() <= known.keys():
        raise refused(
            f"{given.row.id}: {len(new)} new headers do not stand for the {len(known)} that it has",
            "it may have changed meanwhile; begin again: callbox office reseal",
        )
    keys = mac_keys_of(given.contents, given.notes)
    for old, header in new.items():
        if why := unfit(header, wanted) or _of_another(header, keys.get(old)):
            raise refused(
                f"{given.row.id}: a new header does not fit: {why}", "make it with `callbox office reseal`"
            )
    return new


def _of_another(header: bytes, mac_key: bytes | None) -> str | None:
    """Why a header, well formed, does not wrap the file key of the old one (rule 3)."""
    if mac_key is None:
        return "the old one is of an earlier version, which kept nothing by which that can be told"
    return None if of_same_file_key(header, mac_key) else "whoever made it did not open the old one"


def refused(message: str, hint: str) -> Refused:
    """New headers are not taken, or not confirmed."""
    return Refused("refused.reseal", message, hint)
