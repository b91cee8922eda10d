"""Who may ask: key files to the byte, the clock that judges them, the door that enters each look, the folder that is watched."""

import contextlib
import json
import os
import socket
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import ClockState, GivenClock
from firmware.faults import Refused
from firmware.keeper.door import Look, Person
from firmware.keeper.key_file import FULL_NAME, NAME, Login, PublicKey, parse
from firmware.keeper.key_folder import KeyFolder
from firmware.keeper.looks import AWAY_NS, MOST_AWAY, Looks
from firmware.keeper.places_inside import MOST_OF_ONE
from firmware.shell.client import Client
from firmware.vault.reading import UnreadableError
from tests.keeper.keeper_rig import MORNING, House, Keeping

KEY = PublicKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIP8dd8cBIfAhjrTXj16ArgCuLih2g10NZN1gMj1n8biq")
ANNA = Login("anna", "Anna Example", "2026-03-02", datetime(2027, 3, 2, tzinfo=UTC), KEY)
PERSON = Person("anna", 4_000_000)
"""A number that no account has."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="not root: a key file is root's own")


def folder(house: House) -> Path:
    path = house.config.parent / "persons"
    path.mkdir(mode=0o750, exist_ok=True)
    return path


def put(house: House, login: Login = ANNA) -> Path:
    path = folder(house) / login.name
    path.write_text(login.text())
    path.chmod(0o640)
    return path


def admitted(keeping: Keeping, person: Person = PERSON) -> str | None:
    """The code of what stands in the way, `None` where nothing does."""
    try:
        keeping.box.persons.admit(person)
    except Refused as refusal:
        return refusal.code
    return None


logins = st.builds(
    Login,
    name=st.from_regex(NAME, fullmatch=True),
    full=st.from_regex(FULL_NAME, fullmatch=True).filter(lambda text: "\n" not in text),
    since=st.dates().map(lambda day: day.isoformat()),
    until=st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)).map(  # noqa: DTZ001  UTC comes next
        lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
    key=st.just(KEY),
)


@given(logins)
def test_what_is_written_is_read(login: Login) -> None:
    """Every login that can be written is read back as it was."""
    assert parse(login.text().encode(), login.name) == login


@given(st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3))
def test_one_byte_another_way_counts_for_nothing_or_for_the_same_person(
    at: int, put_in: bytes, cut: int
) -> None:
    """Whatever is changed, put in or cut out: refused, or another file that could have been written for the same account."""
    whole = ANNA.text().encode()
    changed = whole[:at] + put_in + whole[at + cut :]
    try:
        read = parse(changed, "anna")
    except UnreadableError:
        return
    assert read.name == "anna"
    assert read.text().encode() == changed


@given(st.binary(max_size=600))
def test_any_bytes_are_refused(content: bytes) -> None:
    """No other exception."""
    with pytest.raises(UnreadableError):
        parse(content, "anna")


def test_the_line_is_as_sshd_wants_it() -> None:
    """The options first, the moment in UTC, the key, the mark that it is ours; no line is longer than sshd reads."""
    line = ANNA.text().splitlines()[-1]
    assert line == f'restrict,pty,expiry-time="202703020000Z" ssh-ed25519 {KEY.base64} callbox:anna'
    assert KEY.fingerprint == "SHA256:I96Zl+4nOp3LB8k44xxCtCs/sfr7A86Qe4MdQ8cR8LQ"


@needs_root
def test_a_person_may_ask_as_long_as_the_file_stands(house: House) -> None:
    """Looked at for every request: gone, changed, another's, a link, writable, and back."""
    with house.keeper() as keeping:
        assert admitted(keeping) == "refused.not-you"
        path = put(house)
        assert admitted(keeping) is None
        assert admitted(keeping, Person("ben", 4_000_001)) == "refused.not-you"
        assert admitted(keeping, Person("uid 7", 7)) == "refused.not-you"
        assert admitted(keeping, Person("../anna", 7)) == "refused.not-you"
        for mode, code in ((0o660, "refused.key-file"), (0o642, "refused.key-file"), (0o600, None)):
            path.chmod(mode)
            assert admitted(keeping) == code
        os.chown(path, 1, -1)
        assert admitted(keeping) == "refused.key-file"
        os.chown(path, 0, -1)
        path.rename(path.with_name("kept"))
        path.symlink_to("kept")
        assert admitted(keeping) == "refused.key-file"
        path.unlink()
        os.mkfifo(path)
        assert admitted(keeping) == "refused.key-file"
        path.unlink()
        assert admitted(keeping) == "refused.not-you"


