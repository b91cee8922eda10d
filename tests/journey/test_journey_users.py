"""Two accounts, as the package makes them: each reaches what is its own, and nobody else reaches anything."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.journey_rig import PURPOSE, Account, Journey, boot, installed, nobody, python_for
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise

NAMES = (
    (r"[0-9a-f]{64}\.toml", "DIGEST.toml"),
    (r"/[0-9a-hjkmnp-tv-z]{13}\.body", "/ID.body"),
    (r"\d{4}-\d\d-\d\d\.shard", "DATE.shard"),
    (r"\d{4}-\d\d-\d\d\.json", "DATE.json"),
    (r"\d{4}-\d\d\.(log|index)", r"MONTH.\1"),
    (r"entries-\d{4}\.log", "entries-YEAR.log"),
)

DESIGNED = {
    "run/callbox": "root 1771",
    "run/callbox/faults": "keeper 640",
    "run/callbox/keeper.sock": "keeper 660",
    "run/callbox/lines": "recorder 640",
    "run/callbox/marks": "keeper 640",
    "run/callbox/desk-line1": "recorder 600",
    "run/callbox/hook-line1": "recorder 600",
    "var/lib/callbox": "root 1770",
    "var/lib/callbox/live.log": "recorder 600",
    "var/lib/callbox/spool": "recorder 2770",
    "var/lib/callbox/published": "keeper 2750",
    "var/lib/callbox/published/armed.json": "keeper 640",
    "var/lib/callbox/published/bucket.key": "keeper 640",
    "var/lib/callbox/published/live.json": "keeper 640",
    "var/lib/callbox/published/settings.json": "keeper 640",
    "var/lib/callbox/store": "keeper 700",
    "var/lib/callbox/store/ID.body": "recorder 640",
    "var/lib/callbox/vault": "keeper 700",
    "var/lib/callbox/vault/box.json": "keeper 600",
    "var/lib/callbox/vault/challenges.json": "keeper 600",
    "var/lib/callbox/vault/clock.json": "keeper 600",
    "var/lib/callbox/vault/keys.1": "keeper 600",
    "var/lib/callbox/vault/lock": "keeper 600",
    "var/lib/callbox/vault/settings": "keeper 700",
    "var/lib/callbox/vault/settings/DIGEST.toml": "keeper 600",
    "var/lib/callbox/vault/shards": "keeper 700",
    "var/lib/callbox/vault/shards/day-DATE.shard": "keeper 600",
    "var/lib/callbox/vault/signing.pk8": "keeper 600",
    "var/lib/callbox/vault/signing.pub": "keeper 600",
    "var/lib/callbox/cell": "keeper 700",
    "var/lib/callbox/cell/root.cell": "keeper 600",
    "var/lib/callbox/catalogue.db": "keeper 600",
    "var/lib/callbox/ledger": "keeper 700",
    "var/lib/callbox/ledger/MONTH.log": "keeper 600",
    "var/lib/callbox/audit": "keeper 700",
    "var/lib/callbox/audit/entries-YEAR.log": "keeper 600",
    "var/lib/callbox/audit/checkpoints.log": "keeper 600",
    "var/lib/callbox/aside": "keeper 700",
    "var/lib/callbox/certificates": "keeper 700",
    "var/lib/callbox/forecast": "keeper 700",
    "var/lib/callbox/forecast/DATE.json": "keeper 600",
    "var/lib/callbox/proof": "keeper 700",
    "var/lib/callbox/proof/ssh-ed25519.age": "keeper 600",
    "var/lib/callbox/proof/ssh-rsa.age": "keeper 600",
}
"""Every file and folder. A body stays its writer's, in a folder that the writer cannot enter."""

SOCKET = "run/callbox/keeper.sock"

LATER = {"var/lib/callbox/ledger/MONTH.index": "keeper 600"}
"""What the keeper makes once a day, so that it may be there or not."""


