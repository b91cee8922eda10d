"""`callbox office reseal`: interrupted anywhere it goes on; nobody is sealed to unseen; old and new key tried each time."""

import io
import json
import subprocess
import sys
import tarfile
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from firmware.catalogue.catalogue import Wanted
from firmware.faults import DeviceFault, Refused, SealFault
from firmware.office import resealing
from firmware.office.boxes import OfficeBox, read
from firmware.office.recipients import Recipients, _keys, _shown, recipients_of
from firmware.office.remote import Remote
from firmware.sealing.age import Identity, fresh_file_key, header
from firmware.vault.reading import Fields, UnreadableError
from tests.keeper.keeper_rig import OFFICE, ROOT, SAFE, House, running
from tests.keeper.reseal_rig import ANNA, ask, replace_office, sealing
from tests.keeper.test_keeper_disposal import DAY, go, taken_in
from tests.keeper.test_keeper_reseal_harm import damage
from tests.rigs.office_pc import WHY, Pc, local, lying

RECORDINGS = 14
"""In the house of the interruptions; they go one by one there."""


def filled(folder: Path, count: int = 3) -> House:
    """A box with recordings sealed to office and safe, whose settings name anna and safe."""
    folder.mkdir(exist_ok=True)
    house = House(folder)
    with house.keeper() as keeping:
        for number in range(count):
            house.spool_finished(seconds=0.5) if number else house.spool_cut(1)
            keeping.turn()
    replace_office(house)
    return house


def pc_of(folder: Path, identity: Identity, **houses: House) -> Pc:
    made = Pc(folder)
    made.write({name.replace("_", "-"): local(house) for name, house in houses.items()}, identity)
    return made


def set_of(pc: Pc) -> str:
    """What a person types who compared the recipients."""
    return recipients_of(Remote(read(pc.settings).boxes[0])).to


def listed(house: House) -> list[str]:
    return [each["id"] for each in json.loads(house.shell("list", "--json").stdout)]


def fetched(house: House, name: str) -> bytes:
    """A recording as stock tools fetch it."""
    done = house.shell("get", name, "--purpose", "complaint", "--ref", "C12")
    assert done.returncode == 0, done.stderr
    return done.stdout


def stock_opens(sealed: bytes, key: Identity, folder: Path) -> bool:
    """Whether Debian's age opens the first age file that came."""
    if not sealed.startswith(b"age-encryption"):
        with tarfile.open(fileobj=io.BytesIO(sealed)) as tar:
            member = tar.extractfile(tar.getmembers()[0])
            assert member is not None
            sealed = member.read()
    path = folder / "stock.txt"
    path.write_text(key.text() + "\n")
    done = subprocess.run(["age", "-d", "-i", path], input=sealed, capture_output=True, check=False)
    path.unlink()
    return done.returncode == 0


def prove_and_confirm(folder: Path, **houses: House) -> None:
    """Safe and anna show that they open, each where his key is; then anna confirms."""
    for who, key in (("safe", SAFE), ("anna", ANNA)):
        pc = pc_of(folder / who, key, **houses)
        assert pc.run("recipient", "prove") == 0
    assert pc.run("reseal", "confirm", "--accept", set_of(pc)) == 0


def wait_for_end(house: House) -> None:
    """What was confirmed is carried out, by the keeper's own turns."""
    for _ in range(400):
        told = json.loads(house.shell("reseal", "--json").stdout)
        if not told["rounds"]:
            return
    raise AssertionError(told)


@dataclass(frozen=True)
class Two:
    """Two boxes, side by side."""

    one: House
    other: House


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    one, other = (filled(tmp_path_factory.mktemp(name)) for name in ("one", "other"))
    with running(one), running(other):
        yield Two(one, other)


