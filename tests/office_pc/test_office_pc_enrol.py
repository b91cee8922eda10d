"""The office's key: made once, on this PC alone, on paper if asked; what is typed from paper is the same key."""

import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import Refused, SealFault, SettingsFault
from firmware.office.__main__ import main
from firmware.office.boxes import read
from firmware.office.folders import elsewhere
from firmware.office.identities import load
from firmware.office.paper import lines, page, typed_in
from firmware.sealing.age import Identity, seal_bytes
from tests.office_pc.conftest import Kept
from tests.rigs.office_pc import Pc, lying


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What is typed where there is no terminal."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def secret_of(path: Path) -> str:
    return path.read_text().splitlines()[-1]


def test_a_key_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For its owner alone, named in office.toml, shown as the block for the box's settings, and never made over."""
    pc = Pc(tmp_path / "office")
    assert pc.run("enrol") == 0
    path = tmp_path / "office/key.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    secret, told = secret_of(path), capsys.readouterr()
    recipient = Identity.parse(secret).recipient()
    assert f'key = "{recipient.text()}"' in told.out
    assert "[[recipient]]" in told.out
    assert "ECDSA" in told.out
    assert secret not in told.out + told.err
    assert load(read(pc.settings)).open(seal_bytes(b"x", [recipient])) == b"x"
    with pytest.raises(Refused) as again:
        pc.run("enrol")
    assert again.value.code == "refused.file"
    assert secret_of(path) == secret


def test_settings_that_name_no_key_on_purpose_are_not_spoilt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty list is its owner's to edit: key and paper are made, and the line is printed."""
    pc = Pc(tmp_path / "office")
    pc.folder.mkdir()
    pc.settings.write_text("identities = []\n")
    assert pc.run("enrol", "--paper", str(tmp_path / "p.html")) == 0
    assert "Name it in" in capsys.readouterr().out
    assert pc.settings.read_text() == "identities = []\n"
    assert secret_of(tmp_path / "office/key.txt")
    assert (tmp_path / "p.html").exists()


@pytest.mark.parametrize(
    "written",
    [
        'identities = ["\\u0000"]',
        'identities = [""]',
        '[[box]]\nname = "a"\nreach = ["sh", "-c", "\\u0000"]',
    ],
)
def test_what_no_program_can_be_given_is_refused(tmp_path: Path, written: str) -> None:
    """A zero byte in the settings is a fault of theirs."""
    pc = Pc(tmp_path)
    pc.settings.write_text(written)
    with pytest.raises(SettingsFault):
        read(pc.settings)


