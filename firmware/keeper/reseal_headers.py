"""What goes out of a recording to be sealed anew, what comes back for it, and what the box makes of that.

1. Out go headers alone; each is named by its SHA-256.
2. Back come new ones, which fit the recipients as far as can be seen without a key, or are refused.
3. The box signs what leads from the old digests to the new ones.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firmware.catalogue.row import Row
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.sealing.fitting import Shape, unfit
from firmware.settings.recipient_set import set_of
from firmware.vault.contents import Amendment, Contents, read_contents
from firmware.vault.digest import sha256
from firmware.vault.reading import Fields, canonical
from firmware.vault.resealed import Resealed, header_of, headers_of, with_new
from firmware.vault.shards import Kind
from firmware.vault.signing import RESEALED


@dataclass(frozen=True, slots=True)
class Given:
    """A recording, what its locks hold, and its notes."""

    row: Row
    contents: Contents
    notes: tuple[bytes, ...]


def given_of(box: Box, rows: Iterable[Row]) -> Iterable[Given]:
    """What the locks of these recordings hold; each file is read once."""
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    for key, of_key in by_key.items():
        found = box.vault.several(key, {row.id for row in of_key})
        for row in of_key:
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
    for header in new.values():
        if why := unfit(header, wanted):
            raise refused(
                f"{given.row.id}: a new header does not fit: {why}", "make it with `callbox office reseal`"
            )
    return new


def refused(message: str, hint: str) -> Refused:
    """New headers are not taken, or not confirmed."""
    return Refused("refused.reseal", message, hint)


def base64(content: bytes) -> str:
    """As bytes travel in JSON."""
    return b64encode(content).decode()
