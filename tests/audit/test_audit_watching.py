"""A witness's decision over every story of a log that grows, is put back, forks or changes its key; and its own key."""

from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.checkpoint import Checkpoint, cosigned, key_of, signed
from firmware.audit.cosigning import Cosigner
from firmware.audit.note import Note, read_note
from firmware.audit.tree import consistency, leaf_hash, root_of
from firmware.audit.watching import GOOD, Known, Verdict, goes_on, judge
from firmware.vault.reading import UnreadableError
from firmware.vault.signing import Signer
from tests.audit.audit_rig import Witness

ONE, TWO = (Signer(Ed25519PrivateKey.generate()) for _ in range(2))


@dataclass
class Box:
    """A box that may do anything with its log; `leaves` is what it shows now, `old` what it once had."""

    signer: Signer = ONE
    leaves: list[bytes] = field(default_factory=lambda: [leaf_hash(b"made")])
    old: list[list[bytes]] = field(default_factory=list)
    count: int = 0

    def do(self, act: str, how: int) -> None:
        self.old.append(list(self.leaves))
        match act:
            case "grow":
                self.leaves = [*self.leaves, *(self._fresh() for _ in range(how))]
            case "back":
                self.leaves = list(self.old[how % len(self.old)])
            case "fork":
                at = how % len(self.leaves)
                self.leaves = [*self.leaves[:at], self._fresh(), *self.leaves[at + 1 :]]
            case "key":
                self.signer = TWO if self.signer is ONE else ONE

    def _fresh(self) -> bytes:
        self.count += 1
        return leaf_hash(self.count.to_bytes(4))

    def shown(self) -> Known:
        checkpoint = Checkpoint(self.signer.origin, len(self.leaves), root_of(self.leaves))
        return Known(key_of(self.signer), signed(checkpoint, self.signer))


acts = st.lists(
    st.tuples(st.sampled_from(("grow", "grow", "back", "fork", "key", "nothing")), st.integers(0, 40)),
    max_size=12,
)


@given(acts)
def test_what_is_kept_only_ever_grows(story: list[tuple[str, int]]) -> None:
    """A shown log is taken exactly where the kept one is its beginning and the key is the first one's."""
    box, known = Box(), None
    kept: list[bytes] = []
    for act, how in story:
        box.do(act, how)
        shown = box.shown()
        verdict = judge(known, shown)
        taken = verdict in GOOD
        if verdict is Verdict.GROWN and known is not None:
            path = consistency(box.leaves, len(kept), len(box.leaves))
            taken = goes_on(known.checkpoint, shown.checkpoint, path)
        begins = box.leaves[: len(kept)] == kept
        assert taken == (known is None or (begins and shown.key == known.key))
        if taken:
            known, kept = shown, list(box.leaves)


@given(acts, st.lists(st.binary(min_size=32, max_size=32), max_size=8))
def test_no_made_up_proof_hides_a_fork(story: list[tuple[str, int]], path: list[bytes]) -> None:
    """Whatever hashes a box gives as its proof, another log never follows from the kept one."""
    box = Box()
    box.do("grow", 5)
    known, kept = box.shown(), list(box.leaves)
    for act, how in story:
        box.do(act, how)
    shown = box.shown()
    if judge(known, shown) is Verdict.GROWN and box.leaves[: len(kept)] != kept:
        assert not goes_on(known.checkpoint, shown.checkpoint, path)
        honest = consistency(box.leaves, len(kept), len(box.leaves))
        assert not goes_on(known.checkpoint, shown.checkpoint, honest)


def test_each_verdict_has_its_case() -> None:
    """One example each, the pairs of size and root that a person would think of."""
    box = Box()
    box.do("grow", 4)
    known = box.shown()
    assert judge(None, known) is Verdict.FIRST
    assert judge(known, box.shown()) is Verdict.SAME
    box.do("fork", 2)
    assert judge(known, box.shown()) is Verdict.FORKED
    box.do("back", 0)
    assert judge(known, box.shown()) is Verdict.ROLLED_BACK
    box.do("grow", 9)
    assert judge(known, box.shown()) is Verdict.GROWN
    box.do("key", 0)
    assert judge(known, box.shown()) is Verdict.OTHER_KEY
    strange = Known(known.key, box.shown().note)
    assert judge(known, strange) is Verdict.UNSIGNED
    assert judge(None, Known(key_of(TWO), known.note)) is Verdict.UNSIGNED


def test_a_cosignature_is_what_the_standard_says() -> None:
    """It verifies over its text and time alone, and stands alone in the note that is given back."""
    cosigner, note = Cosigner.create("callbox-witness/pc"), Box().shown().note
    given_back = read_note(cosigner.cosign(note, 1_772_444_000).whole())
    said = cosigned(given_back, cosigner.key)
    assert said is not None
    assert said.at_s == 1_772_444_000
    assert len(given_back.signatures) == 1
    in_words = Witness(cosigner.key.name, cosigner._private)
    assert given_back.whole() == f"{note.text}\n{in_words.line(note.text, said.at_s)}"
    box = Box()
    box.do("grow", 3)
    other = Note(box.shown().note.text, given_back.signatures)
    with pytest.raises(UnreadableError, match="does not verify"):
        cosigned(other, cosigner.key)
    for wrong in (-1, 1 << 63):
        with pytest.raises(ValueError, match="POSIX"):
            cosigner.cosign(note, wrong)


def test_a_witness_key_is_read_back_or_refused_without_a_word_of_it() -> None:
    """The file gives the same key; anything else is refused, and no part of it is in the message."""
    cosigner = Cosigner.create("callbox-witness/pc")
    again = Cosigner.read(cosigner.content())
    assert again.key == cosigner.key
    for wrong in ("", "secret", cosigner.content()[40:], cosigner.content().replace("PRIVATE", "PUBLIC")):
        with pytest.raises(ValueError, match=r"^this is no key of a witness$"):
            Cosigner.read(wrong)
