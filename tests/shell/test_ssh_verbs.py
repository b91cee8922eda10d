"""Every verb through a real sshd with the stock client, good and refused, and an entry of the audit log for each."""

import pytest

from firmware.shell.verbs import VERBS
from tests.rigs.sentences import code_of
from tests.rigs.sshd import Sshd

pytestmark = pytest.mark.rig

WHY = ("--purpose", "complaint", "--ref", "C12")
HELD = ("--case", "C12", "--owner", "Anna", "--reason", "a complaint")

LONG_AGO, THEN = "2026-01-02 09:00", "2026-01-02 10:00"

GOOD = {
    "list": ("list",),
    "show": ("show", "ID"),
    "get": ("get", "ID", *WHY),
    "get of a cut one": ("get", "CUT", *WHY),
    "get in armour": ("get", "ID", *WHY, "--armor"),
    "details": ("details", "ID", *WHY),
    "hold": ("hold", "ID", *HELD),
    "restrict": ("restrict", "--line", "line1", "--from", LONG_AGO, "--to", THEN, *HELD),
    "find by reference": ("find", "--by-ref", "C12"),
    "holds": ("holds",),
    "ledger": ("ledger", "line1"),
    "stats": ("stats",),
    "status": ("status",),
    "recipient": ("recipient",),
    "recipient ask": ("recipient", "ask", "safe"),
    "clock": ("clock",),
    "copies": ("copies",),
    "certificates": ("certificates",),
    "log": ("log",),
    "verify": ("verify",),
    "verify ID": ("verify", "ID"),
    "checkpoint": ("checkpoint",),
    "consistency": ("consistency", "1", "2"),
    "inclusion": ("inclusion", "1"),
    "entries": ("entries", "0", "2"),
    "peaks": ("peaks", "2"),
    "settings": ("settings",),
    "days": ("days", "--from", "2026-03-02", "--to", "2026-03-02"),
    "headers": ("headers",),
    "reseal": ("reseal",),
    "persons": ("persons",),
    "watch": ("watch",),
    "watch --json": ("watch", "--json"),
    "help": ("help",),
    "help get": ("help", "get"),
    "nothing": (),
}

REFUSED = {
    "list --purpose x": "refused.arguments",
    "list --on 1999": "refused.arguments",
    "show 0123456789abc": "refused.unknown-recording",
    "get ID": "refused.purpose",
    "get ID --purpose curiosity --ref C12": "refused.purpose",
    "get ID --purpose complaint": "refused.reference",
    "get ID --resume": "refused.no-part",
    "get ID --from 0:10 --to 0:20": "refused.no-part",
    "get CUT --purpose complaint --ref C12 --armor": "refused.armor-of-cut",
    "details ID --purpose complaint": "refused.reference",
    "get ../../etc/shadow --purpose complaint --ref C12": "refused.unknown-recording",
    "hold 0123456789abc --case C --owner O --reason R": "refused.unknown-recording",
    "hold": "refused.arguments",
    "restrict 0123456789abc --case C --owner O --reason R": "refused.unknown-recording",
    "find --purpose complaint --ref C12": "refused.arguments",
    "find 07700900123 --purpose complaint --ref C12": "refused.arguments",
    "find --withheld --purpose curiosity --ref C12": "refused.purpose",
    "note ID": "refused.arguments",
    "note 0123456789abc --ref C12": "refused.arguments",
    "notes ID --purpose complaint --ref C12": "refused.unknown-note",
    "notes ID": "refused.purpose",
    "holds x --json x": None,
    "letter 0123456789abc": "refused.unknown-hold",
    "told 0123456789abc --how letter": "refused.unknown-hold",
    "copied 0123456789abc --where safe": "refused.unknown-hold",
    "review 0123456789abc --on 2026-09-01 --reason R": "refused.unknown-hold",
    "release 0123456789abc --reason R": "refused.unknown-hold",
    "destroy 0123456789abc --reason R": "refused.unknown-recording",
    "keep 0123456789abc": "refused.unknown-recording",
    "date 0123456789abc --began '2026-03-02 09:00' --reason R": "refused.unknown-recording",
    "copies destroyed 0123456789abc": "refused.unknown-copy",
    "certificates x": None,
    "certificate 0123456789abc": "refused.unknown-certificate",
    "ledger": "refused.arguments",
    "stats --from yesterday": "refused.arguments",
    "status x --limit 5": "refused.arguments",
    "recipient prove office wrong": "refused.word",
    "clock confirm --now '1999-01-01 00:00'": "refused.clock",
    "mend-cell": "refused.cell",
    "ack device.no-such --reason R": "refused.unknown-fault",
    "log --limit many": "refused.arguments",
    "verify --limit 5": "refused.arguments",
    "checkpoint --limit 5": "refused.arguments",
    "consistency 5 4000000": "refused.arguments",
    "inclusion 4000000": "refused.arguments",
    "inclusion first": "refused.arguments",
    "cosign": "refused.arguments",
    "entries 0": "refused.arguments",
    "peaks many": "refused.arguments",
    "settings 00ff": "refused.arguments",
    "days --from 2026-03-02": "refused.arguments",
    "headers --limit all": "refused.arguments",
    "reseal try 0123456789abc --with office": "refused.reseal",
    "reseal confirm 0123456789abc --with office": "refused.reseal",
    "reseal drop": "refused.reseal",
    "persons anna": "refused.arguments",
    "watch line1": "refused.arguments",
    "watch --on today": "refused.arguments",
    "help listen": "refused.arguments",
    "listen": "refused.verb",
}


