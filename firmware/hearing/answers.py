"""Where a call was answered, as soon as what was heard before and after makes it certain; and where it was recalled."""

from firmware.hearing.call import HeardCall
from firmware.hearing.voices import Voices
from firmware.hearing.ways import (
    BREAK_BEFORE_SECONDS,
    LEAD_SECONDS,
    MARGIN_SECONDS,
    UNRUNG_SECONDS,
    UNTOLD_SECONDS,
    VOICE_SECONDS,
    Ways,
)
from firmware.signal.events import Break


def answer_of(call: HeardCall, voices: Voices, ways: Ways, heard: int) -> int | None:
    """Where the far end answered, if it did by now; a call that was rung for was answered where it was lifted."""
    if call.outgoing:
        voice = voices.made_out(heard, VOICE_SECONDS if call.rang else UNRUNG_SECONDS)
        return None if voice is None else begun(voice, voices, ways)
    if call.rung_for:
        answered = voices.made_out(heard, VOICE_SECONDS) is not None
    else:
        answered = voices.amount >= ways.seconds(UNTOLD_SECONDS)
    return call.at if answered else None


def begun(voice: int, voices: Voices, ways: Ways) -> int:
    """Where a voice began that was told some way into it; nothing that was heard before it is taken along."""
    return max(voice - ways.seconds(LEAD_SECONDS), voices.floor)


def recalled_at(tone: int, broke: Break | None, ways: Ways) -> int:
    """Where the recall was that a dial tone answers: at the break before it, or a margin before the tone."""
    if broke is not None and tone - ways.seconds(BREAK_BEFORE_SECONDS) <= broke.at < tone:
        return broke.at
    return tone - ways.seconds(MARGIN_SECONDS)
