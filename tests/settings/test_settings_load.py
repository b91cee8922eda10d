import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from firmware.faults import SettingsFault
from firmware.settings import Position, Sensor, Unclassified, parse, read
from firmware.settings.model import NumberingSettings
from tests.settings.sample import EXAMPLE, KEY_A, RSA, SCRIPTED, SMALL, SSH, edited, mistakes, settings_of


def test_the_example_is_right() -> None:
    """config/callbox.toml loads, and its digest is that of its exact bytes."""
    settings = read(EXAMPLE)
    content = EXAMPLE.read_bytes()
    assert settings.digest == hashlib.sha256(content).hexdigest()
    assert settings.text.encode() == content
    assert [line.name for line in settings.recorded_lines] == ["repairs-desk", "rents-desk"]
    assert settings.lines[2].never_record


def test_values_and_defaults() -> None:
    """Every value arrives with its type, and a key left out has the default of docs/settings.md."""
    settings = settings_of(SMALL)
    front, helpline = settings.lines
    assert settings.policies[0].effective == date(2026, 1, 5)
    assert settings.office.lawful_basis == {"callers": "public task", "staff": "contract"}
    assert (front.channels, front.rate, front.look_back, front.pre_roll) == ((0,), 8000, 2.0, 1.0)
    assert front.hook == Sensor("gpiozero", "GPIO22", lifted_high=True)
    assert (helpline.tap, helpline.channels, helpline.hook) == ("", (), None)
    assert settings.tap_of(front).latency == 1.5
    assert settings.storage.data == Path("/var/lib/callbox")
    assert settings.desks[0].opt_out == ()
    assert settings.clock.servers == ()
    assert settings.audit.keep == "P6Y"
    assert settings.witnesses == ()


def test_an_extension_says_what_becomes_of_doubt() -> None:
    """An extension with `unclassified` is right, and a whole number does for seconds."""
    edit = ('position = "port"', 'position = "extension"\nunclassified = "record"\nlook_back = 3')
    line = settings_of(SMALL, edit).lines[0]
    assert (line.position, line.unclassified, line.look_back) == (
        Position.EXTENSION,
        Unclassified.RECORD,
        3.0,
    )


def test_what_a_script_tells_may_be_promised() -> None:
    """Exempt numbers and blanked digits become values; what is not said of numbering is nothing."""
    exempt = '[[exempt]]\nnumber = "+44 20 7946 0000"\nreason = "union"\n[storage]'
    settings = settings_of(SCRIPTED, ("[storage]", exempt), ('"port"', '"port"\nkeyed_digits = "blank"'))
    assert settings.exempt[0].number == "+442079460000"
    assert settings.numbering == NumberingSettings()
    assert "7946" not in repr(settings)


def test_versions_of_a_policy() -> None:
    """One policy may stand in several versions, each from a date of its own."""
    later = (
        '[[policy]]\nname = "standard"\nperiod = "P3M"\nfrom = 2027-01-05\nreason = "more"\n[[department]]'
    )
    assert len(settings_of(SMALL, ("[[department]]", later)).policies) == 2


@pytest.mark.parametrize("key", [SSH, f"{SSH} someone at desk", RSA])
def test_ssh_keys_are_recipients(key: str) -> None:
    """An SSH key of either kind is a recipient beside a native age key, its comment and all."""
    assert settings_of(SMALL, (KEY_A, key)).recipients[0].key == key


def test_all_mistakes_at_once() -> None:
    """Mistakes in five tables are told in one fault, in the order of the tables, each once."""
    found = mistakes(
        SMALL,
        ('data = "/var', 'data = "var'),
        ("P30D", "P0D"),
        ("rate = 8000", "rate = 11025"),
        ('opt_out = "stop"', 'opt_uot = "stop"'),
        ('holder = "IT"', ""),
    )
    assert [line.split(" ")[0].rstrip(":") for line in found] == [
        "policy[1].period",
        "department[1].opt_uot",
        "department[1].opt_out",
        "tap[1].rate",
        "recipient[1].holder",
        "storage.data",
    ]


def test_the_fault_says_where_and_what_next() -> None:
    """The fault counts its mistakes, names the file, and its hint is a command."""
    with pytest.raises(SettingsFault) as caught:
        parse(edited(SMALL, ("P30D", "P0D")), "box.toml")
    assert caught.value.message.startswith("box.toml contains one mistake:\n  policy[1].period (standard): ")
    assert "callbox check --config box.toml" in caught.value.hint
    assert caught.value.exit_status == 2


def loop(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def listener(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
    return folder / "socket"


def large(folder: Path) -> Path:
    (folder / "large").write_bytes(b"#" * (1 << 20) + b"#")
    return folder / "large"


@pytest.mark.parametrize(
    "made",
    [
        loop,
        pipe,
        listener,
        large,
        lambda folder: folder,
        lambda folder: folder / "absent",
        lambda folder: Path(f"{folder}/\0"),
        lambda folder: folder / ("x" * 300),
        lambda _: Path("/dev/zero"),
    ],
)
def test_what_cannot_be_read_is_a_fault(tmp_path: Path, made) -> None:  # noqa: ANN001
    """Whatever lies at the path, reading it ends at once and in a fault."""
    with pytest.raises(SettingsFault) as caught:
        read(made(tmp_path))
    assert caught.value.code == "settings.unreadable"


@pytest.fixture
def nobody() -> Iterator[None]:
    """For the time of a test nobody in particular, also where the tests run as root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A settings file that nobody but root may read."""
    path = tmp_path / "closed.toml"
    path.write_text(SMALL)
    path.chmod(0)
    return path


def test_a_file_that_may_not_be_read(closed: Path, nobody: None) -> None:  # noqa: ARG001  made in this order
    """A file without permission is a fault that says so."""
    with pytest.raises(SettingsFault, match="Permission denied"):
        read(closed)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[office]", b"[office\n", b"a = " + b"9" * 5000, b"a = " + b"[" * 5000, b"a = 1\na = 2", b"\0"],
)
def test_what_is_not_toml_is_a_fault(tmp_path: Path, content: bytes) -> None:
    """Bytes that are not TOML in UTF-8 are a fault of their own."""
    path = tmp_path / "box.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsFault) as caught:
        read(path)
    assert caught.value.code == "settings.not-toml"


def test_half_a_character_is_a_fault() -> None:
    """A text that has no bytes has no digest."""
    with pytest.raises(SettingsFault, match="half a character"):
        parse("# \ud800", "box.toml")


def test_loading_needs_no_heavy_import() -> None:
    """Reading settings imports no driver, no numpy and no cryptography."""
    program = "import sys, firmware.settings; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "cryptography", "drivers", "sqlite3", "logging", "subprocess"} & set(
        done.stdout.split()
    )
