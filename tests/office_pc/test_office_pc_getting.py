"""`get`: sealed or opened, whole or not at all, never over another file, and nothing beside it."""

import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile

from firmware.audit.log import AuditLog
from firmware.faults import DeviceFault, Fault, Refused, SealFault, SettingsFault
from firmware.office.progress import Progress
from firmware.sealing.age import Identity
from firmware.shell.sending import armored
from tests.keeper.keeper_rig import OFFICE, ROOT, flac_accepts, stock_age
from tests.office_pc.conftest import Kept
from tests.rigs.office_pc import WHY, Pc, local, lying, recorded, replaying


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    made.mkdir()
    return made


def entries(kept: Kept, what: str) -> int:
    log = AuditLog(kept.house.places.audit)
    count = sum(each["what"] == what for each in log.entries())
    log.close()
    return count


def test_a_recording_comes_sealed(kept: Kept, pc: Pc, folder: Path) -> None:
    """By default what lies on this PC is the age file as it was sealed, for its owner alone."""
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == 0
    (file,) = folder.iterdir()
    assert file.name == f"{kept.finished}.age"
    assert file.stat().st_mode & 0o777 == 0o600
    assert flac_accepts(stock_age(file.read_bytes(), folder))
    handed = json.loads(kept.house.shell("show", kept.finished, "--json").stdout)["handed"]
    assert str(file) in [each["where"].partition(": ")[2] for each in handed]


@pytest.mark.parametrize("shut", ["2>&-", ">&-", ">&- 2>&-"])
def test_where_nobody_listens_it_comes_all_the_same(kept: Kept, pc: Pc, folder: Path, shut: str) -> None:
    """Standard output or error are shut: no progress to show, and nothing of what is said gets into the file."""
    office = [sys.executable, "-m", "firmware.office", "get", "--office", str(pc.settings)]
    get = [*office, kept.finished, *WHY, "-o", str(folder), "--open"]
    assert (
        subprocess.run(["sh", "-c", f'exec "$@" {shut}', "sh", *get], check=False, cwd=ROOT).returncode == 0
    )
    (file,) = folder.iterdir()
    assert flac_accepts(file.read_bytes())


