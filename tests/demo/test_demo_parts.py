"""The demo's parts: tones of our own, the picture, the screen."""

import io
import json
from datetime import date

import numpy as np
import pytest

from firmware.clock import SECOND, HurriedClock, goes_on
from firmware.demo.calls import RATE, keyed, ringing, tone
from firmware.demo.pace import Pace
from firmware.demo.picture import Gap, Picture, as_svg, in_terminal
from firmware.demo.screen import Screen
from firmware.demo.strip import Strip


def _strongest(sound: np.ndarray, count: int) -> list[int]:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    peaks = [k for k in range(1, len(spectrum) - 1) if spectrum[k - 1] < spectrum[k] >= spectrum[k + 1]]
    best = sorted(peaks, key=lambda k: -spectrum[k])[:count]
    return sorted(round(k * RATE / len(sound)) for k in best)


@pytest.mark.parametrize(
    ("digit", "low", "high"), [("1", 697, 1209), ("5", 770, 1336), ("0", 941, 1336), ("#", 941, 1477)]
)
def test_keys_sound_as_q23_says(digit: str, low: int, high: int) -> None:
    """Each key is its row and its column."""
    found = _strongest(keyed(digit)[: round(0.09 * RATE)], 2)
    assert abs(found[0] - low) < 12
    assert abs(found[1] - high) < 12


def test_ringing_has_the_british_cadence() -> None:
    """0.4 on, 0.2 off, 0.4 on, 2.0 off."""
    loud = np.abs(ringing()).reshape(-1, RATE // 10).max(axis=1) > 100
    assert loud.tolist() == [True] * 4 + [False] * 2 + [True] * 4 + [False] * 20


def test_the_picture_never_closes_a_gap() -> None:
    """A gap takes the columns of its time, and sound never shows in it."""
    picture = Picture(tone(10, 440), RATE, [Gap(2.5, 5.0, "paused")])
    drawn = in_terminal(picture, columns=40, rows=3)
    assert [row[10:20] for row in drawn[:3]] == ["░" * 10] * 3
    assert "░" not in drawn[2][:10] + drawn[2][20:]
    assert "2.50 s to 5.00 s: paused" in drawn[-1]
    assert as_svg(picture, "a < b").count("a &lt; b") == 1


def test_an_empty_recording_can_be_drawn() -> None:
    """Nothing kept is a picture too."""
    empty = Picture(np.zeros(0, np.int16), RATE, [])
    assert in_terminal(empty)
    assert as_svg(empty, "empty").startswith("<svg")


def test_without_a_terminal_only_events_and_a_last_strip_are_printed() -> None:
    """No control codes reach a pipe."""
    out = io.StringIO()
    screen = Screen(["front"], 10, out)
    line = {"reason": "recorded", "level_db": -20.0, "lamp": "RECORDING"}
    for second in range(10):
        screen.draw(second, json.loads(json.dumps({"lines": {"front": line}})))
    screen.event(5, "something happens")
    screen.close()
    assert "\x1b" not in out.getvalue()
    assert "something happens" in out.getvalue()
    assert "█" in out.getvalue()


def test_a_clock_that_is_hurried_does_not_step() -> None:
    """From one pace to the next both clocks go on, and they run together: so the keeper believes them."""
    pace = Pace.from_now(3.0)
    for speed in (345_600.0, 2.0, 2_400.0, 2.0):
        before = _clock(pace).stamp()
        faster = pace.goes_on(speed)
        after = _clock(faster).stamp()
        assert goes_on(before, after)
        assert after.wall_ns - before.wall_ns < SECOND * max(speed, pace.speed)
        assert faster.now_ns >= after.wall_ns
        pace = faster


def _clock(pace: Pace) -> HurriedClock:
    return HurriedClock.parse(pace.words)


def test_the_strip_of_days_never_hides_a_destruction() -> None:
    """A key that goes on the same day leaves the day's own sign; without a terminal no control code is printed."""
    out = io.StringIO()
    strip = Strip(date(2026, 3, 2), date(2026, 3, 6), out)
    strip.passed(date(2026, 3, 4))
    strip.mark(date(2026, 3, 3), "k")
    strip.mark(date(2026, 3, 9), "D")
    strip.mark(date(2026, 3, 9), "k")
    strip.say(date(2026, 3, 9), "gone")
    strip.close()
    assert "[·k· D]" in out.getvalue()
    assert "\x1b" not in out.getvalue()
