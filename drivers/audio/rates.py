"""Which rates a card lists, found out without opening it for capture and without loading a binding.

A USB card says so in /proc/asound. Any other is asked through PortAudio in a short-lived child,
because PortAudio's list of devices is frozen for a process's life (research: audio-stack, section 4).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from drivers.audio import KINDS, alsa
from drivers.audio.spawn import card_environment
from drivers.audio.wav_source import file_rate
from drivers.facts import DriverError

PROBING = 10.0
"""Seconds for that child; opening PortAudio took 0.35 s at most (research: audio-stack, section 2)."""


def listed_rates(kind: str, card: str) -> tuple[int, ...] | None:
    """The rates that a card lists, or a file has; None where it is absent."""
    if kind not in KINDS:
        raise DriverError(f"audio kind {kind!r} is not one of {', '.join(KINDS)}")
    if kind == "wav":
        rate = file_rate(card)
        return None if rate is None else (rate,)
    if not alsa.present(card):
        return None
    listed = () if card.startswith(alsa.PREFIX) else alsa.stream_rates(card)
    return listed or _asked(kind, card)


def _asked(kind: str, card: str) -> tuple[int, ...] | None:
    """What a child heard from PortAudio; `DriverError` where it said nothing in time."""
    with tempfile.TemporaryDirectory(prefix="callbox-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "drivers.audio.probe", kind, alsa.pcm_name(card)],
                env=card_environment(kind, card, Path(folder) / "asound.conf"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=PROBING,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise DriverError(f"card {card} could not be asked for its rates: {error}") from error
    rates = json.loads(done.stdout)
    return None if rates is None else tuple(rates)
