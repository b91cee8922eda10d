"""`verify`: what is proved is proved by the pinned key and nothing else; every link of the chain is tried broken."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.faults import DeviceFault, Fault, LogFault, Refused, SealFault
from tests.keeper.keeper_rig import MORNING, House, running
from tests.office_pc.conftest import Kept
from tests.rigs.office_pc import WHY, Pc, local, recorded, replaying


def test_a_recording_is_traced_to_the_signed_log(
    kept: Kept, pc: Pc, capsys: pytest.CaptureFixture[str]
) -> None:
    """Manifest, entry, inclusion, checkpoint; and what was not looked at is said."""
    for recording, suffix in ((kept.finished, "age"), (kept.cut, "tar")):
        assert pc.run("verify", recording) == 0
        told = capsys.readouterr().out
        assert "Its manifest is signed by town-hall's key" in told
        assert "of its audit log (taken in, 2026-03-02 09:3" in told
        assert (
            f"Not looked at: the recording itself. Fetch it, then: callbox office verify {recording}.{suffix}"
            in told
        )
        assert "Not proved by this" in told


def test_a_file_is_compared_byte_for_byte(
    kept: Kept, pc: Pc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file that `get` fetched is what was sealed; with one bit changed it is not."""
    for recording, suffix in ((kept.finished, "age"), (kept.cut, "tar")):
        pc.run("get", recording, *WHY, "-o", str(tmp_path))
        file = tmp_path / f"{recording}.{suffix}"
        assert pc.run("verify", str(file)) == 0
        assert "byte for byte what town-hall sealed" in capsys.readouterr().out
        content = bytearray(file.read_bytes())
        content[9000] ^= 1
        file.write_bytes(content)
        with pytest.raises(SealFault):
            pc.run("verify", str(file))


