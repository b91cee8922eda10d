"""Which rates a PCM accepts, asked in a process of its own: PortAudio's list is frozen for a process's life.

`python -m drivers.audio.probe KIND NAME` prints a JSON list of rates, or null where the PCM is not listed.
"""

import json
import sys

from drivers.audio.alsa import RATES
from drivers.facts import DriverError


def accepted_rates(kind: str, name: str) -> tuple[int, ...] | None:
    """The rates at which this binding would open this PCM."""
    match kind:
        case "sounddevice":
            from drivers.audio import sounddevice_source as binding  # noqa: PLC0415  one binding a process
        case "pyaudio":
            from drivers.audio import pyaudio_source as binding  # type: ignore[no-redef]  # noqa: PLC0415  as above
        case _:
            raise DriverError(f"audio kind {kind!r} has no PCM to ask")
    return binding.accepted_rates(name, RATES)


if __name__ == "__main__":
    print(json.dumps(accepted_rates(*sys.argv[1:])))