@pytest.fixture(scope="module")
def lived() -> Iterator[Journey]:
    """An installed box after the first steps of the README, with one call taken in; both processes run."""
    with installed([Ask("line1", Line(noise(1, 300)))]) as journey:
        journey.init()
        boot(root(journey))
        journey.box.lines.start()
        journey.start().arm()
        journey.lift("line1")
        journey.box.lines.hear(1)
        assert journey.recorder.stop() == 0
        journey.taken_in(1)
        ledger = journey.place.data / "ledger"
        journey.until(lambda: any(ledger.glob("*.log")), "no coverage is taken in")
        journey.recorder.start()
        yield journey


def root(journey: Journey) -> Path:
    return journey.place.data.parents[2]


def accounts(journey: Journey) -> tuple[Account, Account]:
    assert journey.place.accounts is not None
    return journey.place.accounts


def everything(journey: Journey) -> list[Path]:
    """All but what is there for a moment: a file that is being written, coverage on its way to the keeper."""
    found = [each for top in (journey.place.data, journey.place.run) for each in (top, *top.rglob("*"))]
    return [each for each in found if each.suffix != ".new" and not each.name.startswith("coverage-")]


def reached(account: Account, paths: list[Path]) -> dict[Path, str]:
    """What of these paths an account may read, write or enter, as the kernel says it."""
    script = 'for path; do for may in r w x; do test -$may "$path" && printf "%s %s\\n" $may "$path"; done; done; true'
    ids = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    done = subprocess.run(
        ["setpriv", *ids, "sh", "-c", script, "sh", *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[Path, str] = {}
    for line in done.stdout.splitlines():
        may, _, path = line.partition(" ")
        found[Path(path)] = found.get(Path(path), "") + may
    return found


def test_a_call_goes_from_one_account_to_the_other(lived: Journey) -> None:
    """What the recorder handed on is the keeper's, and opens for the office."""
    (row,) = lived.listed()
    assert row["kind"] == "finished"
    assert len(lived.fetch(row["id"]).stretches) == 1


def test_owners_and_modes_are_as_designed(lived: Journey) -> None:
    """Every file and folder; nothing is there that is not named here; all but the socket belongs to the one group."""
    (recorder, keeper), found = accounts(lived), {}
    owners = {recorder.uid: "recorder", keeper.uid: "keeper", 0: "root"}
    for path in everything(lived):
        status, name = path.stat(), str(path.relative_to(root(lived)))
        assert status.st_gid == (keeper.groups[0] if name == SOCKET else keeper.gid), name
        for pattern, instead in NAMES:
            name = re.sub(pattern, instead, name)
        found[name] = f"{owners[status.st_uid]} {status.st_mode & 0o7777:o}"
    assert found == DESIGNED | {name: mode for name, mode in LATER.items() if name in found}


def test_the_recorder_reaches_its_own_and_what_is_published(lived: Journey) -> None:
    """It cannot read vault, store, cell, catalogue, ledger or audit log, and writes nothing that the keeper relies on."""
    recorder, _ = accounts(lived)
    found = reached(recorder, everything(lived))
    names = {str(path.relative_to(root(lived))): may for path, may in found.items()}
    assert names == {
        "run/callbox": "rwx",
        "run/callbox/faults": "r",
        "run/callbox/marks": "r",
        "run/callbox/lines": "rw",
        "run/callbox/desk-line1": "rw",
        "run/callbox/hook-line1": "rw",
        "var/lib/callbox": "rwx",
        "var/lib/callbox/live.log": "rw",
        "var/lib/callbox/spool": "rwx",
        "var/lib/callbox/published": "rx",
        "var/lib/callbox/published/armed.json": "r",
        "var/lib/callbox/published/bucket.key": "r",
        "var/lib/callbox/published/live.json": "r",
        "var/lib/callbox/published/settings.json": "r",
    }


def test_the_keeper_cannot_read_the_live_log(lived: Journey) -> None:
    """It takes from the spool and reads the notes; the recorder's live log is the recorder's alone."""
    _, keeper = accounts(lived)
    found = reached(keeper, everything(lived))
    assert lived.place.data / "live.log" not in found
    assert found[lived.place.data / "spool"] == "rwx"
    assert found[lived.place.run / "lines"] == "r"


def test_a_third_account_reaches_nothing(lived: Journey) -> None:
    """No file, no socket; the run directory it may pass through, and list nothing."""
    assert reached(nobody(), everything(lived)) == {lived.place.run: "x"}


def test_a_person_reaches_the_socket_and_nothing_else(lived: Journey) -> None:
    """An account in the group of persons: one socket, and the folder of key files, which it cannot write."""
    _, keeper = accounts(lived)
    person, top = Account(nobody().uid, keeper.groups[0]), root(lived)
    found = reached(person, [*everything(lived), top / "etc/callbox", top / "etc/callbox/persons"])
    assert {str(path.relative_to(top)): may for path, may in found.items()} == {
        "run/callbox": "x",
        SOCKET: "rw",
        "etc/callbox": "rx",
        "etc/callbox/persons": "rx",
    }


@pytest.mark.parametrize("who", ["recorder", "third", "root"])
def test_only_the_keepers_own_account_is_answered(lived: Journey, who: str) -> None:
    """Whoever else asks is refused with one word of who may, also root; nothing of the box is told."""
    third = nobody()
    asking = {
        "recorder": lived.place.recorder,
        "third": third.run(python_for(third)),
        "root": (lived.place.keeper[-1],),
    }[who]
    (row,) = lived.listed()
    for words in (["list"], ["get", row["id"], *PURPOSE]):
        done = lived.callbox("shell", *words, who=asking)
        said = done.stderr.decode()
        assert (done.returncode, done.stdout) == (6, b""), said
        assert "[refused.not-you]" in said
        assert "sudo -u callbox-keeper" in said
        assert row["id"] not in said


def test_a_box_of_root_is_refused_where_it_is_the_keepers() -> None:
    """`sudo callbox init` on an installed box makes nothing: the keeper could not open what root made."""
    with installed([Ask("line1", Line(noise(1, 1)))]) as fresh:
        done = fresh.callbox("init", "--config", str(fresh.box.config), who=(fresh.place.keeper[-1],))
        said = done.stderr.decode()
        assert done.returncode == 6, said
        assert "[refused.not-you]" in said
        assert "sudo -u" in said
        assert [path for path in everything(fresh) if not path.is_dir()] == []
        assert fresh.init()


def test_root_replaces_the_settings_and_the_keeper_takes_them_up(lived: Journey) -> None:
    """`sudo callbox apply`: the file stays root's, the keeper has no right to it, and both daemons have the new digest."""
    config = lived.box.config
    new = lived.folder / "new.toml"
    new.write_text(f"{config.read_text()}# another version\n")
    sockets = [lived.place.run / name for name in ("hook-line1", "desk-line1")]
    before, made = config.stat(), [each.stat().st_ctime_ns for each in sockets]
    digest = hashlib.sha256(new.read_bytes()).hexdigest()
    root_python = (lived.place.keeper[-1],)
    refused = lived.callbox("apply", "--config", str(new), "--yes")
    assert "[refused.settings-not-writable]" in refused.stderr.decode()
    done = lived.callbox("apply", "--config", str(new), "--yes", who=root_python)
    assert done.returncode == 0, done.stderr
    lived.until(
        lambda: digest in (lived.place.data / "published" / "settings.json").read_text(), "it is not in force"
    )
    lived.until(
        lambda: (
            all(each.exists() for each in sockets)
            and all(each.stat().st_ctime_ns > was for each, was in zip(sockets, made, strict=True))
        ),
        "the recorder has not begun anew",
    )
    accepted = [each for each in lived.audit() if each["what"] == "settings accepted"]
    assert [each["digest"] for each in accepted] == [digest]
    after = config.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