@needs_root
def test_what_is_no_file_costs_no_descriptor(house: House) -> None:
    """A folder, and a pipe that somebody holds open, where a key file would stand: refused, a fault, and nothing stays open."""
    with house.keeper() as keeping:
        path = folder(house) / "anna"
        for make in (Path.mkdir, os.mkfifo):
            make(path)
            with contextlib.ExitStack() as stack:
                if path.is_fifo():
                    stack.callback(os.close, os.open(path, os.O_RDWR))
                before = sorted(each.name for each in Path("/proc/self/fd").iterdir())
                keeping.turn()
                for _ in range(3):
                    assert admitted(keeping) == "refused.key-file"
                assert sorted(each.name for each in Path("/proc/self/fd").iterdir()) == before
            assert "settings.key-file" in house.codes()
            path.rmdir() if path.is_dir() else path.unlink()
            keeping.turn()


@needs_root
def test_a_folder_that_others_may_write_lets_nobody_in(house: House) -> None:
    """Who can put a file there could be anybody."""
    with house.keeper() as keeping:
        put(house)
        folder(house).chmod(0o770)
        assert admitted(keeping) == "refused.key-file"
        folder(house).chmod(0o750)
        assert admitted(keeping) is None


def test_the_keepers_own_account_needs_no_file(house: House) -> None:
    """As it was before there were persons."""
    with house.keeper() as keeping:
        assert admitted(keeping, Person("keeper", os.geteuid())) is None


@needs_root
def test_a_key_counts_until_its_moment_and_a_clock_set_back_brings_it_not_back(tmp_path: Path) -> None:
    """The last second before counts, the moment itself does not; a time that was once believed is remembered."""
    clock = GivenClock(MORNING)
    house = House(tmp_path, clock=clock)
    with house.keeper() as keeping:
        put(house, replace(ANNA, until=MORNING + timedelta(minutes=10)))
        clock.advance(599)
        assert admitted(keeping) is None
        clock.advance(1)
        assert admitted(keeping) == "refused.key-expired"
        clock.step(-3600)
        assert keeping.box.clock.stamp().state is ClockState.UNTRUSTED
        assert admitted(keeping) == "refused.key-expired"


@needs_root
def test_every_change_of_the_folder_is_entered_also_over_a_restart(house: House) -> None:
    """Added, changed, made worthless, removed; what happened while no keeper ran is entered at its start, once."""
    with house.keeper() as keeping:
        keeping.turn()
        path = put(house)
        keeping.turn()
        keeping.turn()
        put(house, replace(ANNA, full="Anna Other"))
        keeping.turn()
        path.write_text(path.read_text() + "# by hand\n")
        keeping.turn()
        assert "settings.key-file" in house.codes()
        first = persons_said(keeping)
    put(house)
    put(house, replace(ANNA, name="ben"))
    with house.keeper() as keeping:
        keeping.turn()
        assert "settings.key-file" not in house.codes()
        path.unlink()
        keeping.turn()
        second = persons_said(keeping)[len(first) :]
    with house.keeper() as keeping:
        keeping.turn()
        assert persons_said(keeping) == first + second
    assert first == [("person added", "anna"), ("person changed", "anna"), ("person changed", "anna")]
    assert second == [("person changed", "anna"), ("person added", "ben"), ("person removed", "anna")]