def test_two_boxes_side_by_side_from_leaver_to_newcomer(
    two: Two, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command seals both anew; then anna fetches, opens and verifies with this tool, and office's key opens nothing."""
    pc = pc_of(tmp_path / "it", OFFICE, town_hall=two.one, depot=two.other)
    assert pc.run("reseal", "--without", "office", "--accept", set_of(pc)) == 0
    told = capsys.readouterr()
    assert "town-hall: 3 of 3 recordings sealed anew" in told.err
    assert "depot: 3 of 3 recordings sealed anew" in told.err
    assert "met for the first time: compare it" in told.err
    for house in (two.one, two.other):
        name = listed(house)[0]
        assert stock_opens(fetched(house, name), OFFICE, tmp_path)
        assert not stock_opens(fetched(house, name), ANNA, tmp_path)
    prove_and_confirm(tmp_path, town_hall=two.one, depot=two.other)
    for house in (two.one, two.other):
        wait_for_end(house)
        for name in listed(house):
            sealed = fetched(house, name)
            assert [stock_opens(sealed, key, tmp_path) for key in (OFFICE, ANNA, SAFE)] == [False, True, True]
    anna = pc_of(tmp_path / "anna", ANNA, town_hall=two.one, depot=two.other)
    for name in listed(two.one)[:2]:
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        capsys.readouterr()
        assert anna.run("get", f"town-hall/{name}", *WHY, "-o", str(out)) == 0
        (file,) = [each for each in out.iterdir() if each.stem == name]
        assert anna.run("verify", str(file), "--box", "town-hall") == 0
        assert "for anna, safe; the same key signed that, too" in capsys.readouterr().out
    assert pc.run("reseal", "show") == 0
    assert capsys.readouterr().out.count("Every recording is sealed to the recipients of the settings.") == 2


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = filled(tmp_path_factory.mktemp("big"), RECORDINGS)
    with running(house):
        yield house


def test_killed_at_ten_points_it_goes_on(big: House, tmp_path: Path) -> None:
    """Each time the old keys open what is handed out and the new one does not; what was taken is not made again."""
    pc = pc_of(tmp_path / "it", OFFICE, town_hall=big)
    to, names = set_of(pc), listed(big)
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    for at in range(1, 11):
        argv = [sys.executable, "-m", "tests.rigs.resealing", str(at), str(pc.settings), "--accept", to]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, check=False, env=environment, timeout=60)
        assert done.returncode == -9, done.stderr
        sealed = fetched(big, names[at % RECORDINGS])
        assert [stock_opens(sealed, key, tmp_path) for key in (OFFICE, SAFE, ANNA)] == [True, True, False]
    before = json.loads(big.shell("reseal", "--json").stdout)
    assert 0 < before["waiting"] < RECORDINGS
    assert pc.run("reseal", "--accept", to) == 0
    told = json.loads(big.shell("reseal", "--json").stdout)
    assert (told["recordings"], told["waiting"]) == (RECORDINGS, RECORDINGS)
    assert big.shell("reseal", "drop").returncode == 0
    wait_for_end(big)


