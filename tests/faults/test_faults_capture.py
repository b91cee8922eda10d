"""Sound goes in at the real audio stack, and what comes out is that sound, opened with stock tools."""

import io
import json
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyrage
import pytest
import soundfile
from numpy.typing import NDArray

from tests.faults.conftest import NUMBER, TONES, Day
from tests.rigs import figures
from tests.rigs.feeding import Stretch, stretches
from tests.rigs.keys import Sealed, decoded, opened

NOISY = ("pressed", "second", "late")
LOOK_BACK = 2.0
CUT_WITHIN = 0.11
"""Seconds: one chunk of the lines, and 10 ms."""


def plain(day: Day, recording: Sealed) -> bytes:
    """The FLAC file, opened with the office's key."""
    return opened(recording.files, day.box.keys.private["office"])


def heard(day: Day, name: str) -> list[Stretch]:
    """What a line's one recording kept, to the bit."""
    (recording,) = day.of(name)
    return stretches(day.box.lines.lines[name], decoded(plain(day, recording)), recording.gaps)


def test_every_call_is_one_finished_recording(day: Day) -> None:
    """Also the one that was still going on when the recorder was stopped; and the stop is clean."""
    told = sorted((each.facts["line"], each.told["kind"]) for each in day.recordings)
    assert told == sorted((name, "finished") for name in day.box.lines.lines)
    assert day.status == 0
    assert day.of("second")[0].facts["ended"] == "recorder stopped"


@pytest.mark.parametrize("name", NOISY)
def test_outside_its_gaps_a_recording_is_its_line_to_the_bit(day: Day, name: str) -> None:
    """Both bindings, two lines and more at once: each stretch is the line's own, nothing shifted, inside gaps silence."""
    found = heard(day, name)
    assert sum(each.stop - each.start for each in found) > 2 * 8000
    for before, after in pairwise(found):
        assert after.heard - before.heard == after.start - before.start, "time stays true over a gap"


def test_a_wide_card_is_within_the_filters_response(day: Day) -> None:
    """In-band tones within 0.2 dB, those above the band at least 55 dB down where they would fold to."""
    (recording,) = day.of("wide")
    samples = decoded(plain(day, recording)).astype(float)
    level = {
        hertz: amplitude_db(samples, hertz) - 20 * np.log10(TONES[1000]) for hertz in (1000, 3400, 3000, 700)
    }
    figures.keep("decimated", rate=48000, **{f"{hertz} Hz": round(db, 2) for hertz, db in level.items()})
    assert level[1000] == pytest.approx(0, abs=0.2)
    assert level[3400] == pytest.approx(0, abs=0.2)
    assert level[3000] < -55, "5,000 Hz folds here"
    assert level[700] < -55, "7,300 Hz folds here"


def amplitude_db(samples: NDArray[np.float64], hertz: int) -> float:
    """The amplitude of one tone in dB, in the second and third second."""
    part = samples[8000:24000]
    window = np.hanning(len(part))
    found = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / 8000) @ (part * window)
    return float(20 * np.log10(2 * abs(found) / window.sum() + 1e-9))


@pytest.mark.parametrize("name", [*NOISY, "wide"])
def test_stock_tools_accept_the_file(day: Day, name: str, tmp_path: Path) -> None:
    """`flac -t`, `ffprobe` (its duration) and libsndfile, late cuts included."""
    (recording,) = day.of(name)
    file = tmp_path / "call.flac"
    file.write_bytes(plain(day, recording))
    subprocess.run(["flac", "-t", "-s", "-w", str(file)], check=True)
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json", str(file)]
    probed = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    assert float(probed["format"]["duration"]) == pytest.approx(recording.facts["samples"] / 8000, abs=1e-5)
    samples, rate = soundfile.read(io.BytesIO(file.read_bytes()), dtype="int16")
    assert (len(samples), rate) == (recording.facts["samples"], 8000)


@pytest.mark.parametrize("key", ["office", "ssh-ed25519", "ssh-rsa"])
def test_every_recipient_opens_it_with_age_and_with_pyrage(day: Day, key: str) -> None:
    """A native key, ssh-ed25519 and ssh-rsa: the same bytes."""
    (recording,) = day.of("late")
    file = opened(recording.files, day.box.keys.private[key])
    assert file == plain(day, recording)
    assert pyrage.decrypt(recording.files[0], [day.box.keys.pyrage(key)]) == file


def test_the_number_is_in_the_details_for_the_office_alone(day: Day) -> None:
    """Told before the call, sealed with it."""
    (recording,) = day.of("pressed")
    assert recording.details is not None
    details = json.loads(opened((recording.details,), day.box.keys.private["office"]))
    assert details["caller_id"] == NUMBER
    assert recording.facts["direction"] == "in"
    assert NUMBER not in json.dumps(recording.told)


def test_the_cut_is_at_press_minus_look_back(day: Day) -> None:
    """The last sample before the pause was heard two seconds before the press, the first after it at the resume."""
    line, (before, after) = day.box.lines.lines["pressed"], heard(day, "pressed")
    cut = line.time_of(before.heard + before.stop - before.start) - day.presses["pause"]
    resumed = line.time_of(after.heard) - day.presses["resume pressed"]
    figures.keep("press", cut_after_press_s=cut / 1e9, kept_after_second_press_s=resumed / 1e9)
    assert cut / 1e9 == pytest.approx(-LOOK_BACK, abs=CUT_WITHIN)
    assert 0 <= resumed / 1e9 <= 0.6, "not before the second press, and soon after its release"


def test_a_late_cut_leaves_nothing_of_what_was_sealed_before_it(day: Day) -> None:
    """Held two seconds, the press takes the call's five seconds before it as well; only what was resumed is kept."""
    (recording,), (kept,) = day.of("late"), heard(day, "late")
    line = day.box.lines.lines["late"]
    assert {reason for _, _, reason in recording.gaps} == {"late cut", "paused"}
    assert line.time_of(kept.heard) > day.presses["resume late"]
