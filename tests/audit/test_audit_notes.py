"""Notes and checkpoints, judged by those that other people's logs and witnesses signed.

Public facts: the example of golang.org/x/mod/sumdb/note, a checkpoint of Sigstore's Rekor log
with cosignatures of three witnesses, the verifier keys that these publish, and the example
of C2SP tlog-cosignature.
"""

import hashlib
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.checkpoint import (
    Checkpoint,
    cosigned,
    is_signed_by,
    key_of,
    read_checkpoint,
    signed,
)
from firmware.audit.note import read_note
from firmware.settings.verifier_key import COSIGNATURE, VerifierKey, parse_verifier_key
from firmware.vault.reading import UnreadableError
from firmware.vault.signing import Signer

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
REKOR = (
    "log2025-1.rekor.sigstore.dev\n114068855\nuXmV5jkyZgXN2o6QMPYIPpTwzaAdL+3IFw0SMp4JmGI=\n\n"
    "— log2025-1.rekor.sigstore.dev "
    "zxGZFazjmbNyzy8EePBwh61DpCvLn/pkXQhgwGayQKZeQ7BxDrs3XQPZTCridH/VjPk5eL36dtHVyLyKbtQ08lT51QA=\n"
    "— witness.navigli.sunlight.geomys.org "
    "o+AP4gAAAABqrBYQPMdDRNVwMGPQD9N5E3AIrptPZ6/6OcsZY1+xNfGu0CsxNM0BsXvltbFkMsY/pjOaNT0Oz8ZBHN510YN+vn8lBg==\n"
    "— witness.stagemole.eu "
    "Z/euoAAAAABqrBYQ+q67WRizVAmFq6sUXpfA+eMyO+dQ7i5Ce9WBkqPvq4RZTZLR/sU1hHl/NDSzJ4mLzhmQULr0HdTJoOVl/5BACg==\n"
    "— staging.witness.transparency.goog/ring-any-bells "
    "LhqNyQAAAABqrBYQ3tiCPy63VE7DlWh6263nnhFXaEodX50PL9nB7QQ+3PGAlTajdyo/D+UWY9+pAlJF6PIVmSCYfbo71E6kuj5yAw==\n"
)
REKOR_KEY = b64decode("MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=")[-32:]
WITNESSES = (
    "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "staging.witness.transparency.goog/ring-any-bells+2e1a8dc9+BG5JTpLc3FJtwzgh1Uv+Qelz9qeOH2bfWjS1s0s+y4rL",
)
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def key(text: str) -> VerifierKey:
    found = parse_verifier_key(text)
    assert found is not None, text
    assert found.text() == text
    return found


def test_a_note_of_gos_verifies() -> None:
    """The documented note of golang.org/x/mod/sumdb/note verifies with its key, and with no other."""
    note = read_note(PETERS)
    assert note.whole() == PETERS
    assert is_signed_by(note, key(PETER))
    assert not is_signed_by(note, key("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"))


def test_a_checkpoint_of_rekor_with_three_witnesses_verifies() -> None:
    """Log signature and cosignatures verify; the time is the one that the witnesses signed; a changed size spoils all."""
    note = read_note(REKOR)
    log = VerifierKey("log2025-1.rekor.sigstore.dev", 1, REKOR_KEY)
    assert read_checkpoint(note.text).size == 114_068_855
    assert is_signed_by(note, log)
    for each in WITNESSES:
        said = cosigned(note, key(each))
        assert said is not None
        assert said.at_s == 0x6AAC1610
    changed = read_note(REKOR.replace("\n114068855\n", "\n114068856\n"))
    assert not is_signed_by(changed, log)
    for each in WITNESSES:
        with pytest.raises(UnreadableError, match="does not verify"):
            cosigned(changed, key(each))


def test_the_example_of_the_specification_is_read_and_written() -> None:
    """Origin, size, root, key hashes and the time are those of the page, and it comes out as it went in."""
    note = read_note(EXAMPLE)
    root = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert read_checkpoint(note.text) == Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert note.whole() == EXAMPLE
    assert int.from_bytes(note.signatures[1].content[:8]) == 1679315147


