"""office.toml: boxes, how they are reached, and where keys lie; nothing in it becomes an option of ssh."""

import sys
from pathlib import Path

import pytest

from firmware.faults import DeviceFault, SettingsFault
from firmware.office.boxes import Office, OfficeBox, read, standing_place
from tests.rigs.office_pc import Pc

WHOLE = """
person = "anna"
identities = ["keys/office.txt", "/elsewhere/second.txt"]
[[box]]
name = "town-hall"
reach = "anna@callbox"
[[box]]
name = "depot"
reach = ["ssh", "-p", "22022", "anna@depot"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "office.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("reach", "wanted"),
    [
        (
            ("ssh", "-p", "22022", "anna@box"),
            "type: ssh -p 22022 anna@box clock confirm --now \"'2026-03-02 09:30'\"",
        ),
        (("callbox", "shell"), 'type: callbox shell clock confirm --now "2026-03-02 09:30"'),
    ],
)
@pytest.mark.parametrize("named", ["callbox shell", "ssh anna@127.0.0.1", "ssh anna@2001:db8::7"])
def test_a_sentence_of_a_box_is_typed_as_it_is_reached(
    named: str, reach: tuple[str, ...], wanted: str
) -> None:
    """Its address for itself and its quoting are not this PC's; what runs as the keeper's own account stays."""
    box = OfficeBox("town-hall", reach)
    assert box.typed_here(f'type: {named} clock confirm --now "2026-03-02 09:30"') == wanted
    own = "sudo -u callbox-keeper callbox shell status"
    assert box.typed_here(own) == own


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Boxes in their order, identities beside the file where they are relative."""
    office = read(written(tmp_path, WHOLE))
    assert office.boxes == (
        OfficeBox("town-hall", ("ssh", "anna@callbox")),
        OfficeBox("depot", ("ssh", "-p", "22022", "anna@depot")),
    )
    assert office.identities == (tmp_path / "keys/office.txt", Path("/elsewhere/second.txt"))
    assert office.person == "anna"


def test_one_box_needs_no_name_and_several_do(tmp_path: Path) -> None:
    """The only box is meant where none is named; of several, the names are told."""
    office = read(written(tmp_path, WHOLE))
    one = Office(tmp_path, office.boxes[:1])
    assert one.box(None).name == "town-hall"
    assert [each.name for each in office.some(None)] == ["town-hall", "depot"]
    assert office.some("depot") == (office.boxes[1],)
    with pytest.raises(SettingsFault, match="none was named"):
        office.box(None)
    with pytest.raises(SettingsFault) as fault:
        office.box("library")
    assert "town-hall, depot" in fault.value.hint


def test_no_file_names_no_box(tmp_path: Path) -> None:
    """Before anything is set up, the fault says what to write."""
    office = read(tmp_path / "office.toml")
    assert (office.boxes, office.identities) == ((), ())
    with pytest.raises(SettingsFault) as fault:
        office.some(None)
    assert "[[box]]" in fault.value.hint


@pytest.mark.parametrize(
    "reach",
    [
        '"-oProxyCommand=touch /tmp/owned"',
        '["ssh", "-oProxyCommand=x"]',
        '"anna@box; rm -rf"',
        '""',
        "[]",
        "7",
        '["ssh", ""]',
        '"a\\u0000b"',
        '["-rf"]',
    ],
)
def test_a_destination_is_never_an_option(tmp_path: Path, reach: str) -> None:
    """What ssh would take for an option, or a shell for two commands, is refused."""
    with pytest.raises(SettingsFault) as fault:
        read(written(tmp_path, f'[[box]]\nname = "x"\nreach = {reach}\n'))
    assert fault.value.code == "settings.office"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[box]", "settings.not-toml"),
        ("boxes = 1", "settings.office"),
        ("person = 1", "settings.office"),
        ('identities = "key.txt"', "settings.office"),
        ('[[box]]\nname = "../x"\nreach = "a@b"', "settings.office"),
        ('[[box]]\nname = "a"\nreach = "a@b"\n[[box]]\nname = "a"\nreach = "a@c"', "settings.office"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, code: str) -> None:
    """Each mistake is a fault with its code, never a traceback."""
    with pytest.raises(SettingsFault) as fault:
        read(written(tmp_path, text))
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/callbox/office.toml"),
        ("linux", {"HOME": "/home/anna"}, "/home/anna/.config/callbox/office.toml"),
        ("darwin", {"HOME": "/Users/anna"}, "/Users/anna/Library/Application Support/callbox/office.toml"),
        ("win32", {"APPDATA": "/C/Users/anna/Roaming"}, "/C/Users/anna/Roaming/callbox/office.toml"),
        ("linux", {"CALLBOX_OFFICE": "/else/o.toml"}, "/else/o.toml"),
    ],
)
def test_each_platform_has_its_place(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], place: str
) -> None:
    """The settings lie where the platform keeps settings, or where the environment says."""
    for name in ("XDG_CONFIG_HOME", "APPDATA", "CALLBOX_OFFICE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert standing_place() == Path(place)


def test_a_box_is_added_and_asked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`add` writes the block behind what is there; `enrol` then names its key in front of it."""
    pc = Pc(tmp_path / "office")
    monkeypatch.setenv("PATH", str(tmp_path))  # no ssh here: nobody is asked by name
    with pytest.raises(DeviceFault):
        pc.run("add", "depot", "anna@box.invalid")
    pc.settings.write_text(pc.settings.read_text().rstrip() + "\n# mine\n")
    assert [each.reach for each in read(pc.settings).boxes] == [("ssh", "anna@box.invalid")]
    assert pc.run("enrol") == 0
    office = read(pc.settings)
    assert office.identities == (pc.folder / "key.txt",)
    assert [each.name for each in office.boxes] == ["depot"]
    assert "# mine" in pc.settings.read_text()
    with pytest.raises(SettingsFault, match="already"):
        pc.run("add", "depot", "anna@other")
    before = pc.settings.read_text()
    for name, reach in (("../x", "anna@box"), ("library", "-oProxyCommand=x")):
        with pytest.raises(SettingsFault):
            pc.run("add", "--", name, reach)
        assert pc.settings.read_text() == before
    assert sorted(each.name for each in pc.folder.iterdir()) == ["key.txt", "office.toml"]