def test_every_verb_is_tried_both_ways() -> None:
    """A verb that is added is added here, too."""
    refused = {line.split()[0] for line in REFUSED}
    good = {words[0] for words in GOOD.values() if words}
    assert VERBS.keys() - refused == set()
    changing = {"letter", "told", "copied", "review", "release", "destroy", "keep", "date", "certificate"}
    changing |= {"note", "notes"}
    assert VERBS.keys() - good == changing | {"mend-cell", "cosign", "ack"}


@pytest.mark.parametrize("words", GOOD.values(), ids=GOOD)
def test_what_is_asked_rightly_is_answered(box: Sshd, mux: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Something on standard output, nothing beside it, and an entry with the account."""
    before = len(box.entries())
    given = [{"ID": box.finished, "CUT": box.cut}.get(word, word) for word in words]
    done = box.run("anna", *given, options=mux)
    assert code_of(done) is None
    assert done.stdout
    looked = [each for each in box.entries()[before:] if each["what"] == "looked"]
    assert [each["person"] for each in looked] == [box.logins["anna"]]
    assert "code" not in looked[0]
    assert looked[0]["verb"] != "?"


@pytest.mark.parametrize(("line", "code"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_is_refused_in_two_lines(
    box: Sshd, mux: tuple[str, ...], line: str, code: str | None
) -> None:
    """The code, nothing on standard output, and an entry with the same code."""
    before = len(box.entries())
    done = box.run("anna", line.replace("ID", box.finished).replace("CUT", box.cut), options=mux, raw=True)
    found = code_of(done)
    assert code is None or found == code
    looked = [each for each in box.entries()[before:] if each["what"] == "looked"]
    assert {each.get("code") for each in looked} >= {found}
    assert found is None or done.stdout == b""


def test_help_says_who_you_are_and_three_examples(box: Sshd) -> None:
    """What `ssh you@box` alone prints: the account, the last day of the key, how to call it, every verb."""
    said = box.run("ben").stdout.decode()
    account = box.logins["ben"]
    assert f"You are {account} (Ben)" in said
    assert "until the end of 2098-12-31" in said
    assert said.count(f"  ssh {account}@127.0.0.1 ") == 3
    assert all(f"\n  {verb}" in said or f", {verb} " in said for verb in VERBS)
    assert "callbox shell" not in said
    assert "--socket" not in said


def test_help_of_a_verb_is_its_own_lines(box: Sshd, mux: tuple[str, ...]) -> None:
    """`help get`, `get --help` and `get -h` are the same page; its example is what is typed over SSH."""
    pages = {
        box.run("anna", *words, options=mux).stdout
        for words in (("help", "get"), ("get", "--help"), ("get", "-h"))
    }
    (page,) = pages
    assert b"--purpose" in page
    assert b"release" not in page
    assert b"get ID --purpose complaint --ref C12 --where \"'case file C12'\" > ID.age" in page


def test_a_hint_names_the_command_that_can_be_typed(box: Sshd, mux: tuple[str, ...]) -> None:
    """Over SSH no sentence tells to run `callbox shell`, which nobody has there."""
    for line in ("get", "status", "letter x", "list --colour"):
        done = box.run("anna", line, options=mux, raw=True)
        assert b"callbox shell" not in done.stdout + done.stderr


def test_a_text_of_several_words_is_quoted_twice(box: Sshd, mux: tuple[str, ...]) -> None:
    """As ssh joins what a shell left: once is refused with a hint that can be typed, twice is taken; so do the pages show it."""
    get = f"get {box.finished} --purpose complaint --ref C12 --where"
    once = box.run("anna", f"{get} case file C12", options=mux, raw=True)
    assert code_of(once) == "refused.arguments"
    assert b"stands in quotes: --where \"'case file'\"" in once.stderr
    twice = box.run("anna", f"{get} 'case file C12'", options=mux, raw=True)
    assert twice.returncode == 0
    assert b"place: case file C12" in box.run("anna", "show", box.finished, options=mux).stdout
    assert b"--now \"'2026-03-02 09:30'\"" in box.run("anna", "help", "clock", options=mux).stdout


def test_one_command_line_is_one_entry(box: Sshd, mux: tuple[str, ...]) -> None:
    """`get` adds what it enters itself: before, who and why; after, how much of it went."""
    before = len(box.entries())
    box.run("anna", "get", box.finished, *WHY, options=mux)
    assert [each["what"] for each in box.entries()[before:]] == ["get", "looked", "sent"]


def test_what_was_typed_is_in_no_entry(box: Sshd, mux: tuple[str, ...]) -> None:
    """A number that somebody typed in the wrong place is not written down, and not said again."""
    number = "07700900461"
    for line in (f"find-{number}", number, f"show {number}", f"get {number} --purpose complaint --ref C12"):
        done = box.run("anna", line, options=mux, raw=True)
        assert code_of(done)
    for path in box.house.places.data.rglob("*"):
        assert not path.is_file() or number.encode() not in path.read_bytes(), path
