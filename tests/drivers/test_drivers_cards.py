import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.audio import alsa, rates
from drivers.audio.contract import Ask
from drivers.audio.spawn import card_environment, widen
from drivers.audio.wav_source import WavSource
from drivers.facts import DriverError
from tests.rigs.fifo_lines import FifoLines

STREAM = """C-Media Electronics Inc. USB Audio Device at usb-1, full speed : USB Audio

Playback:
  Status: Stop
  Interface 1
    Altset 1
    Format: S16_LE
    Channels: 2
    Rates: 96000

Capture:
  Status: Stop
  Interface 2
    Altset 1
    Format: S16_LE
    Channels: 1
    Endpoint: 0x82 (2 IN) (ASYNC)
    Rates: {rates}
"""


def cards_with(folder: Path, listed: str) -> Path:
    """A folder like /proc/asound with one USB card."""
    (folder / "TelA").mkdir()
    (folder / "TelA/stream0").write_text(STREAM.format(rates=listed))
    return folder


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("8000", (8000,)),
        ("48000, 44100", (44100, 48000)),
        ("8000 - 48000 (continuous)", (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)),
        ("44100 - 48000 (continuous)", (44100, 48000)),
    ],
)
def test_a_usb_card_lists_its_capture_rates(tmp_path: Path, listed: str, expected: tuple[int, ...]) -> None:
    """Single rates, several and a range are read from the capture half alone."""
    assert alsa.stream_rates("TelA", cards_with(tmp_path, listed)) == expected


def test_capture_alone_and_no_file_are_read_as_well(tmp_path: Path) -> None:
    """A card without playback lists its rates; one that is no USB card lists none."""
    text = STREAM.format(rates="16000")
    (tmp_path / "TelB").mkdir()
    assert alsa.stream_rates("TelB", tmp_path) == ()
    (tmp_path / "TelB/stream0").write_text(text[: text.index("Playback")] + text[text.index("Capture") :])
    assert alsa.stream_rates("TelB", tmp_path) == (16000,)


def test_a_card_is_present_by_its_id(tmp_path: Path) -> None:
    """By its id in /proc/asound, and a PCM of a configuration always."""
    cards_with(tmp_path, "8000")
    assert alsa.present("TelA", tmp_path)
    assert not alsa.present("TelB", tmp_path)
    assert alsa.present("pcm:anything", tmp_path)


@pytest.mark.parametrize(
    "card", ["", "0", "12", "hw:0", "default ", "a b", "x}", 'x"', "pulse/1", "SixteenLetters16"]
)
def test_what_is_no_card_id_gets_no_configuration(card: str) -> None:
    """An index, a PCM's spelling and anything of ALSA's grammar are refused."""
    for refused in (alsa.config_text, alsa.pcm_name):
        with pytest.raises(DriverError, match="no ALSA card id"):
            refused(card)


@pytest.mark.parametrize(
    "name", ["default", "sysdefault", "pulse", "plughw", "plug:x", "hw:0,0", "dsnoop", "jack"]
)
def test_a_pcm_that_names_no_one_card_is_refused(name: str) -> None:
    """An index, a server and a converter are not reached by the back door of `pcm:` either."""
    with pytest.raises(DriverError, match="does not name one card"):
        alsa.pcm_name(f"pcm:{name}")


@given(st.text(alphabet="abcXYZ019_-", min_size=1, max_size=15).filter(lambda each: not each.isdigit()))
def test_a_configuration_holds_one_card_and_a_null(card: str) -> None:
    """Nothing else can be opened through it."""
    lines = alsa.config_text(card).splitlines()
    assert lines[0].startswith(f"pcm.callbox {{ type hw card {card} ")
    assert lines[1:] == ["pcm.default { type null }"]
    assert alsa.pcm_name(card) == "callbox"