def test_our_checkpoint_is_signed_as_anybody_verifies() -> None:
    """Key hash, message and line, put together here from the words of the specification, fit what the box writes."""
    signer = Signer(Ed25519PrivateKey.generate())
    content = signed(
        Checkpoint(f"callbox/{signer.name}", 7, bytes(32), ("settings sha256:00",)), signer
    ).whole()
    text, line = content.rsplit("\n\n", 1)
    name, told = line.removeprefix("— ").rstrip("\n").split(" ")
    raw = b64decode(told)
    hashed = hashlib.sha256(name.encode() + b"\n\x01" + signer.public).digest()[:4]
    assert text.split("\n") == [name, "7", b64encode(bytes(32)).decode(), "settings sha256:00"]
    assert raw[:4] == hashed
    Ed25519PublicKey.from_public_bytes(signer.public).verify(raw[4:], f"{text}\n".encode())
    assert key(key_of(signer).text()) == key_of(signer)
    with pytest.raises(ValueError, match="origin"):
        signer.sign_note(b"callbox manifest 1\n{}")


def test_the_newest_of_several_cosignatures_counts_and_strangers_do_not() -> None:
    """A witness that cosigned twice is heard at the later time; a key of the same name with another hash is nobody."""
    one, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    text = Checkpoint("callbox/x", 3, bytes(32)).text()
    lines = "".join(cosignature(text, one, at_s) for at_s in (20, 30, 10))
    note = read_note(f"{text}\n{lines}")
    said = cosigned(note, witness(one))
    assert said is not None
    assert said.at_s == 30
    assert cosigned(note, witness(other)) is None


def test_one_false_cosignature_of_a_known_witness_spoils_the_note() -> None:
    """A right one beside it does not save it; a time beyond 63 bits is false as well."""
    one = Ed25519PrivateKey.generate()
    text = Checkpoint("callbox/x", 3, bytes(32)).text()
    false = cosignature(text + "more\n", one, 5)
    for lines in (cosignature(text, one, 4) + false, cosignature(text, one, 1 << 63)):
        with pytest.raises(UnreadableError, match="does not verify"):
            cosigned(read_note(f"{text}\n{lines}"), witness(one))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— na+me AAAAAAA=\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n— name AAAA\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— name AAAAAAA= more\n",
        "text\n\n— name AAAAAAA=",
        "te\rxt\n\n— name AAAAAAA=\n",
        "text\n\n" + "— name AAAAAAA=\n" * 65,
    ],
)
def test_what_is_no_note_is_refused(content: str) -> None:
    """Every departure from signed-note, "Format", is refused, never half read."""
    with pytest.raises(UnreadableError):
        read_note(content)


@pytest.mark.parametrize("size", ["01", "-1", "+1", "1 ", "", "1e3", "٣", "1" * 30])
def test_what_is_no_size_is_refused(size: str) -> None:
    """Only ASCII decimals without leading zeros (tlog-checkpoint, "Note text")."""
    with pytest.raises(UnreadableError):
        read_checkpoint(f"origin\n{size}\n{b64encode(bytes(32)).decode()}\n")


@pytest.mark.parametrize(
    "root", ["", "AAAA", b64encode(bytes(33)).decode(), b64encode(bytes(32)).decode()[:-1], "!"]
)
def test_what_is_no_root_is_refused(root: str) -> None:
    """Only 32 bytes in base64."""
    with pytest.raises(UnreadableError):
        read_checkpoint(f"origin\n3\n{root}\n")


@given(st.text(max_size=200))
def test_any_text_is_read_whole_or_refused(content: str) -> None:
    """What is read comes out as it went in; all else is refused in one way."""
    try:
        note = read_note(content)
    except UnreadableError:
        return
    assert note.whole() == content


@pytest.mark.parametrize(
    "wrong",
    [
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", "PeterNeuman"),
        PETER + "BADKEY==",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+!!!!",
        "",
    ],
)
def test_what_is_no_verifier_key_is_refused(wrong: str) -> None:
    """A hash that fits neither name nor key, capitals, a key of another length: none of them is a key."""
    assert parse_verifier_key(wrong) is None


def witness(private: Ed25519PrivateKey, name: str = "witness.example/one") -> VerifierKey:
    return VerifierKey(name, COSIGNATURE, private.public_key().public_bytes_raw())


def cosignature(text: str, private: Ed25519PrivateKey, at_s: int, name: str = "witness.example/one") -> str:
    """A cosignature line, put together from the words of tlog-cosignature."""
    public = private.public_key().public_bytes_raw()
    hashed = hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
    signature = private.sign(f"cosignature/v1\ntime {at_s}\n{text}".encode())
    return f"— {name} {b64encode(hashed + at_s.to_bytes(8) + signature).decode()}\n"