def persons_said(keeping: Keeping) -> list[tuple[str, str]]:
    return [
        (each["what"], each["person"])
        for each in keeping.box.log.entries()
        if each["what"].startswith("person ")
    ]


def test_who_may_not_ask_is_entered_once_in_ten_minutes(tmp_path: Path) -> None:
    """A thousand knocks are one entry, the count follows ten minutes later, and then nothing more."""
    clock = GivenClock(MORNING)
    with House(tmp_path, clock=clock).keeper() as keeping:
        looks = Looks(keeping.box, keeping.keeper._history, [])
        for _ in range(1000):
            knock(looks, PERSON)
        assert refusals(keeping) == [("anna", 1)]
        clock.advance(AWAY_NS / 1e9)
        for _ in range(3):
            looks.turn()
        assert refusals(keeping) == [("anna", 1), ("anna", 999)]
        clock.advance(AWAY_NS / 1e9)
        looks.turn()
        knock(looks, PERSON)
        assert refusals(keeping)[2:] == [("anna", 1)]


def test_tries_not_yet_entered_are_entered_at_the_end(house: House) -> None:
    """A keeper that stops or begins anew leaves no try unsaid, and says none twice."""
    with house.keeper() as keeping:
        looks = Looks(keeping.box, keeping.keeper._history, [])
        for _ in range(5):
            knock(looks, PERSON)
        looks.rest()
        looks.rest()
        assert refusals(keeping) == [("anna", 1), ("anna", 4)]


def test_a_thousand_strangers_are_counted_together(house: House) -> None:
    """More accounts than are counted apart make no more entries, and take no more memory."""
    with house.keeper() as keeping:
        looks = Looks(keeping.box, keeping.keeper._history, [])
        for number in range(1000):
            knock(looks, Person(f"a{number}", 5_000_000 + number))
        names = [name for name, _ in refusals(keeping)]
        assert len(names) == MOST_AWAY + 1
        assert names[-1] == "others"
        assert len(looks._away) == MOST_AWAY + 1


def knock(looks: Looks, person: Person) -> None:
    with pytest.raises(Refused):
        looks.admit(person)


def refusals(keeping: Keeping) -> list[tuple[str, int]]:
    entries = [each for each in keeping.box.log.entries() if each["what"] == "refused"]
    return [(each["person"], each["times"]) for each in entries]


def test_a_verb_that_is_none_is_entered_without_its_text(house: House) -> None:
    """What may be anything is "?", the verb and the code alike."""
    with house.keeper() as keeping:
        looks = Looks(keeping.box, keeping.keeper._history, ["list"])
        for look in (
            Look("list"),
            Look("07700900123"),
            Look("list", "07700900123"),
            Look("scp", "refused.transfer"),
        ):
            looks.looked(PERSON, look)
        entered = [
            (each["verb"], each.get("code")) for each in keeping.box.log.entries() if each["what"] == "looked"
        ]
    assert entered == [("list", None), ("?", None), ("list", "?"), ("scp", "refused.transfer")]


def conversation(keeping: Keeping, *requests: dict[str, object]) -> list[dict[str, object]]:
    """One connection: each request is answered before the next is sent."""
    answers = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
        ours.connect(str(keeping.box.places.run / "keeper.sock"))
        for request in requests:
            ours.sendall(json.dumps(request).encode() + b"\n")
            ours.settimeout(0.01)
            answers.append(json.loads(answered(keeping, ours)))
    keeping.keeper.serve(0)
    return answers


def answered(keeping: Keeping, ours: socket.socket) -> bytes:
    came = b""
    while not came.endswith(b"\n"):
        keeping.keeper.serve(0)
        try:
            came += ours.recv(1 << 16)
        except TimeoutError:
            continue
    return came


