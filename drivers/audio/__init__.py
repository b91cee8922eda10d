"""Audio sources under one contract, and the tap that reads one into a pipe.

The kinds are a fixed list, and no kind stands in for another. Importing this imports no binding.
"""

from drivers.audio.contract import Ask, AudioSource
from drivers.facts import DriverError

KINDS = ("sounddevice", "pyaudio", "wav")

__all__ = ["KINDS", "Ask", "AudioSource", "open_source"]


def open_source(kind: str, ask: Ask) -> AudioSource:
    """Open a card, or say in a `DriverError` why not; a binding is imported only when it is asked for."""
    try:
        match kind:
            case "sounddevice":
                from drivers.audio.sounddevice_source import SounddeviceSource  # noqa: PLC0415

                return SounddeviceSource(ask)
            case "pyaudio":
                from drivers.audio.pyaudio_source import PyaudioSource  # noqa: PLC0415

                return PyaudioSource(ask)
            case "wav":
                from drivers.audio.wav_source import WavSource  # noqa: PLC0415

                return WavSource(ask)
    except (ImportError, OSError) as error:  # no such package, or no libportaudio.so.2 under it
        raise DriverError(f"audio kind {kind} cannot be used here: {error}") from error
    raise DriverError(f"audio kind {kind!r} is not one of {', '.join(KINDS)}")
