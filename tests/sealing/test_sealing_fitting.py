"""A header that somebody else made is taken only where it fits the recipients, as far as can be seen without a key."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from firmware.sealing.age import Identity, fresh_file_key, header
from firmware.sealing.fitting import MOST, Shape, proof_of, shapes, unfit
from firmware.sealing.recipients import Recipient, parse
from firmware.sealing.stanza import Stanza, b64, write_header
from tests.rigs.keys import Keys

FILE_KEY = fresh_file_key()


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory: pytest.TempPathFactory) -> list[Recipient]:
    """A native key, an ssh-ed25519 and an ssh-rsa key."""
    return [parse(each) for each in Keys.generate(tmp_path_factory.mktemp("keys") / "keys").public.values()]


def native() -> Recipient:
    return Identity.generate().recipient()


def wanted(*recipients: Recipient) -> list[Shape]:
    return shapes(recipients)


def test_what_was_made_for_them_fits_in_any_order(one_of_each: list[Recipient]) -> None:
    """Every order of every kind; and as often as a kind stands."""
    for some in permutations(one_of_each):
        assert unfit(header(FILE_KEY, some), wanted(*one_of_each)) is None
    two = [native(), native()]
    assert unfit(header(FILE_KEY, two), wanted(*two)) is None


def test_too_few_too_many_and_others_do_not(one_of_each: list[Recipient], tmp_path: Path) -> None:
    """One left out, one more, and an SSH key in the place of another one of its kind; who is meant is said by kind."""
    others = [parse(each) for each in Keys.generate(tmp_path / "keys").public.values()]
    for place, kept in enumerate(one_of_each):
        fewer = one_of_each[:place] + one_of_each[place + 1 :]
        told = unfit(header(FILE_KEY, fewer), wanted(*one_of_each)) or ""
        assert "1 ssh-ed25519, 1 ssh-rsa" in told.partition("the settings name")[2]
        assert unfit(header(FILE_KEY, [*one_of_each, kept]), wanted(*one_of_each))
        swapped = [*fewer, others[place]]
        anonymous = kept.kind == "X25519"
        assert (unfit(header(FILE_KEY, swapped), wanted(*one_of_each)) is None) is anonymous


def test_it_is_one_whole_header_and_nothing_else() -> None:
    """Cut, followed by anything, in a second spelling, twice, or no header at all."""
    one = native()
    whole = header(FILE_KEY, [one])
    mac = whole.rpartition(b"--- ")[2]
    for spoiled in (
        *(whole[:at] for at in range(0, len(whole), 7)),
        whole + b"\n",
        whole + whole,
        whole + b"body",
        whole.replace(b"\n", b"\r\n"),
        whole.replace(b"--- ", b"---  "),
        whole.replace(mac, b64(bytes(16)).encode() + b"\n"),
        b"",
        b"\xff" * 200,
    ):
        assert unfit(spoiled, wanted(one)), spoiled


def test_a_wrong_mac_of_the_right_size_is_not_seen_here() -> None:
    """Rule 3: it takes the file key, so whoever makes headers proves them, and whoever confirms opens one."""
    one = native()
    whole = header(FILE_KEY, [one])
    mac = whole.rpartition(b"--- ")[2]
    assert unfit(whole.replace(mac, b64(bytes(32)).encode() + b"\n"), wanted(one)) is None


def test_a_stanza_of_another_size_does_not_fit() -> None:
    """A share that is no key, a share more, a body that is no file key."""
    one = native()
    good = one.wrap(FILE_KEY)
    kind, share = good.args
    for spoiled in (
        Stanza((kind, b64(bytes(31))), good.body),
        Stanza((kind, b64(bytes(33))), good.body),
        Stanza((kind, share, share), good.body),
        Stanza((kind,), good.body),
        Stanza(("X25519x", share), good.body),
        replace(good, body=good.body + b"x"),
        replace(good, body=b""),
    ):
        assert unfit(write_header((spoiled,), FILE_KEY), wanted(one))
    assert unfit(write_header((good,), FILE_KEY), wanted(one)) is None


def test_a_header_has_at_most_so_many_bytes() -> None:
    """What is longer is not even read."""
    told = unfit(bytes(MOST + 1), [])
    assert told == f"it has {MOST + 1} bytes, and {MOST} is the most"
    assert "no header of an age file" in (unfit(bytes(MOST), []) or "")


def test_the_proof_is_of_one_file_key_one_recording_and_one_header() -> None:
    """Another of each is another proof."""
    whole = header(FILE_KEY, [native()])
    proofs = {
        proof_of(FILE_KEY, "0123456789abc", whole),
        proof_of(fresh_file_key(), "0123456789abc", whole),
        proof_of(FILE_KEY, "0123456789abd", whole),
        proof_of(FILE_KEY, "0123456789abc", header(FILE_KEY, [native()])),
    }
    assert len(proofs) == 4
    assert {len(each) for each in proofs} == {64}