def test_a_conversation_enters_each_verb_once(house: House) -> None:
    """`watch` asks twice a second and is one look; another code is another."""
    with house.keeper() as keeping:
        before = keeping.box.log.size
        wrong = {"verb": "list", "limit": "many"}
        list_ = wrong | {"limit": None, "line": None, "on": None}
        conversation(keeping, list_, list_, wrong, list_, wrong, {"verb": "status"})
        conversation(keeping, list_)
        looks = [
            (each["verb"], each.get("code")) for each in keeping.box.log.between(before, keeping.box.log.size)
        ]
    assert looks == [("list", None), ("list", "refused.arguments"), ("status", None), ("list", None)]


def test_one_account_holds_so_many_conversations_and_no_more(house: House) -> None:
    """What is beyond is told so and shut; those that are open are answered, and a place that is left can be had again."""
    with house.keeper() as keeping, contextlib.ExitStack() as stack:
        path = str(house.places.run / "keeper.sock")
        opened = [
            stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            for _ in range(MOST_OF_ONE + 1)
        ]
        for each in opened:
            each.connect(path)
            keeping.keeper.serve(0)
        *held, beyond = opened
        beyond.settimeout(5)
        with pytest.raises(Refused, match="more conversations are open"):
            Client(beyond, path).ask("status")
        held[0].sendall(b'{"verb":"status"}\n')
        held[0].settimeout(0.01)
        assert json.loads(answered(keeping, held[0]))["ok"] is True
        held[1].close()
        keeping.keeper.serve(0)
        assert conversation(keeping, {"verb": "status"})[0]["ok"] is True
        keeping.keeper._door.turn_out()


def test_nothing_leaves_that_could_not_be_entered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the entry: the answer is that fault, and a body's descriptor is closed again."""
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        append = keeping.box.log.append

        def refuse_looks(entry: object) -> int:
            if getattr(entry, "what", None) == "looked":
                raise OSError(28, "No space left on device")
            return append(entry)  # type: ignore[arg-type]

        monkeypatch.setattr(keeping.box.log, "append", refuse_looks)
        before = len([*Path("/proc/self/fd").iterdir()])
        get = {"verb": "get", "id": recording, "purpose": "complaint", "ref": "C12"}
        told, fetched = conversation(keeping, {"verb": "status"}, get)
        assert (told["code"], fetched["code"]) == ("vault.disk", "vault.disk")
        assert "header" not in fetched
        assert len([*Path("/proc/self/fd").iterdir()]) == before


@needs_root
def test_the_socket_is_the_groups_of_the_folder(house: House) -> None:
    """Group and mode 0660 where there is a folder of key files, else the keeper's alone."""
    with house.keeper():
        status = (house.places.run / "keeper.sock").stat()
        assert stat.S_IMODE(status.st_mode) == 0o600
    os.chown(folder(house), -1, 12345)
    with house.keeper():
        status = (house.places.run / "keeper.sock").stat()
        assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o660, 12345)


@needs_root
def test_persons_and_help_say_who(house: House) -> None:
    """Of a file that counts for nothing only that; who asked is seen, also after a restart."""
    put(house)
    (folder(house) / "ben").write_text("by hand\n")
    (folder(house) / "not.a.name").write_text("")
    with house.keeper() as keeping:
        keeping.turn()
        looks = Looks(keeping.box, keeping.keeper._history, ["list"])
        looks.looked(PERSON, Look("list"))
    with house.keeper() as keeping:
        told, helped = conversation(keeping, {"verb": "persons"}, {"verb": "help"})
    anna, ben = told["persons"]
    assert (anna["full"], anna["counts"], anna["seen_ns"]) == (
        "Anna Example",
        True,
        round(MORNING.timestamp() * 1e9),
    )
    assert ben == {"name": "ben", "counts": False, "seen_ns": None}
    assert helped["until_ns"] is None
    assert KeyFolder.beside(house.config).names() == ["anna", "ben"]
