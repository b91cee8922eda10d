"""What is known of the recordings, as it is asked for at the door: a list, all about one, and whether one is whole.

1. No telephone number is in any of it: numbers lie in the sealed details.
2. `today` and `yesterday` are the box's: its clock, in London.
3. Whether a recording is whole is looked up on the disk each time, not remembered.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from firmware.catalogue.catalogue import MOST, Wanted
from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.copies import listed
from firmware.keeper.door import Answer, Person
from firmware.keeper.found import found
from firmware.keeper.get_verbs import open_body
from firmware.keeper.history import History
from firmware.keeper.hold_verbs import Known
from firmware.keeper.locks import locks_of
from firmware.keeper.note_verbs import sealed_notes, told_notes
from firmware.vault import signing
from firmware.vault.amended import sealed_now
from firmware.vault.contents import Contents
from firmware.vault.digest import sha256
from firmware.vault.manifest import read_manifest
from firmware.vault.reading import Fields, UnreadableError, base64, read_object

CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ShowVerbs:
    """Everything that tells of recordings, over one box; `alive` is told in the middle of long work that it goes on."""

    box: Box
    history: History
    alive: Callable[[], object]

    def known(self) -> Known:
        """The verbs by their names."""
        return {"list": self._list, "show": self._show, "verify-recording": self._verify}

    def _list(self, _person: Person, request: Fields) -> Answer:
        wanted = self._wanted(request)
        rows = self.box.catalogue.find(wanted)
        if not rows:
            self._refuse_unknown(wanted)
        told = [
            {**row.told(), **self.box.holds.kept(row.id), "erasure_asked": row.id in self.history.asked}
            for row in rows
        ]
        return Answer({"ok": True, "recordings": told, "on": wanted.on})

    def _wanted(self, request: Fields) -> Wanted:
        limit = request.maybe_whole("limit") if "limit" in request.content else None
        line, department = _given(request, "line"), _given(request, "department")
        return Wanted(line=line, department=department, on=self._day(request), limit=min(limit or MOST, MOST))

    def _day(self, request: Fields) -> str | None:
        """Rule 2."""
        on = _given(request, "on")
        today = london_date(self.box.clock.stamp().wall_ns)
        match on:
            case None:
                return None
            case "today":
                return today.isoformat()
            case "yesterday":
                return (today - timedelta(days=1)).isoformat()
        try:
            return date.fromisoformat(on).isoformat()
        except ValueError:
            wrong, hint = "--on names no day", "a day is written YYYY-MM-DD, or today, or yesterday"
            raise Refused("refused.arguments", wrong, hint) from None

    def _refuse_unknown(self, wanted: Wanted) -> None:
        """Nothing was found: a line or a department that there is not, and of which nothing is kept, is said to be none."""
        settings = self.box.settings
        for kind, name, there in (
            ("line", wanted.line, settings.lines),
            ("department", wanted.department, settings.departments),
        ):
            names = [each.name for each in there]
            if name is not None and name not in names:
                none = f"there is no {kind} of that name, and no recording of one is kept"
                raise Refused("refused.arguments", none, f"the {kind}s are: {', '.join(names)}")

    def _show(self, _person: Person, request: Fields) -> Answer:
        row, contents = found(self.box, request.text("id"))
        today = london_date(self.box.clock.stamp().wall_ns)
        notes = [each for key in locks_of(self.box, row)[:1] for each in self.box.vault.notes(key, row.id)]
        out = [each for each in listed(self.box, self.history, today) if each["recording"] == row.id]
        return Answer(
            {
                "ok": True,
                "manifest": read_object(contents.manifest, "manifest").content,
                "signature": base64(contents.signature),
                "signer": contents.signer,
                "public": self.box.signer.public.hex(),
                "resealed": [each.content() for each in contents.amended],
                "handed": told_notes(notes),
                "notes": len(sealed_notes(notes)),
                "locked_with": locks_of(self.box, row),
                "holds": [each.id for each in self.box.holds.of(row.id)],
                "erasure_asked": row.id in self.history.asked,
                "kept_for": [
                    {"hold": each.id, "case": each.case, "owner": each.owner, "restricted": each.restricted}
                    for each in self.box.holds.of(row.id)
                ],
                "copies_out": [each["copy"] for each in out],
                "entries": [{"index": index, **entry} for index, entry in self.box.log.naming(row.id)],
            }
        )

    def _verify(self, _person: Person, request: Fields) -> Answer:
        """Whether a recording is what was taken in: manifest, header, details, body, and its entry in the log."""
        row, contents = found(self.box, request.text("id"))
        body = open_body(self.box, row)
        try:
            digest = self._digest(body)
        finally:
            os.close(body)
        entry = self._taken_in(row.id, sha256(contents.manifest))
        checks = {**_checked(self.box, contents, digest), "entered in the audit log": entry is not None}
        return Answer(
            {"ok": True, "id": row.id, "whole": all(checks.values()), "checks": checks, "entry": entry}
        )

    def _digest(self, descriptor: int) -> str:
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, CHUNK):
            digest.update(chunk)
            self.alive()
        return digest.hexdigest()

    def _taken_in(self, recording: str, manifest_sha256: str) -> dict[str, Any] | None:
        """The entry that commits to this manifest, with the proof that it stands in the log as it is now."""
        log = self.box.log
        for index, entry in log.naming(recording):
            if entry.get("manifest_sha256") == manifest_sha256:
                path = [base64(each) for each in log.inclusion(index)]
                leaf = base64(log.leaf(index))
                return {
                    "index": index,
                    "size": log.size,
                    "leaf": leaf,
                    "path": path,
                    "root": base64(log.root),
                }
        return None


def _given(request: Fields, name: str) -> str | None:
    return request.maybe_text(name) if name in request.content else None


def _checked(box: Box, contents: Contents, body_sha256: str) -> dict[str, bool]:
    manifest = read_manifest(contents.manifest)
    try:
        sealed = sealed_now(manifest, contents.amended, box.signer.public)
    except UnreadableError:
        sealed = manifest.sealed  # which the header of a broken chain does not fit
    details = None if contents.details is None else sha256(contents.details)
    signed = signing.verify(box.signer.public, signing.MANIFEST, contents.manifest, contents.signature)
    return {
        "manifest signed by this box": signed,
        "header as in the manifest": sha256(contents.header) == sealed.header_sha256,
        "details as in the manifest": details == sealed.details_sha256,
        "body as in the manifest": body_sha256 == manifest.sealed.body_sha256,
    }
