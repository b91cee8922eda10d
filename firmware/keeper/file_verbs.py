"""`files`: what sftp shows below a purpose and a reference, before anything is opened.

1. Nothing is handed out here: a file is opened by `get`, with everything that goes with it.
2. A purpose that is an exception needs a reason in words, for which a path has no place: it is not shown.
3. The recordings of the last seven days are listed, at most 500; any other is there by its name.
4. What may not be fetched is not listed.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.row import Row
from firmware.clock import DAY
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.found import found, refuse_restricted
from firmware.keeper.get_verbs import open_body
from firmware.keeper.hold_verbs import Known
from firmware.keeper.spooled import LENGTH
from firmware.keeper.why import why_of
from firmware.vault.reading import Fields

RECENT_NS: Final = 7 * DAY
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class FileVerbs:
    """The verb of sftp, over one box."""

    box: Box

    def known(self) -> Known:
        """The verb by its name."""
        return {"files": self._files}

    def _files(self, _person: Person, request: Fields) -> Answer:
        office = self.box.settings.office
        if "purpose" not in request.content:
            shown = [each for each in office.purposes if each not in office.exceptional]
            return Answer({"ok": True, "purposes": shown})
        why_of(office, request)
        if request.content.get("folder") is True:
            return Answer({"ok": True})
        named = request.maybe_text("id")
        files = self._recent() if named is None else [self._named(named)]
        return Answer({"ok": True, "files": files})

    def _named(self, recording: str) -> dict[str, Any]:
        row, contents = found(self.box, recording)
        refuse_restricted(self.box, row)
        return _told(self.box, row, len(contents.header))

    def _recent(self) -> list[dict[str, Any]]:
        """Rules 3 and 4."""
        since = self.box.clock.stamp().wall_ns - RECENT_NS
        shut = any(each.hold.restricted for each in self.box.holds.standing())
        rows = [each for each in self.box.catalogue.find(Wanted(limit=MOST)) if each.began_ns >= since]
        rows = [each for each in rows if not (shut and self._restricted(each))]
        headers = self._headers({each.key for each in rows})
        told = (self._whole(each, headers[each.id]) for each in rows if each.id in headers)
        return [each for each in told if each is not None]

    def _whole(self, row: Row, header: int) -> dict[str, Any] | None:
        """What is told of it; nothing where its body is not whole, for then it cannot be fetched."""
        try:
            return _told(self.box, row, header)
        except VaultFault:
            return None

    def _restricted(self, row: Row) -> bool:
        return any(each.restricted for each in self.box.holds.of(row.id))

    def _headers(self, keys: Iterable[str]) -> Mapping[str, int]:
        """The length of the header of everything under these keys; each file of locks is read once."""
        vault = self.box.vault
        return {
            name: len(contents.header)
            for key in keys
            if key in vault.table
            for name, contents in vault.opened(key)
        }


def _told(box: Box, row: Row, header: int) -> dict[str, Any]:
    parts = _parts(box, row) if row.kind == "cut" else None
    lengths = {"header": header, "size": row.body_size, "parts": parts}
    return {"id": row.id, "kind": row.kind, "began_ns": row.began_ns, **lengths}


def _parts(box: Box, row: Row) -> list[int]:
    """The length of each part of a cut body; what stands before each part says it."""
    body, sizes, offset = open_body(box, row), list[int](), 0
    try:
        while offset < row.body_size:
            sizes.append(int.from_bytes(os.pread(body, LENGTH, offset)))
            offset += LENGTH + sizes[-1]
    finally:
        os.close(body)
    return sizes
