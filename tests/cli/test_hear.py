"""`callbox hear`: its answer's form, what it takes, and that no file makes it stumble, swell or hear who never called."""

import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from firmware.cli.hear import main
from firmware.cli.listening import Listening
from firmware.cli.main import main as console
from firmware.cli.plain import plain_line
from firmware.cli.sound import Sound as File
from firmware.faults import Refused
from tests.rigs.corpus import pieces
from tests.settings.sample import SMALL

RATE = 8000
ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"

Sound = NDArray[np.float64]
Hear = Callable[..., list[dict[str, Any]]]


def tone(seconds: float, *hertz: float, rate: int = RATE, size: float = 4000) -> Sound:
    """Sines one beside the other."""
    at = np.arange(round(seconds * rate)) / rate
    return size * np.sum([np.sin(2 * np.pi * each * at) for each in hertz], axis=0)


def keyed(digits: str, rate: int = RATE) -> Sound:
    """Digits of 80 ms with pauses of 80, half a second after the start."""
    parts = [np.zeros(rate // 2)]
    for digit in digits:
        low, high = divmod(KEYS.index(digit), 4)
        parts += [tone(0.08, ROWS[low], COLUMNS[high], rate=rate), np.zeros(round(0.08 * rate))]
    return np.concatenate([*parts, np.zeros(rate // 2)])


def write(path: Path, *sides: Sound, rate: int = RATE) -> Path:
    """A wav file of one side or two."""
    samples = np.clip(np.rint(np.stack(sides, axis=1)), -32768, 32767).astype(np.int16)
    soundfile.write(path, samples, rate)
    return path


@pytest.fixture
def hear(capsys: pytest.CaptureFixture[str]) -> Hear:
    """What is heard in a file, as its JSON says it."""

    def heard(path: Path, *options: str) -> list[dict[str, Any]]:
        assert main([str(path), "--json", *options]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        rows: list[dict[str, Any]] = json.loads(said.out)
        return rows

    return heard


def digits(rows: list[dict[str, Any]]) -> str:
    """The digits of an answer, one after another."""
    return "".join(row["digit"] for row in rows if row["type"] == "dtmf")


def test_the_answer_is_a_list_of_objects_with_type_and_time(hear: Hear, tmp_path: Path) -> None:
    """Each object has a type and whole milliseconds, a digit its name and its end; they come in the order of time."""
    rows = hear(write(tmp_path / "line.wav", keyed("159#")))
    assert digits(rows) == "159#"
    assert all(isinstance(row["type"], str) and isinstance(row["t_ms"], int) for row in rows)
    assert [row["t_ms"] for row in rows] == sorted(row["t_ms"] for row in rows)
    first = next(row for row in rows if row["type"] == "dtmf")
    assert first["t_ms"] == pytest.approx(500, abs=4)
    assert first["end_ms"] == pytest.approx(580, abs=6)


def test_people_get_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--json` each line has a clock time, a type and its fields; silence is said in words."""
    assert main([str(write(tmp_path / "line.wav", keyed("7")))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:4] == ["0:00.500", "dtmf", "digit", "7"] for line in lines), lines
    assert main([str(write(tmp_path / "none.wav", np.zeros(RATE)))]) == 0
    assert capsys.readouterr().out == "Nothing was heard.\n"


def test_two_channels_are_two_sides(hear: Hear, tmp_path: Path) -> None:
    """A digit on either side is heard, each once."""
    one, two = keyed("12"), np.concatenate([np.zeros(RATE), keyed("34")])
    longer = np.pad(one, (0, len(two) - len(one)))
    assert digits(hear(write(tmp_path / "line.wav", longer, two))) == "1234"


def test_what_both_sides_hear_is_one_row(hear: Hear, tmp_path: Path, shared_dir: Path) -> None:
    """A line that arrives alike on two channels is heard as on one, row for row."""
    folder = shared_dir / "signalling-corpus"
    for piece in pieces(folder, "calls")[1::4]:
        both = np.stack([piece.samples] * 2, axis=1).astype(float)
        path = write(tmp_path / "both.wav", both[:, 0], both[:, 1] * 0.7)
        alone, together = hear(piece.path), hear(path)
        assert [row["type"] for row in together] == [row["type"] for row in alone], piece.name
        assert [row["t_ms"] for row in together] == pytest.approx([row["t_ms"] for row in alone], abs=300)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_is_heard_alike(rate: int, hear: Hear, tmp_path: Path) -> None:
    """The same keys at another rate are the same digits, within 3 ms."""
    rows = [
        row
        for row in hear(write(tmp_path / "line.wav", keyed("1*0D", rate), rate=rate))
        if row["type"] == "dtmf"
    ]
    assert digits(rows) == "1*0D"
    assert [row["t_ms"] for row in rows] == pytest.approx([500, 660, 820, 980], abs=3)


def test_a_caller_id_that_is_keyed_is_one_row(hear: Hear, tmp_path: Path) -> None:
    """Its digits are no rows of their own, and no card was entered."""
    rows = hear(write(tmp_path / "line.wav", keyed("A01632960123C")))
    assert [row["type"] for row in rows] == ["caller_id"]
    assert (rows[0]["standard"], rows[0]["number"], rows[0]["absent"]) == ("dtmf", "01632960123", None)
    assert rows[0]["t_ms"] == pytest.approx(500, abs=4)


def test_dialled_digits_are_no_card(hear: Hear, tmp_path: Path) -> None:
    """A number that is dialled is digits, a call and what was dialled; `card_entry` is of a conversation alone."""
    sound = np.concatenate([tone(2, 350, 440), keyed("02079460123")[RATE // 2 :]])
    rows = hear(write(tmp_path / "line.wav", sound))
    kinds = [row["type"] for row in rows]
    assert digits(rows) == "02079460123"
    assert next(row for row in rows if row["type"] == "dialled")["number"] == "02079460123"
    assert "call_start" in kinds
    assert "card_entry" not in kinds


EXTENSION = SMALL.replace('position = "port"', 'position = "extension"\nunclassified = "withhold"') + (
    '[numbering]\naccess = "9"\nextensions = ["3xx"]\n'
)


def test_a_line_of_the_settings_is_heard_as_it_is_set(hear: Hear, tmp_path: Path, shared_dir: Path) -> None:
    """With `--config` and `--line` a call is classed by the office's numbering: an internal one has no recording."""
    (tmp_path / "box.toml").write_text(EXTENSION)
    options = ("--config", str(tmp_path / "box.toml"), "--line", "front")
    calls = {piece.name: piece.path for piece in pieces(shared_dir / "signalling-corpus", "calls")}
    classes = {}
    for name in ("07_in_internal", "08_out_internal", "09_out_via_9", "01_in_ext_busy_end"):
        rows = hear(calls[name], *options)
        recordings = len([row for row in rows if row["type"] == "recording"])
        classes[name] = [(row["class"], recordings) for row in rows if row["type"] == "call_end"]
    assert classes == {
        "07_in_internal": [("internal", 0)],
        "08_out_internal": [("internal", 0)],
        "09_out_via_9": [("external", 1)],
        "01_in_ext_busy_end": [("external", 1)],
    }


@pytest.mark.parametrize("line", [(), ("--line", "helpline"), ("--line", "fron")])
def test_a_line_that_is_not_recorded_is_refused(line: tuple[str, ...], tmp_path: Path) -> None:
    """No line, one that is never opened and one that is not there are refused with those that there are."""
    (tmp_path / "box.toml").write_text(SMALL)
    path = write(tmp_path / "line.wav", np.zeros(RATE))
    with pytest.raises(Refused) as refused:
        main([str(path), "--config", str(tmp_path / "box.toml"), *line])
    assert "--line front" in refused.value.hint


def test_a_torn_file_is_heard_as_far_as_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What came before the tear is printed whole, as JSON; then the fault in two lines, and its status."""
    whole = write(
        tmp_path / "line.flac",
        np.concatenate([keyed("42"), np.random.default_rng(1).normal(0, 3000, 4 * RATE)]),
    )
    whole.write_bytes(whole.read_bytes()[:-9000])
    assert console(["hear", str(whole), "--json"]) == Refused.exit_status
    said = capsys.readouterr()
    assert digits(json.loads(said.out)) == "42"
    assert "[refused.sound-torn]" in said.err.splitlines()[0]


def test_a_sealed_recording_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The box's own recordings are not heard: it prints nothing but who opens them."""
    (tmp_path / "call.flac").write_bytes(b"age-encryption.org/v1\n")
    assert console(["hear", str(tmp_path / "call.flac")]) == Refused.exit_status
    said = capsys.readouterr()
    assert said.out == ""
    assert "age -d -i key.txt" in said.err


def test_help_is_instant() -> None:
    """`callbox hear --help` loads neither numpy nor any detector."""
    looks = "import sys\ntry:\n from firmware.cli.hear import main; main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", looks], capture_output=True, text=True, check=True, timeout=30
    )
    assert {"numpy", "firmware.signal", "firmware.settings"} & set(answer.stdout.split()) == set()


COUNT = 6 * RATE
SEEDED = np.random.default_rng(7)
FUZZ: dict[str, Sound] = {
    "random": SEEDED.integers(-32768, 32768, COUNT).astype(float),
    "clipped": 40 * SEEDED.normal(0, 9000, COUNT) * np.sin(np.arange(COUNT) / 900),
    "constant": np.full(COUNT, 20_000.0),
    "steps": np.repeat(SEEDED.choice([-32768.0, 32767.0], COUNT // 100), 100),
    "square": np.where(np.arange(COUNT) // 3 % 2, 32767.0, -32768.0),
    "sweep": 20_000 * np.sin(np.cumsum(np.linspace(200, 3400, COUNT)) * 2 * np.pi / RATE),
    "carrier": 20_000
    * np.sin(np.cumsum(1250 + 50 * np.sign(np.sin(np.arange(COUNT) / 300))) * 2 * np.pi / RATE),
}
"""Six seconds each of what no telephone line sounds like."""


@pytest.mark.parametrize("kind", FUZZ)
def test_what_no_line_sounds_like_calls_nobody(kind: str, hear: Hear, tmp_path: Path) -> None:
    """Random, clipped, constant and extreme samples and carriers without a message: no crash, and no caller id."""
    rows = hear(write(tmp_path / "line.wav", FUZZ[kind], FUZZ[kind][::-1]))
    assert [row for row in rows if row["type"] == "caller_id"] == []


SIRENS = ((1300.0,), (400.0,), (941.0, 1336.0), (2130.0, 2750.0))
"""A caller id's mark, a tone, a key and an alert."""

SIREN_SECONDS = 600 if os.environ.get("CALLBOX_EXAMPLES") == "soak" else 60


@pytest.mark.slow
@pytest.mark.parametrize("hertz", SIRENS)
def test_a_siren_is_a_handful_of_rows(hertz: tuple[float, ...], hear: Hear, tmp_path: Path) -> None:
    """What never ends is told a few times, and calls nobody."""
    rows = hear(write(tmp_path / "line.wav", tone(SIREN_SECONDS, *hertz)))
    assert [row for row in rows if row["type"] == "caller_id"] == []
    assert len(rows) < 5 + SIREN_SECONDS / 20


def blocks(seconds: int) -> Iterator[NDArray[np.int16]]:
    """All sirens in turn, for a tenth of a second to two at a time, block by block."""
    for second in range(seconds):
        lasts = 0.1 + second % 5 / 2
        yield tone(lasts, *SIRENS[second % 4]).astype(np.int16)[None]
        yield np.zeros((1, RATE // 4), np.int16)


def test_hours_take_no_more_memory_than_minutes() -> None:
    """Once a line was heard for a while, nothing grows but what is told."""
    tracemalloc.start()
    listening = Listening(File(RATE, 1, blocks(45)), plain_line("port"))
    grown = {}
    for _ in listening.heard():
        grown[listening.end // (RATE * 10)] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(grown) >= 5
    assert abs(grown[max(grown)] - grown[2]) < 100_000