def test_a_recording_comes_opened(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--open` leaves the FLAC and nothing sealed; what was withheld is said."""
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder), "--open") == 0
    (file,) = folder.iterdir()
    assert file.name == f"{kept.finished}.flac"
    assert flac_accepts(file.read_bytes())
    assert "0.1 s withheld in 1 gap, as town-hall signed it" in capsys.readouterr().out


def test_what_was_fetched_sealed_is_opened_later(kept: Kept, pc: Pc, folder: Path) -> None:
    """`open` of the age file, of its armour, and what `get --open` gives are the same; the sealed file stays."""
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == 0
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder / "at-once.flac"), "--open") == 0
    sealed = folder / f"{kept.finished}.age"
    armor = folder / "call.asc"
    armor.write_text(armored(sealed.read_bytes()))
    pc.write({})
    for file in (sealed, armor):
        assert pc.run("open", str(file)) == 0
        assert file.with_suffix(".flac").read_bytes() == (folder / "at-once.flac").read_bytes()
    assert sealed.exists()
    begin, *body = armor.read_text().splitlines()
    armor.write_text("\n".join([begin, *(line.replace("A", "!") for line in body)]))
    with pytest.raises(SealFault):
        pc.run("open", str(armor), "-o", str(folder / "x.flac"))
    assert not (folder / "x.flac").exists()


def test_a_late_cut_of_a_cut_recording_is_no_loss(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest knows that second 2 was cut out on purpose; the tar alone does not tell it from a loss."""
    assert pc.run("get", kept.late, *WHY, "-o", str(folder), "--open") == 0
    told, flac = capsys.readouterr(), folder / f"{kept.late}.flac"
    assert "is silence here" not in told.err
    samples = soundfile.read(flac, dtype="int16")[0]
    assert not samples[2 * 8000 : 3 * 8000].any()
    assert samples[:8000].any()
    assert samples[-4000:].any()
    assert flac_accepts(flac.read_bytes())
    flac.unlink()
    assert pc.run("get", kept.late, *WHY, "-o", str(folder)) == 0
    assert pc.run("join", str(folder / f"{kept.late}.tar")) == SealFault.exit_status
    assert "lost, or cut out late" in capsys.readouterr().err


def test_a_cut_recording_comes_as_its_tar_and_joins_to_what_get_opens(
    kept: Kept, pc: Pc, folder: Path
) -> None:
    """`get`, then `join`, is `get --open`."""
    assert pc.run("get", kept.cut, *WHY, "-o", str(folder)) == 0
    assert pc.run("get", kept.cut, *WHY, "-o", str(folder), "--open") == 0
    tar, joined = folder / f"{kept.cut}.tar", folder / "joined.flac"
    assert pc.run("join", str(tar), "-o", str(joined)) == 0
    opened = (folder / f"{kept.cut}.flac").read_bytes()
    assert joined.read_bytes() == opened
    assert flac_accepts(opened)
    with tarfile.open(tar) as found:
        parts = [found.extractfile(each).read() for each in found]
    plain = b"".join(stock_age(each, folder) for each in parts)
    assert opened[-20_000:] in plain, "frames are those that the box sealed"
    with soundfile.SoundFile(io.BytesIO(opened)) as sound:
        assert sound.frames == 22 * 1024


def test_nothing_is_written_over_and_nothing_is_fetched_for_it(kept: Kept, pc: Pc, folder: Path) -> None:
    """A name that is taken is refused before the box hands out a copy."""
    file = folder / f"{kept.finished}.age"
    file.write_text("mine")
    before = entries(kept, "get")
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == Refused.exit_status
    assert entries(kept, "get") == before
    assert file.read_text() == "mine"
    assert list(folder.iterdir()) == [file]


def test_no_key_no_copy(kept: Kept, pc: Pc, folder: Path) -> None:
    """`--open` without an identity is refused before anything is asked of the box."""
    pc.write({"town-hall": lying(kept.house, "show", "raise SystemExit('was asked')")}, identity=None)
    with pytest.raises(SettingsFault):
        pc.run("get", kept.finished, *WHY, "-o", str(folder), "--open")


def test_what_it_is_for_is_asked_by_the_box(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a purpose its own are named; without a reference it says what one is; no copy is handed out."""
    before = entries(kept, "get")
    assert pc.run("get", kept.finished, "-o", str(folder)) == Refused.exit_status
    assert "give --purpose with one of: complaint" in capsys.readouterr().err
    assert pc.run("get", kept.finished, "--purpose", "complaint", "-o", str(folder)) == Refused.exit_status
    assert "[refused.reference]" in capsys.readouterr().err
    assert (entries(kept, "get"), list(folder.iterdir())) == (before, [])


def test_a_copy_that_was_not_kept_is_told_by_its_name(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that opens nothing: the box counts a copy, which is said, with the command that says it is no more."""
    pc.write({"town-hall": local(kept.house)}, Identity.generate())
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder), "--open") == SealFault.exit_status
    told = capsys.readouterr().err
    assert "nothing of it was kept here" in told
    (command,) = [
        line.partition("not asked back: ")[2] for line in told.splitlines() if "not asked back" in line
    ]
    newest = json.loads(kept.house.shell("show", kept.finished, "--json").stdout)["handed"][-1]["copy"]
    assert shlex.split(command)[-3:] == ["copies", "destroyed", newest]
    assert subprocess.run(shlex.split(command), cwd=ROOT, check=False, capture_output=True).returncode == 0
    assert newest not in {each["copy"] for each in json.loads(kept.house.shell("copies", "--json").stdout)}
    assert list(folder.iterdir()) == []


def test_where_there_is_no_room_nothing_is_fetched(
    kept: Kept, pc: Pc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest has the size: a disk that is too small is told before the box hands anything out."""
    before = entries(kept, "get")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=16_000))
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == Refused.exit_status
    assert (entries(kept, "get"), list(folder.iterdir())) == (before, [])


def test_nothing_goes_to_a_pipe_by_name(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-` is no file's name; what is not compared yet goes nowhere."""
    here = sorted(Path.cwd().iterdir())
    assert pc.run("get", kept.finished, *WHY, "-o", "-") == Refused.exit_status
    assert "it does not go to a pipe [refused.file]" in capsys.readouterr().err
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == 0
    with pytest.raises(Refused, match="it does not go to a pipe"):
        pc.run("open", str(folder / f"{kept.finished}.age"), "-o", "-")
    assert sorted(Path.cwd().iterdir()) == here


def test_a_file_that_nobody_fetched_is_told_so(pc: Pc, folder: Path) -> None:
    """It is no damaged recording: no box is blamed for it."""
    other = folder / "letter.txt"
    other.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(Refused, match="neither an age file nor a tar") as fault:
        pc.run("open", str(other))
    assert fault.value.code == "refused.file"
    assert list(folder.iterdir()) == [other]


def test_the_boxs_refusal_arrives_as_it_is(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A purpose that is not of the office's list: the box's own code, hint and status; no file."""
    words = ("get", kept.finished, "--purpose", "curiosity", "--ref", "C1", "-o", str(folder))
    assert pc.run(*words) == Refused.exit_status
    told = capsys.readouterr().err
    assert "[refused.purpose]" in told
    assert "complaint" in told
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "word", ["../../etc/passwd", "..", "a b", "", "-oProxyCommand=x", "x;reboot", "town-hall/../x"]
)
def test_no_word_becomes_a_path_or_an_option(pc: Pc, folder: Path, word: str) -> None:
    """What is no name of a recording never reaches the box or the disk."""
    assert pc.run("get", *WHY, "-o", str(folder), "--", word) != 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("finished", "out = out[:9000] + bytes([out[9000] ^ 1]) + out[9001:]", "seal.damaged"),
        ("cut", "out = out[:9000] + bytes([out[9000] ^ 1]) + out[9001:]", "seal.damaged"),
        ("finished", "out = out[: len(out) // 2]", "seal.damaged"),
        ("cut", "out = out[: len(out) // 2]", "seal.damaged"),
        ("finished", "out = b''", "seal.damaged"),
        ("cut", "out = b'junk' * 1000", "seal.damaged"),
        ("finished", "out = out + b'x' * (1 << 20)", "seal.damaged"),
        ("finished", "out = out[:25] + b'x' + out[26:]", "seal.damaged"),
        ("finished", "status = 255", "device.box-away"),
    ],
)
def test_what_was_changed_on_its_way_leaves_no_file(
    kept: Kept, pc: Pc, capsys: pytest.CaptureFixture[str], kind: str, change: str, code: str
) -> None:
    """A byte, an end, a header, too much, or a connection that broke: a fault, and not even a partial file."""
    pc.write({"town-hall": lying(kept.house, "get", change)})
    folder = pc.folder / "fetched"
    folder.mkdir()
    assert pc.run("get", getattr(kept, kind), *WHY, "-o", str(folder), "--open") != 0
    assert f"[{code}]" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("out = out.replace(b'line1', b'line2')", "log.manifest"),
        (
            "import json; told = json.loads(out); told['public'] = 'ab' * 32; out = json.dumps(told).encode()",
            "log.manifest",
        ),
        ("out = b'{}'", "device.box-answer"),
        ("out = b'[1, 2]'", "device.box-answer"),
        ("out = out.replace(b'\"format\": 2', b'\"format\": 9')", "device.box-answer"),
        ('out = out.replace(b\'"due": "2026\', b\'"due": "20x6\')', "device.box-answer"),
    ],
)
def test_a_manifest_that_was_changed_is_not_believed(
    answers: Path, pc: Pc, capsys: pytest.CaptureFixture[str], change: str, code: str
) -> None:
    """What a box says of a recording is held to its signature, before anything is fetched."""
    pc.write({"town-hall": replaying(answers, "show", change)})
    recording = json.loads((answers / "show").read_text())["manifest"]["facts"]["id"]
    before = sorted(each.name for each in pc.folder.iterdir())
    assert pc.run("get", recording, *WHY, "-o", str(pc.folder)) != 0
    assert f"[{code}]" in capsys.readouterr().err
    assert sorted(each.name for each in pc.folder.iterdir()) == before, (
        "no file, and no key pinned that signs nothing"
    )


@pytest.fixture(scope="module")
def answers(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the box says of one recording; asked for more, it has no answer."""
    folder = tmp_path_factory.mktemp("answers")
    recorded(kept.house, folder, ("show", kept.finished, "--json"))
    return folder


def test_a_box_with_another_key_is_shouted_about(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Known once, held to it: another signing key is a fault until a person took the line out."""
    pc.folder.joinpath("known_boxes").write_text(f"town-hall {'ab' * 32} 2026-01-02\n")
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) != 0
    told = capsys.readouterr().err
    assert "[log.box-key-changed]" in told
    assert "HAS ANOTHER SIGNING KEY" in told
    assert list(folder.iterdir()) == []
    pc.folder.joinpath("known_boxes").unlink()
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == 0
    assert "met for the first time" in capsys.readouterr().err


def test_several_go_into_a_folder_and_one_fault_hinders_no_other(
    kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two recordings and a name that is none: two files, one fault, its status."""
    status = pc.run("get", kept.finished, "0000000000000", f"town-hall/{kept.cut}", *WHY, "-o", str(folder))
    assert status == Refused.exit_status
    assert {each.suffix for each in folder.iterdir()} == {".age", ".tar"}
    assert "0000000000000: there is no recording" in capsys.readouterr().err
    with pytest.raises(Refused):
        pc.run("get", kept.finished, kept.cut, *WHY, "-o", str(folder / "one.age"))


def test_a_full_disk_leaves_nothing(kept: Kept, pc: Pc, folder: Path) -> None:
    """A folder that cannot be written is a fault with a next step, not a traceback."""
    assert pc.run("get", kept.finished, *WHY, "-o", "/dev/full/x.age") == Refused.exit_status
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder / "none" / "x.age")) == Refused.exit_status


def test_progress_is_a_bar_on_a_terminal_and_a_line_elsewhere() -> None:
    """Bytes, rate and time left; the end is one plain line."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Progress("abc", 4 << 20, out=Terminal(), began=0.0)
    shown.done = 1 << 20
    line = shown.line(2.0)
    assert "25% 1.0 MiB 512.0 KiB/s 6 s left" in line
    assert len(line) < 80
    plain = Progress("abc", 100, out=io.StringIO())
    plain.add(100)
    plain.end()
    assert plain.out.getvalue().startswith("abc: 100 B in ")
    assert "\r" not in plain.out.getvalue()


def test_two_boxes_side_by_side(kept: Kept, pc: Pc, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One table with a column for the box; one that does not answer hinders no other, and is told."""
    reach = local(kept.house)
    pc.write({"town-hall": reach, "depot": reach, "library": ("no-such-program",)})
    assert pc.run("list") == DeviceFault.exit_status
    told = capsys.readouterr()
    rows = [line.split()[:2] for line in told.out.splitlines()[1:]]
    assert sorted(rows) == sorted([box, name] for box in ("town-hall", "depot") for name in kept.all)
    assert "library cannot be reached" in told.err
    assert pc.run("list", "--box", "depot", "--json", "--limit", "1") == 0
    assert [each["box"] for each in json.loads(capsys.readouterr().out)] == ["depot"]
    assert pc.run("status") == DeviceFault.exit_status
    assert capsys.readouterr().out.count("nobody-proved") in {0, 2}
    assert pc.run("get", f"depot/{kept.finished}", *WHY, "-o", str(folder)) == 0
    assert pc.run("get", kept.finished, *WHY, "-o", str(folder)) == SettingsFault.exit_status


def test_an_answer_that_is_no_list_hinders_no_other_box(
    kept: Kept, pc: Pc, capsys: pytest.CaptureFixture[str]
) -> None:
    """A box whose rows lack what a row has, or that writes escapes, is told of as such."""
    honest = local(kept.house)
    odd = lying(kept.house, "list", 'out = b\'[{"id": "x"}]\'')
    rude = lying(kept.house, "list", "out = out.replace(b'line1', rb'\\u001b[2J')")
    pc.write({"town-hall": honest, "odd": odd, "rude": rude})
    assert pc.run("list") == DeviceFault.exit_status
    told = capsys.readouterr()
    assert "odd cannot be understood" in told.err
    assert kept.finished in told.out
    assert "\x1b" not in told.out


def test_an_interrupt_leaves_no_partial_file(answers: Path, pc: Pc, folder: Path) -> None:
    """Ctrl-C in the middle of a transfer: the status of an interrupt, and the folder as it was."""
    fifo = folder.parent / "begun"
    os.mkfifo(fifo)
    stall = f"open({str(fifo)!r}, 'w').write('x'); import time; time.sleep(600)"
    (answers / "get").write_bytes(b"age-encryption.org/v1")
    pc.write(
        {"town-hall": replaying(answers, "get", f"sys.stdout.buffer.write(out); sys.stdout.flush(); {stall}")}
    )
    recording = json.loads((answers / "show").read_text())["manifest"]["facts"]["id"]
    argv = ["get", recording, *WHY, "-o", str(folder), "--open", "--office", str(pc.settings)]
    heard = ["env", "--default-signal=INT"]  # who runs tests in the background may have it ignored
    process = subprocess.Popen(
        [*heard, sys.executable, "-m", "firmware.cli", "office", *argv], stderr=subprocess.DEVNULL
    )
    assert fifo.read_text() == "x"
    assert {each.suffix for each in folder.iterdir()} <= {".partial"}
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert list(folder.iterdir()) == []


def test_a_name_that_the_code_page_lacks_is_spelt_out(answers: Path, pc: Pc) -> None:
    """Windows writes to a file in an old code page: a name with an accent ends no command."""
    row = json.dumps(
        [
            {
                "id": "0123456789abc",
                "began_ns": 0,
                "clock": "trusted",
                "line": "L\u00e4nge",
                "due": None,
                "direction": "in",
                "samples": 8000,
                "rate": 8000,
                "kind": "finished",
            }
        ]
    )
    (answers / "list").write_text(row)
    pc.write({"town-hall": replaying(answers)})
    done = subprocess.run(
        [sys.executable, "-m", "firmware.cli", "office", "list", "--office", str(pc.settings)],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert rb"L\xe4nge" in done.stdout


def test_the_command_line_alone_is_enough(kept: Kept, pc: Pc, folder: Path) -> None:
    """`callbox office get` in a process of its own: its file, its words, its status."""
    argv = ["get", kept.finished, *WHY, "-o", str(folder), "--office", str(pc.settings)]
    done = subprocess.run(
        [sys.executable, "-m", "firmware.cli", "office", *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert OFFICE.text() not in done.stdout + done.stderr
    with pytest.raises(Fault):
        pc.run("nonsense")