def test_recipients_are_shown_and_held_to_what_was_accepted(
    big: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a yes nothing is sealed; a key that changed since is shouted; and the leaver must be out of the settings."""
    pc = pc_of(tmp_path / "it", OFFICE, town_hall=big)
    assert pc.run("reseal") == SealFault.exit_status
    assert "were never accepted here [seal.recipients-changed]" in capsys.readouterr().err
    assert pc.run("reseal", "--without", "ofice") == Refused.exit_status
    assert "nothing on town-hall is sealed to ofice" in capsys.readouterr().err
    assert pc.run("reseal", "confirm") == Refused.exit_status
    assert "no new headers wait on town-hall" in capsys.readouterr().err
    assert pc.run("reseal", "--without", "anna") == Refused.exit_status
    assert "anna is still a recipient" in capsys.readouterr().err
    known = pc.folder / "known_recipients.json"
    known.write_text(
        json.dumps({"town-hall": {"anna": "age1other", "safe": SAFE.recipient().text(), "bert": "age1bert"}})
    )
    assert pc.run("reseal", "--accept", "0" * 16) == SealFault.exit_status
    told = capsys.readouterr().err
    assert "HAS ANOTHER KEY" in told
    assert "as it was" in told
    assert "IS NONE ANY MORE" in told
    assert "nobody accepted them now [seal.recipients-changed]" in told
    assert json.loads(big.shell("reseal", "--json").stdout)["waiting"] == 0


def test_a_key_that_opens_nothing_says_so(
    big: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another office's key, and confirming with a key that is not of the new set."""
    stranger = pc_of(tmp_path / "it", Identity.generate(), town_hall=big)
    assert stranger.run("reseal", "--accept", set_of(stranger)) == 0
    assert (
        f"{RECORDINGS} recordings open with no key here (key.txt), and nothing changes"
        in capsys.readouterr().out
    )
    office = pc_of(tmp_path / "office", OFFICE, town_hall=big)
    assert office.run("reseal", "--accept", set_of(office)) == 0
    assert office.run("reseal", "confirm") == SealFault.exit_status
    assert "no key here opens the new header" in capsys.readouterr().err
    safe = pc_of(tmp_path / "safe", SAFE, town_hall=big)
    assert safe.run("reseal", "confirm", "--accept", set_of(safe)) == Refused.exit_status
    assert "says nothing of anna" in capsys.readouterr().err
    assert office.run("reseal", "drop") == 0
    wait_for_end(big)


def test_a_header_that_does_not_open_is_never_sent() -> None:
    """What was made is read again before it is sent: one of another file key, or that the key here does not open, stops it."""
    by = sealing((ANNA,))
    old, key = fresh_file_key(), fresh_file_key()
    made = by.anew("0" * 13, [("body", header(old, [ANNA.recipient()]))])
    assert made is not None
    (new,) = made.headers.values()
    by._prove(old, new)
    for wrong in ((key, new), (old, header(old, [SAFE.recipient()]))):
        with pytest.raises(SealFault, match="nothing was sent"):
            by._prove(*wrong)


def test_confirming_opens_every_header_that_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that a holder of a key wrapped for nobody is found by the newcomer, named, and nothing is confirmed."""
    house = filled(tmp_path / "box", 3)
    with running(house):
        victim = listed(house)[-1]
        page = json.loads(house.shell("headers", "--json").stdout)
        (mine,) = [each for each in page["recordings"] if each["id"] == victim]
        strangers = [Identity.generate().recipient(), Identity.generate().recipient()]
        pairs = [(one["of"], b64decode(one["header"])) for one in mine["headers"]]
        made = sealing(to=(strangers[0], strangers[1])).anew(victim, pairs)
        assert made is not None
        said = json.dumps({"to": page["to"], "recordings": [made.content()]}).encode()
        done = house.shell("reseal", "take", given=said)
        assert done.returncode == 0, done.stderr
        office = pc_of(tmp_path / "it", OFFICE, town_hall=house)
        assert office.run("reseal", "--accept", set_of(office)) == 0
        for who, key in (("safe", SAFE), ("anna", ANNA)):
            assert pc_of(tmp_path / who, key, town_hall=house).run("recipient", "prove") == 0
        anna = pc_of(tmp_path / "anna", ANNA, town_hall=house)
        capsys.readouterr()
        assert anna.run("reseal", "confirm", "--accept", set_of(anna)) == SealFault.exit_status
        told = capsys.readouterr().err
        assert f"1 new header does not open with the key here, which opens 2: {victim}" in told
        assert "callbox office reseal drop" in told
        assert json.loads(house.shell("reseal", "--json").stdout)["rounds"][0]["decided"] is None
        assert anna.run("reseal", "drop") == 0
        wait_for_end(house)
        for each in listed(house):
            assert stock_opens(fetched(house, each), OFFICE, tmp_path)


def test_what_lies_in_a_damaged_file_and_a_note_that_stays_shut_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else is sealed anew, also where a whole page of headers lies in the damaged file."""
    monkeypatch.setattr(resealing, "A_PAGE", 1)
    house = filled(tmp_path / "box", 2)
    with house.keeper() as keeping:
        go(house, keeping, DAY)
    text = house.config.read_text()
    house.config.write_text(text.replace(ANNA.recipient().text(), OFFICE.recipient().text()))
    house.sealed_to = (OFFICE, SAFE)
    with house.keeper() as keeping:
        sound = [taken_in(house, keeping) for _ in range(2)]
        rows = {row.id: row.key for row in keeping.box.catalogue.find(Wanted())}
    house.config.write_text(text.replace(SAFE.recipient().text(), Identity.generate().recipient().text()))
    with house.keeper() as keeping:
        ask(keeping, "note", id=sound[0], ref="C1", subject=None, text="secret")
    house.config.write_text(text)
    (bad,) = {rows[each] for each in rows if each not in sound}
    damage(house, bad)
    with running(house):
        pc = pc_of(tmp_path / "it", OFFICE, town_hall=house)
        assert pc.run("reseal", "--accept", set_of(pc)) == 0
        told = capsys.readouterr()
        assert "town-hall: 2 of 4 recordings sealed anew" in told.err
        assert "2 recordings lie in a damaged file of the box" in told.out
        assert (
            f"1 recording has a note that opens with no key here; it stays as it was, and so does the fault: {sound[0]}"
            in told.out
        )
        prove_and_confirm(tmp_path, town_hall=house)
        wait_for_end(house)
        assert stock_opens(fetched(house, sound[1]), ANNA, tmp_path)
        assert "3 recordings are sealed to others" in house.shell("reseal").stdout.decode()


def test_a_key_is_shown_so_that_all_of_it_can_be_compared() -> None:
    """A native age key whole, an SSH key as `ssh-keygen -l` shows it; two keys that share an end do not look alike."""
    age = ANNA.recipient().text()
    box = OfficeBox("town-hall", ("true",))
    made = [ssh_key(), ssh_key()]
    shown = "\n".join(_shown(box, None, Recipients({"anna": age, "safe": made[0][0]}, "0" * 16)))
    assert f"    {age}\n" in shown
    assert f"    ssh-ed25519 {made[0][1]}" in shown
    assert made[1][1] not in shown


def ssh_key() -> tuple[str, str]:
    """A fresh public key without its comment, and the fingerprint that OpenSSH shows of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
        told = subprocess.run(["ssh-keygen", "-lf", path], capture_output=True, text=True, check=True)
        return path.with_suffix(".pub").read_text().strip(), told.stdout.split()[1]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("anna\n  safe: as it was", None),
        ("an\x1b[2Kna", None),
        ("", None),
        ("anna", "age1nothing"),
        ("anna", "ssh-rsa AAAA\nsafe"),
    ],
)
def test_what_no_settings_could_name_is_no_recipient(name: str, key: str | None) -> None:
    """A box cannot write the lines of its own acceptance."""
    told = {"name": name, "key": key or ANNA.recipient().text()}
    with pytest.raises(UnreadableError):
        _keys(Fields("answer", {"answer": [told]}))


@pytest.mark.parametrize(
    "answer",
    [
        {
            "to": "TO",
            "left": 1,
            "after": "k/i",
            "unread": 0,
            "recordings": [{"id": "\x1b[2J", "headers": []}],
        },
        {"to": "TO", "left": 1, "after": "k/i", "unread": 0, "recordings": [{"id": 7}]},
        {"to": "TO", "left": 1, "after": "k/i", "recordings": []},
        {"to": "TO"},
    ],
)
def test_headers_as_no_box_hands_them_out_are_a_fault(
    tmp_path: Path, answer: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Said with the box's name; nothing of it moves a cursor, and there is no traceback."""
    house = filled(tmp_path / "box", 1)
    with running(house):
        honest = pc_of(tmp_path / "it", OFFICE, town_hall=house)
        to = set_of(honest)
        told = json.dumps(answer).replace("TO", to)
        honest.write({"town-hall": lying(house, "headers", f"out = {told!r}.encode()")}, OFFICE)
        assert honest.run("reseal", "--accept", to) == DeviceFault.exit_status
    said = capsys.readouterr().err
    assert "town-hall cannot be understood" in said
    assert "\x1b" not in said