@pytest.fixture(scope="module")
def answers(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the box answers on the way of one `verify`, whole."""
    folder, house = tmp_path_factory.mktemp("answers"), kept.house
    recorded(house, folder, ("show", kept.finished, "--json"), ("log", "--id", kept.finished, "--json"))
    row = next(each for each in json.loads((folder / "log").read_text()) if each["what"] == "taken in")
    recorded(house, folder, ("inclusion", str(row["index"]), "--json"), ("checkpoint", "--json"))
    first = json.loads((folder / "inclusion").read_text())["size"]
    second = json.loads((folder / "checkpoint").read_text())["note"].splitlines()[1]
    recorded(house, folder, ("consistency", str(first), second))
    return folder


def named_in(answers: Path) -> str:
    """The recording that the answers are about."""
    return str(json.loads((answers / "show").read_text())["manifest"]["facts"]["id"])


JSON = "import json; told = json.loads(out); {}; out = json.dumps(told).encode()"


@pytest.mark.parametrize(
    ("verb", "change", "kind"),
    [
        ("show", "out = out.replace(b'line1', b'line2')", LogFault),
        ("log", "out = out.replace(b'taken in', b'given out')", DeviceFault),
        ("log", 'out = out.replace(b\'"manifest_sha256": "\', b\'"manifest_sha256": "0\')', LogFault),
        ("log", JSON.format("[each.update(index=0) for each in told]"), DeviceFault),
        ("inclusion", JSON.format("told.update(path=told['path'][1:])"), DeviceFault),
        ("inclusion", JSON.format("told.update(path=['!'])"), DeviceFault),
        ("inclusion", JSON.format("told.update(size=told['size'] + 1)"), Fault),
        ("checkpoint", "out = out.replace(b'settings sha256:', b'settings sha256:0')", LogFault),
        ("show", JSON.format("told['manifest'].update(live=float('inf'))"), DeviceFault),
        ("show", JSON.format("told['manifest'].update(live=float('nan'))"), DeviceFault),
        ("show", JSON.format("told['manifest'].update(undated=chr(0xD800))"), DeviceFault),
        ("log", JSON.format("[row.update(lie=float('nan')) for row in told]"), DeviceFault),
        ("checkpoint", JSON.format("told.update(note='nothing')"), DeviceFault),
        ("consistency", "out = b''.join(b'A' * 43 + b'=\\n' for _ in out.splitlines()) or b'AAAA\\n'", Fault),
        ("consistency", "out = b'no base64\\n'", Fault),
    ],
)
def test_a_chain_with_a_broken_link_proves_nothing(
    answers: Path,
    pc: Pc,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    change: str,
    kind: type[Fault],
) -> None:
    """Each answer changed on its way: a fault, and no sentence that says it holds."""
    pc.write({"town-hall": replaying(answers, verb, change)})
    with pytest.raises(kind):
        pc.run("verify", named_in(answers))
    assert "is in the log of" not in capsys.readouterr().out


def test_answers_that_nobody_changed_prove_it(
    answers: Path, pc: Pc, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rig's own check: as they were recorded, they hold."""
    pc.write({"town-hall": replaying(answers)})
    assert pc.run("verify", named_in(answers)) == 0
    assert "is in the log of" in capsys.readouterr().out


@pytest.fixture(scope="module")
def destroyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A box whose one recording fell due and was destroyed."""
    clock = GivenClock(MORNING)
    house = House(tmp_path_factory.mktemp("old"), clock)
    recording = house.spool_finished()
    with house.keeper() as keeping:
        for _ in range(31 * 24 // 4):
            keeping.turn()
            clock.advance(4 * 3600)
            house.write_lines(using=house.live.generation)
        assert keeping.box.catalogue.tombstone(recording) is not None
    with running(house):
        yield house, recording


def test_of_a_destroyed_recording_the_certificate_is_proved(
    destroyed: tuple[House, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the key that the box was known by before: a box met for the first time proves nothing of its past."""
    house, recording = destroyed
    pc = Pc(tmp_path / "office")
    pc.write({"town-hall": local(house)})
    with pytest.raises(LogFault, match="no box that is known here"):
        pc.run("verify", recording)
    public = house.places.signing_key.with_suffix(".pub").read_text().strip()
    (pc.folder / "known_boxes").write_text(f"town-hall {public} 2026-03-01\n")
    assert pc.run("verify", recording) == 0
    told = capsys.readouterr().out
    assert f"{recording} was destroyed; its certificate" in told
    assert "logical deletion, best effort" in told
    (certificate,) = house.places.certificates.glob("*.json")
    assert pc.run("verify", str(certificate)) == 0
    forged = tmp_path / "forged.json"
    forged.write_bytes(certificate.read_bytes().replace(b"logical", b"perfect"))
    with pytest.raises(LogFault, match="not to be believed"):
        pc.run("verify", str(forged))


@pytest.mark.parametrize("content", ["{}", '{"public": "zz"}', '{"public": "abcd"}'])
def test_a_file_that_is_no_certificate_is_not_believed(pc: Pc, tmp_path: Path, content: str) -> None:
    """Whatever it is, it is a fault of its own and no traceback."""
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(LogFault) as fault:
        pc.run("verify", str(file))
    assert fault.value.code == "log.certificate"


def test_a_file_of_another_kind_is_no_untrue_certificate(pc: Pc, tmp_path: Path) -> None:
    """No controller is called for a letter."""
    file = tmp_path / "letter.txt"
    file.write_text("no certificate")
    with pytest.raises(Refused, match="is no certificate") as fault:
        pc.run("verify", str(file))
    assert fault.value.code == "refused.file"


def test_an_opened_file_is_not_what_was_signed(pc: Pc, tmp_path: Path) -> None:
    """A FLAC file is no certificate and no sealed recording: it is said which file can be verified."""
    file = tmp_path / "0000000000000.flac"
    file.write_bytes(b"fLaC")
    with pytest.raises(Refused) as refused:
        pc.run("verify", str(file))
    assert "0000000000000.age" in refused.value.hint


def test_what_never_was_is_said_to_be_unknown(pc: Pc) -> None:
    """A name that no box has: the box's own refusal."""
    with pytest.raises(Refused) as refused:
        pc.run("verify", "0000000000000")
    assert refused.value.code == "refused.unknown-recording"
