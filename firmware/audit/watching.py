"""What a witness makes of the checkpoint that a box shows: pure, from what it kept and what it is shown.

1. What is not signed by the key that the box says is its own is nothing.
2. The key that was seen first is the box's for good: another one is another box, or a box made anew.
3. A log never shrinks: a smaller size is a log put back.
4. Of one size there is one root: another one is another log.
5. A larger size counts once the proof leads from the kept root to the new one; a proof that does not is a fork.
6. What is kept goes on only where all of this holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from firmware.audit.checkpoint import Checkpoint, is_signed_by, read_checkpoint
from firmware.audit.note import Note
from firmware.audit.tree import verify_consistency
from firmware.settings.verifier_key import VerifierKey


class Verdict(StrEnum):
    """What a checkpoint is against the one that was kept."""

    FIRST = "first"
    SAME = "same"
    GROWN = "grown"
    UNSIGNED = "unsigned"
    OTHER_KEY = "other key"
    ROLLED_BACK = "rolled back"
    FORKED = "forked"


GOOD = frozenset({Verdict.FIRST, Verdict.SAME, Verdict.GROWN})
"""What may be kept and cosigned; GROWN only with its proof (rule 5)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a witness kept of a box: its key, and the last checkpoint that it found to go on."""

    key: VerifierKey
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """Its text, taken apart."""
        return read_checkpoint(self.note.text)


def judge(known: Known | None, shown: Known) -> Verdict:
    """What is shown against what is known; GROWN is still to be proved (`goes_on`)."""
    if not is_signed_by(shown.note, shown.key) or shown.checkpoint.origin != shown.key.name:
        return Verdict.UNSIGNED
    if known is None:
        return Verdict.FIRST
    if shown.key != known.key:
        return Verdict.OTHER_KEY
    return _by_size(known.checkpoint, shown.checkpoint)


def _by_size(kept: Checkpoint, shown: Checkpoint) -> Verdict:
    if shown.size < kept.size:
        return Verdict.ROLLED_BACK
    if shown.size > kept.size:
        return Verdict.GROWN
    return Verdict.SAME if shown.root == kept.root else Verdict.FORKED


def goes_on(kept: Checkpoint, shown: Checkpoint, path: Sequence[bytes]) -> bool:
    """Whether the proof leads from the kept log to the shown one (rule 5)."""
    return verify_consistency(kept.size, shown.size, path, kept.root, shown.root)
