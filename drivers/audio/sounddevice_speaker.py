"""Samples become sound on this PC's usual output by PortAudio through `sounddevice`, written blocking.

The usual output, because people choose it in their system; PortAudio or the system converts the rate.
"""

import sounddevice as sd

from drivers.facts import DriverError

LATENCY = 0.2
"""Seconds of sound that wait in the device; our choice: no stutter, and a key is obeyed at once."""


class SounddeviceSpeaker:
    """The usual output at one rate, of one or two sides, 16 bits."""

    def __init__(self, rate: int, sides: int) -> None:
        try:
            self._stream = sd.RawOutputStream(samplerate=rate, channels=sides, dtype="int16", latency=LATENCY)
            self._stream.start()
        except (sd.PortAudioError, ValueError) as error:
            raise DriverError(f"the sound output cannot be opened: {error}") from error

    def play(self, samples: bytes) -> None:
        """Wait for room, and hand over these samples; sides are interleaved."""
        try:
            if self._stream.stopped:
                self._stream.start()
            self._stream.write(samples)
        except sd.PortAudioError as error:
            raise DriverError(f"the sound output stopped: {error}") from error

    def rest(self) -> None:
        """What was handed over is heard to its end; then silence, until the next samples."""
        if not self._stream.stopped:
            self._stream.stop()

    def close(self) -> None:
        """Let the output go at once."""
        if not self._stream.closed:
            self._stream.abort()
            self._stream.close()
