"""What may be asked of the audit log, and what is answered: entries, proofs, checkpoints, a witness's word.

Every proof can be judged without the box: leaf, path, sizes and the signed checkpoint are all there is.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from firmware.audit.checkpoints import Cosigned
from firmware.audit.entries import Entry, What
from firmware.audit.verify import verify
from firmware.clock import SECOND
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.witnessing import Witnessing
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields, base64

MOST: Final = 1000
"""Entries in one answer; our choice: 300 KiB."""

USUAL: Final = 100

AT_ONCE_NS: Final = 120 * SECOND
"""How old a checkpoint of this boot may be for a witness's time to count; well within what the clock is judged by."""

Verb = Callable[[Person, Fields], Answer]


@dataclass(frozen=True, slots=True)
class LogVerbs:
    """The verbs of the audit log, over one box."""

    box: Box
    witnessing: Witnessing

    def known(self) -> dict[str, Verb]:
        """Each verb by its name."""
        return {
            "log": self._log,
            "verify": self._verify,
            "checkpoint": self._checkpoint,
            "consistency": self._consistency,
            "inclusion": self._inclusion,
            "cosign": self._cosign,
        }

    def _log(self, _person: Person, request: Fields) -> Answer:
        log, limit = self.box.log, min(request.maybe_whole("limit") or USUAL, MOST)
        recording = request.maybe_text("id")
        if recording is None:
            asked = request.maybe_whole("from")
            start = max(log.size - limit if asked is None else asked, log.first)
            found = list(enumerate(log.between(start, start + limit), start))
        else:
            found = list(log.naming(recording))[-limit:] if is_opaque(recording) else []
        rows = [{"index": index, **entry} for index, entry in found]
        return Answer({"ok": True, "entries": rows, "size": log.size, "dropped": log.first})

    def _verify(self, _person: Person, _request: Fields) -> Answer:
        found = verify(self.box.log, self.box.checkpoints, self.witnessing.alive)
        return Answer({"ok": True, "whole": found.whole, **asdict(found)})

    def _checkpoint(self, _person: Person, _request: Fields) -> Answer:
        """The newest with what witnesses said of it; a new one where the log has grown since, or it is too old to tell time by."""
        kept, now = self.box.checkpoints.newest, self.box.clock.stamp()
        fresh = (
            kept is not None and kept.boot_id == now.boot_id and now.boottime_ns - kept.boottime_ns < SECOND
        )
        if kept is None or not fresh or kept.checkpoint.size != self.box.log.size:
            self.witnessing.checkpoint()
        note = self.box.checkpoints.told()
        key = self.box.checkpoints.key.text()
        return Answer({"ok": True, "note": note.whole() if note else "", "key": key})

    def _consistency(self, _person: Person, request: Fields) -> Answer:
        first, second = request.whole("from"), request.whole("to")
        path = _there(lambda: self.box.log.consistency(first, second))
        return Answer({"ok": True, "from": first, "to": second, "path": path})

    def _inclusion(self, _person: Person, request: Fields) -> Answer:
        log, index = self.box.log, request.whole("index")
        path = _there(lambda: log.inclusion(index))
        leaf, root = base64(log.leaf(index)), base64(log.root)
        return Answer(
            {"ok": True, "index": index, "size": log.size, "leaf": leaf, "path": path, "root": root}
        )

    def _cosign(self, _person: Person, request: Fields) -> Answer:
        taken = self.box.checkpoints.cosign(request.text("note"))
        for each in taken:
            self._tell_time(each)
        told = [{"witness": each.witness, "at_s": each.at_s, "size": each.size} for each in taken]
        return Answer({"ok": True, "cosigned": told})

    def _tell_time(self, said: Cosigned) -> None:
        """A cosignature carries a time: given at once over a checkpoint of this boot, it says whether the clock is right.

        One that was on its way for longer says nothing: nobody knows how long ago it was made.
        """
        now = self.box.clock.stamp()
        on_its_way = now.boottime_ns - said.over.boottime_ns
        if said.over.boot_id != now.boot_id or not 0 <= on_its_way <= AT_ONCE_NS:
            return
        fields = {"witness": said.witness, "wall_ns": now.wall_ns, "told_ns": said.at_s * SECOND}
        self.box.log.append(Entry(What.CLOCK, now, fields))
        self.box.clock.witnessed(said.at_s * SECOND)


def _there(proved: Callable[[], list[bytes]]) -> list[str]:
    """A path in base64; what is not in the log is refused."""
    try:
        return [base64(each) for each in proved()]
    except IndexError as error:
        raise Refused("refused.arguments", str(error), "see `callbox shell log` for what there is") from error