def test_the_paper_stands_alone_and_its_code_is_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One page for the owner alone: QR and typed form, nothing that a browser fetches, warned about."""
    pc = Pc(tmp_path / "office")
    sheet = tmp_path / "sheet.html"
    pc.run("enrol", "--paper", str(sheet))
    html, secret = sheet.read_text(), secret_of(tmp_path / "office/key.txt")
    assert sheet.stat().st_mode & 0o777 == 0o600
    for line in lines(secret):
        assert line in html
    assert "<svg" in html
    for fetched in ("http://www.w3.org/2000/svg",):
        assert html.replace(fetched, "").count("://") == 0
    assert "<script" not in html
    told = capsys.readouterr()
    assert "print it, then delete it" in told.err
    assert secret not in told.out + told.err


def test_the_qr_code_is_what_segno_draws_of_the_key() -> None:
    """The drawing is that of the private key and of nothing else."""
    secret = Identity.generate().text()
    drawn = io.BytesIO()
    segno.make(secret, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True, nl=False
    )
    assert drawn.getvalue().decode() in page(secret, "age1x", "Town <b>Hall</b>", date(2026, 3, 2))


@given(st.data())
def test_what_is_typed_as_people_type_is_the_key(data: st.DataObject) -> None:
    """Lower case, blanks and line breaks anywhere, O for 0 and B for 8."""
    secret = Identity.generate().text()
    typed = "\n".join(lines(secret)).replace("0", data.draw(st.sampled_from(["0", "o", "O"])))
    head, tail = typed[:16], typed[16:].replace("8", data.draw(st.sampled_from(["8", "b", "B"])))
    text = data.draw(st.sampled_from([str.lower, str.upper, str.swapcase]))(head + tail)
    assert typed_in(text) == secret


@given(st.integers(16, 73), st.sampled_from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"))
def test_one_mistyped_character_is_noticed(at: int, character: str) -> None:
    """Bech32 finds any one wrong character; the fault shows nothing of what was typed."""
    secret = Identity.generate().text()
    if secret[at] == character:
        return
    with pytest.raises(SealFault) as fault:
        typed_in(secret[:at] + character + secret[at + 1 :])
    assert secret[20:40] not in str(fault.value)


def test_the_paper_is_checked_and_the_key_made_again_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` says whether it is the key that is here; `--from-paper` makes the file on another PC."""
    pc, other = Pc(tmp_path / "office"), Pc(tmp_path / "other")
    pc.run("enrol")
    secret = secret_of(tmp_path / "office/key.txt")
    typed = "\n".join(lines(secret)).lower()
    type_in(monkeypatch, typed)
    assert pc.run("enrol", "--check") == 0
    type_in(monkeypatch, Identity.generate().text())
    assert pc.run("enrol", "--check") == SealFault.exit_status
    type_in(monkeypatch, typed)
    (tmp_path / "office/key.txt").rename(tmp_path / "away")
    assert pc.run("enrol", "--check") == SealFault.exit_status
    type_in(monkeypatch, typed)
    assert other.run("enrol", "--from-paper") == 0
    assert secret_of(tmp_path / "other/key.txt") == secret
    told = capsys.readouterr()
    assert secret not in told.out + told.err
    again = told.out[told.out.index("The key of the paper") :]
    assert "nothing else is to be done" in again
    assert "There is no paper backup" not in again
    assert "Give the box" not in again


def test_a_second_key_is_named_by_a_line_that_can_be_put_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line that is printed names every key that is there, and no file that is gone."""
    place, second = tmp_path / "office.toml", tmp_path / "second.txt"
    assert main(["enrol", "--office", str(place)]) == 0
    capsys.readouterr()
    assert main(["enrol", "--office", str(place), str(second)]) == 0
    printed = [each for each in capsys.readouterr().out.splitlines() if each.startswith("identities = ")]
    place.write_text("\n".join(printed))
    assert read(place).identities == (tmp_path / "key.txt", second)
    (tmp_path / "key.txt").unlink()
    assert main(["enrol", "--office", str(place), str(tmp_path / "third.txt")]) == 0
    (line,) = [each for each in capsys.readouterr().out.splitlines() if each.startswith("identities = ")]
    place.write_text(line)
    assert read(place).identities == (second, tmp_path / "third.txt")


def test_the_settings_that_were_named_are_the_ones_that_name_the_key(tmp_path: Path) -> None:
    """`--office F`, whatever F is called; a key that went missing and a file that is no text end in no traceback."""
    place = tmp_path / "elsewhere.toml"
    assert main(["enrol", "--office", str(place), str(tmp_path / "k.txt")]) == 0
    assert read(place).identities == (tmp_path / "k.txt",)
    (tmp_path / "k.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(SealFault):
        main(
            [
                "enrol",
                "--office",
                str(place),
                "--paper",
                str(tmp_path / "p.html"),
                "--of",
                str(tmp_path / "k.txt"),
            ]
        )


def test_a_page_of_a_key_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--paper - --of FILE` goes to a pipe; to a terminal it does not."""
    pc = Pc(tmp_path / "office")
    pc.run("enrol")
    key = tmp_path / "office/key.txt"
    capsys.readouterr()
    pc.run("enrol", "--paper", "-", "--of", str(key))
    assert lines(secret_of(key))[1] in capsys.readouterr().out

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    with pytest.raises(Refused) as refused:
        pc.run("enrol", "--paper", "-", "--of", str(key))
    assert refused.value.code == "refused.terminal"
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    "folder",
    [
        "OneDrive - Town Hall",
        "Dropbox",
        "Library/Mobile Documents/x",
        "Library/CloudStorage/GoogleDrive-a",
        "Nextcloud",
        "Dropbox (Contoso)",
        "iCloudDrive",
        "OneDrive-Contoso",
        "Box (Contoso)",
    ],
)
def test_no_key_is_made_in_a_folder_that_is_copied_elsewhere(tmp_path: Path, folder: str) -> None:
    """By the names that services give their folders; neither key nor paper, and no folder is made for it."""
    pc = Pc(tmp_path / "office")
    for words in ((str(tmp_path / folder / "key.txt"),), ("--paper", str(tmp_path / folder / "p.html"))):
        with pytest.raises(SealFault) as fault:
            pc.run("enrol", *words)
        assert fault.value.code == "seal.shared-folder"
    assert not (tmp_path / folder).exists()
    assert not (pc.folder / "key.txt").exists(), "no key is made whose paper is refused"


