"""One visit of the witness to one box: its checkpoint is judged, proved, kept, cosigned and given back, in this order.

1. All or nothing: what is not proved changes nothing that is kept, and is not cosigned.
2. Kept before cosigned, cosigned before given back: a visit that ends anywhere is made again from there.
3. What does not fit is shown with both checkpoints, and both are kept as evidence.
4. No time is signed that lies before the last one, or before this program was built: a clock that is wrong here
   makes the box doubt its own.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from firmware.audit.checkpoint import key_of_public
from firmware.audit.cosigning import Cosigner
from firmware.audit.note import read_note
from firmware.audit.watching import Known, Verdict, goes_on, judge
from firmware.clock import BUILT_NS, SECOND
from firmware.faults import DeviceFault, Fault, LogFault, Refused
from firmware.office.known import held_to
from firmware.office.remote import Remote
from firmware.office.witness_folder import Kept, State
from firmware.settings.verifier_key import parse_verifier_key
from firmware.vault.reading import Fields, UnreadableError

LONGEST_NOTE: Final = 32 * 1024
"""Characters; our choice: what the box itself reads of one."""

CALL: Final = (
    "call the controller and the data protection officer; leave the box as it is: what was shown lies in {}"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of a visit: what is kept now and was kept before, and the fault that stood in the way of cosigning.

    A fault of the log itself is raised instead.
    """

    before: State | None
    now: State
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """This PC, on its way to one box; `clock` gives the POSIX time as this PC knows it."""

    remote: Remote
    kept: Kept
    cosigner: Cosigner
    clock: Callable[[], int]

    @property
    def name(self) -> str:
        """What the office calls the box."""
        return self.remote.box.name

    def visit(self) -> Visit:
        """The whole visit; a fault where the box does not answer, or its log is not what it was."""
        before = self.kept.state(self.name)
        with understood(self.name):
            shown = self._shown()
        self._require_good(before, shown)
        held_to(self.kept.folder.parent, self.remote.box, shown.key.public)
        now = replace(before, known=shown) if before else State(shown, at_s=0)
        self.kept.keep(self.name, now)
        try:
            now = self._cosigned(now)
        except Fault as fault:
            return Visit(before, now, fault)
        return Visit(before, now)

    def _shown(self) -> Known:
        told = Fields(self.name, objects(self.remote.json("checkpoint")))
        key, note = parse_verifier_key(told.text("key")), told.text("note")
        if key is None or key != key_of_public(key.public):
            raise UnreadableError("what it calls its key is none of a box")
        if len(note) > LONGEST_NOTE:
            raise UnreadableError(f"its checkpoint is longer than {LONGEST_NOTE} characters")
        shown = Known(key, read_note(note))
        _ = shown.checkpoint
        return shown

    def _require_good(self, before: State | None, shown: Known) -> None:
        verdict = judge(before.known if before else None, shown)
        match verdict:
            case Verdict.GROWN if before is not None:
                self._require_proved(before.known, shown)
            case Verdict.FIRST if self._namesake(shown) is not None:
                self._refuse("log.box-key-changed", self._other_key(shown), shown)
            case Verdict.UNSIGNED:
                self._refuse("log.unsigned", "what it shows as its checkpoint is not signed by it", shown)
            case Verdict.OTHER_KEY:
                self._refuse("log.box-key-changed", self._other_key(shown), shown)
            case Verdict.ROLLED_BACK if before is not None:
                self._refuse("log.rolled-back", _smaller(before.known, shown), shown)
            case Verdict.FORKED:
                size = f"its log of {shown.checkpoint.size} entries is another one than it showed before"
                self._refuse("log.forked", f"{size}: there are two logs of that size", shown)
            case _:
                return

    def _require_proved(self, kept: Known, shown: Known) -> None:
        first, second = kept.checkpoint, shown.checkpoint
        try:
            told = self.remote.text("consistency", str(first.size), str(second.size))
            path = [b64decode(line, validate=True) for line in told.split()]
        except ValueError:
            path = []
        except Refused as refusal:
            if refusal.code not in {"refused.dropped", "refused.arguments"}:
                raise
            cannot = f"it cannot prove that its log of {second.size} entries goes on from the {first.size} kept here: {refusal.message}"
            self._refuse("log.not-continued", cannot, shown)
            return
        if not goes_on(first, shown.checkpoint, path):
            other = (
                f"its log of {second.size} entries does not go on from the log of {first.size} entries that it "
                "showed before: there are two logs, and one of them was made up"
            )
            self._refuse("log.forked", other, shown)

    def _refuse(self, code: str, why: str, shown: Known) -> None:
        """Both checkpoints are kept, and shown (rule 3)."""
        before, when = self.kept.state(self.name), moment_of(self.clock())
        content = f"{shown.key.text()}\n\n{shown.note.whole()}"
        path = self.kept.prove(f"{self.name}-{when}-shown.note", content)
        if before is not None:
            content = f"{before.known.key.text()}\n\n{before.known.note.whole()}"
            self.kept.prove(f"{self.name}-{when}-kept.note", content)
        both = f"kept: {_root(before.known)}; shown: {_root(shown)}" if before else f"shown: {_root(shown)}"
        raise LogFault(code, f"{self.name}: {why}; nothing was cosigned ({both})", CALL.format(path.parent))

    def _other_key(self, shown: Known) -> str:
        """What is said of another key; the box of another name may have answered."""
        if (name := self._namesake(shown)) is not None:
            return f"the box that answered has the key of the one called {name} here: it is that one, or a copy of it"
        return "it signs with another key than before: it was made anew, or it is another box"

    def _namesake(self, shown: Known) -> str | None:
        """The other box that has this key."""
        found = (name for name, state in self.kept.others(self.name) if state.known.key == shown.key)
        return next(found, None)

    def _cosigned(self, now: State) -> State:
        """The checkpoint cosigned and given back, and the time of it kept first (rule 2)."""
        now_s = self.clock()
        self._require_time(now, now_s)
        note = self.cosigner.cosign(now.known.note, now_s)
        now = replace(now, at_s=now_s)
        self.kept.keep(self.name, now)
        self.remote.text("cosign", said=note.whole().encode())
        return now

    def _require_time(self, now: State, now_s: int) -> None:
        """Rule 4."""
        built = BUILT_NS // SECOND
        if now_s >= max(now.at_s, built):
            return
        why = "the time of its last run" if now.at_s > built else "the day on which this program was built"
        behind = f"the clock of this PC shows {moment_of(now_s)}, which is before {why}: {self.name} was not cosigned"
        raise Refused(
            "refused.witness-clock", behind, "set the clock of this PC right, and run the witness again"
        )


@contextmanager
def understood(box: str) -> Iterator[None]:
    """What a box answers and is not as it should be is the fault of an answer."""
    try:
        yield
    except (UnreadableError, OverflowError) as error:
        hint = "see that the programs of box and PC are of the same release"
        raise DeviceFault("device.box-answer", f"{box} cannot be understood: {error}", hint) from error


def objects(answer: object) -> dict[str, object]:
    """The JSON object that an answer is."""
    if not isinstance(answer, dict):
        raise UnreadableError("its answer is no JSON object")
    return answer


def moment_of(at_s: int) -> str:
    """An instant as it stands in names of files and in sentences about clocks: in UTC."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H%MZ}"


def _root(known: Known) -> str:
    """A checkpoint in a few words; whole it lies in the evidence."""
    found = known.checkpoint
    return f"{found.size} entries, root {b64encode(found.root).decode()}"


def _smaller(kept: Known, shown: Known) -> str:
    sizes = f"it shows a log of {shown.checkpoint.size} entries, and showed {kept.checkpoint.size} before"
    return f"{sizes}: an older copy of its data was put back, or entries were taken away"