def test_alsa_itself_reads_the_configuration(tmp_path: Path) -> None:
    """alsa-lib takes `callbox` for the hw plugin of that card, and fails only because the card is not there."""
    (tmp_path / "asound.conf").write_text(alsa.config_text("NoSuchCard"))
    done = subprocess.run(
        ["arecord", "-D", "callbox", "-d", "1", "/dev/null"],
        env={"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "callbox" not in done.stderr.replace("-D callbox", "")
    assert "audio open error" in done.stderr


@pytest.mark.parametrize("listed", [["a", "b"], ["line", "line"], ["Line", "line 2"], []])
def test_a_name_is_matched_whole_and_once(listed: list[str]) -> None:
    """Absent and ambiguous are refused, and what is listed is said."""
    with pytest.raises(DriverError) as refused:
        alsa.only_index(listed, "line")
    assert all(name in str(refused.value) for name in listed)
    assert alsa.only_index([*{*listed} - {"line"}, "line"], "line") == len({*listed} - {"line"})


def test_a_card_id_gets_a_configuration_of_its_own(tmp_path: Path) -> None:
    """The child of a card sees that card alone; the one of a PCM sees what is in force."""
    path = tmp_path / "card.conf"
    assert card_environment("sounddevice", "TelA", path)["ALSA_CONFIG_PATH"] == str(path)
    assert "card TelA " in path.read_text()
    path.unlink()
    card_environment("pyaudio", "pcm:tel0", path)
    card_environment("wav", "x.wav", path)
    assert not path.exists()


@pytest.mark.parametrize("kind", ["sounddevice", "pyaudio"])
def test_a_pcm_is_asked_for_its_rates_in_a_child(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child says what PortAudio accepts, and that an absent PCM is absent."""
    with FifoLines(tmp_path, ["tel0"], 1600) as lines:
        monkeypatch.setenv("ALSA_CONFIG_PATH", lines.environment["ALSA_CONFIG_PATH"])
        listed = rates.listed_rates(kind, "pcm:tel0")
        assert listed is not None
        assert {8000, 48000} <= set(listed)
        assert rates.listed_rates(kind, "pcm:tel") is None


def test_asking_for_rates_loads_no_binding() -> None:
    """PortAudio's list would be frozen in the caller for its whole life."""
    code = (
        "import drivers.audio.rates as r, sys; r.listed_rates('sounddevice', 'NoCard'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"sounddevice", "pyaudio", "numpy"}.isdisjoint(done.stdout.split())


def test_an_absent_card_or_file_lists_nothing() -> None:
    """None, for a card as for a file; an unknown kind is refused."""
    assert rates.listed_rates("sounddevice", "NoSuchCard") is None
    assert rates.listed_rates("wav", "/nowhere.wav") is None
    with pytest.raises(DriverError, match="not one of"):
        rates.listed_rates("pulse", "x")


def test_a_file_says_its_rate_and_must_be_what_was_asked(tmp_path: Path) -> None:
    """A WAV file of another form, and what is no WAV file, are refused; a raw file is what was asked."""
    wav, raw = tmp_path / "a.wav", tmp_path / "a.raw"
    wav.write_bytes(
        b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\4\0\0\0\1\0\2\0"
    )
    raw.write_bytes(b"\1\0\2\0\3")
    assert rates.listed_rates("wav", str(wav)) == (8000,)
    with pytest.raises(DriverError, match="asked"):
        WavSource(Ask(str(wav), 16000, 1, 400, 0.0))
    with pytest.raises(DriverError, match="no WAV file"):
        rates.listed_rates("wav", str(raw))
    source, buffer = WavSource(Ask(str(raw), 8000, 1, 400, 0.0, origin_ns=0)), bytearray(800)
    assert (source.read_into(buffer).frames, bytes(buffer[:4])) == (2, b"\1\0\2\0")
    assert source.read_into(buffer).frames == 0
    source.close()


def test_a_machine_that_allows_less_gives_less(tmp_path: Path) -> None:
    """The pipe is then as wide as the limit, and the number is the real one."""
    (tmp_path / "max").write_text("65536\n")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as cat:
        assert cat.stdin
        assert widen(cat.stdin.fileno(), tmp_path / "max") in {65536, 1 << 20}
        cat.stdin.close()