def test_a_link_to_a_cloud_and_a_link_out_of_one_are_both_told(tmp_path: Path) -> None:
    """Dropbox follows what is linked into it, and a folder of it may be linked from anywhere."""
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "safe").mkdir()
    (tmp_path / "keys").symlink_to(tmp_path / "Dropbox")
    (tmp_path / "Dropbox/safe").symlink_to(tmp_path / "safe")
    assert elsewhere(tmp_path / "keys/key.txt", {})
    assert elsewhere(tmp_path / "Dropbox/safe/key.txt", {})
    assert elsewhere(tmp_path / "safe/key.txt", {}) is None


@pytest.mark.parametrize("folder", ["box-keys", "syncopation", "Megan", "Dropboxes", "callbox", "box 2"])
def test_a_folder_that_is_only_called_alike_is_none(tmp_path: Path, folder: str) -> None:
    """A word that goes on, or any word behind which no brackets or dash stand."""
    assert elsewhere(tmp_path / folder / "key.txt", {}) is None


def test_windows_says_where_onedrive_is(tmp_path: Path) -> None:
    """Whatever the folder is called, and whatever links lead to it."""
    cloud = tmp_path / "My Documents"
    cloud.mkdir()
    (tmp_path / "link").symlink_to(cloud)
    assert elsewhere(cloud / "key.txt", {"OneDrive": str(cloud)})
    assert elsewhere(tmp_path / "link/key.txt", {"OneDriveCommercial": str(cloud)})
    assert elsewhere(tmp_path / "key.txt", {"OneDrive": str(cloud)}) is None


def test_a_network_share_is_told_by_its_kind() -> None:
    """On Linux what is not a disk of this PC is seen in the mounts; a share of Windows by its name."""
    assert elsewhere(Path("//server/share/key.txt"), {}) or sys.platform != "win32"
    assert elsewhere(Path("/proc/key.txt"), {}) is None


def test_boxes_with_too_few_recipients_are_told_of(
    kept: Kept, pc: Pc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One recipient only, SSH keys only, this key not among them, no answer: each is said."""
    one = json.dumps([{"name": "a", "key": "ssh-ed25519 AAAA", "holder": "IT", "proved": True}])
    pc.write(
        {
            "town-hall": lying(kept.house, "recipient", "pass"),
            "depot": lying(kept.house, "recipient", f"out = {one.encode()!r}"),
            "library": ("no-such-program",),
        }
    )
    assert pc.run("enrol", str(tmp_path / "new.txt")) == 0
    told = capsys.readouterr().out
    assert "town-hall: this key is not one of its recipients yet" in told
    assert "depot: it has one recipient only" in told
    assert "depot: all its recipients are SSH keys" in told
    assert "library: could not be asked" in told
