"""What the box will do with one line, in sentences.

Rules of this module:

1. What cannot be known without a sensor, a second button or a second contact is said.
2. No sentence promises more than the line tells: what the box knows of a call it knows by its caller
   id, its tones and its digits.
"""

from collections.abc import Iterator

from firmware.settings.model import (
    ButtonLost,
    Cadence,
    Desk,
    KeyedDigits,
    Line,
    NumberingSettings,
    OptOut,
    Position,
    Sensor,
    Settings,
    Unclassified,
)
from firmware.settings.period import joined

LATE_CUT_REACH = 30
"""Seconds that a late cut reaches back from the press that began the pause (DESIGN section 4)."""

TAIL = 2
"""Seconds kept after the last voice, and the least of voice that is a call, without a hook sensor (research: signalling)."""

SILENCE = 30
"""Seconds of silence that end a call on a line without a hook sensor (DESIGN section 4)."""

TAP_WORDS = {"sounddevice": "card", "pyaudio": "card", "wav": "file"}


def line_sentences(settings: Settings, line: Line) -> list[str]:
    """Every promise about one line, in the order of a call."""
    if line.never_record:
        return ["It is never recorded: it has no tap and is never opened."]
    desks = [desk for desk in settings.desks if line.name in desk.lines]
    opt_out = settings.department_of(line).opt_out
    return [
        _tapped(settings, line),
        _recorded(line),
        *_position(settings, line),
        _calls(line),
        *_ends(line),
        _look_back(line),
        _digits(line),
        *_pause(line, desks),
        *_opt_out(desks, opt_out),
        *_lost(desks),
        *_unused(settings, line),
    ]


def _tapped(settings: Settings, line: Line) -> str:
    tap = settings.tap_of(line)
    channels = joined([str(channel) for channel in line.channels])
    sides = (
        f"channels {channels} of {{}}, one side of the conversation each"
        if line.sides == 2
        else f"channel {channels} of {{}}, both sides of the conversation together"
    )
    card = f"{TAP_WORDS[tap.kind]} {tap.card} (tap {tap.name}, {tap.kind}, {tap.rate} samples a second)"
    return f"It is {sides.format(card)}, recorded at {line.rate} samples a second."


def _recorded(line: Line) -> str:
    if line.hook:
        return (
            "Incoming and outgoing calls are recorded from the answer to hang-up; dialling and ringing are not "
            "recorded, nor is anything between calls. An answer is the first voice after the ringing tone."
        )
    return (
        "Incoming and outgoing calls are recorded while they are heard: from the answer, or "
        f"{_seconds(line.pre_roll)} before the voice that begins one, to {TAIL} seconds after the last voice; "
        f"less than {TAIL} seconds of voice are no call."
    )


def _position(settings: Settings, line: Line) -> Iterator[str]:
    if line.position is not Position.EXTENSION:
        place = (
            "at a port, with this phone alone behind it"
            if line.position is Position.PORT
            else "at the handset"
        )
        yield f"It is tapped {place}: every call counts as external."
        return
    yield "It is an extension, so internal calls exist; a call is recorded only once it is classed external."
    yield _numbering(settings.numbering)
    yield (
        "What nothing classed is not recorded."
        if line.unclassified is Unclassified.WITHHOLD
        else "What nothing classed is recorded, and it may be internal."
    )


def _numbering(numbering: NumberingSettings) -> str:
    """By what internal calls are told; it is as good as what the line tells."""
    told = ["caller ids and dialled numbers of fewer than 5 digits"]
    if numbering.extensions:
        told.append(f"extensions {joined(list(numbering.extensions))} (x is any digit)")
    if numbering.internal_ring is not Cadence.NONE:
        told.append(f"a {numbering.internal_ring} ring")
    out = f" {numbering.access} leads out of the office." if numbering.access else ""
    return f"A call is internal by {joined(told)}.{out} An exchange that tells none of it leaves the call unclassed."


def _calls(line: Line) -> str:
    match line.hook:
        case None:
            return (
                "It has no hook sensor: calls are detected by tones and voice, and ended by tones or "
                f"{SILENCE} seconds of silence, never while paused; the ledger will say 'detected calls'."
            )
        case Sensor(kind="script"):
            return (
                "Its hook, its numbers and its classes are told by a script: this is no real telephone line."
            )
        case Sensor(source=source):
            return f"A hook sensor at {source} says when the handset is lifted and replaced."


def _ends(line: Line) -> Iterator[str]:
    follows = "what follows a number that is then dialled is not recorded"
    if line.position is Position.EXTENSION:
        follows = "what follows is withheld until it is classed"
    elif line.hook is not None:
        follows += " until the next recall"
    if line.hook is None:
        yield (
            "A transfer is heard by its dial tone, and the recording ends at the break before it; "
            f"{follows}. One without a dial tone is not noticed."
        )
    else:
        yield f"A recall or a dial tone in mid-call, as before a transfer, closes the recording; {follows}."
    if line.hook is not None and line.same_call:
        yield (
            f"An incoming call whose phone lies on hook for {_seconds(line.same_call)} at most is the same call, "
            "and stays paused or opted out if it was."
        )
    yield (
        "Busy, congestion and number-unobtainable tones and ten minutes without voice end a call; "
        "after 2 hours its recording goes on as another."
    )


def _look_back(line: Line) -> str:
    if not line.look_back:
        return "There is no look-back: a press cuts from its own moment on."
    return (
        f"The last {_seconds(line.look_back)} wait in memory before they are sealed, so a press also cuts "
        f"the {_seconds(line.look_back)} before it."
    )


def _digits(line: Line) -> str:
    if line.keyed_digits is KeyedDigits.BLANK:
        return (
            "Digits keyed in a call are blanked out of its recording; four or more in a row, as of a card, with "
            "everything from 2 seconds before to 3 seconds after them. Digits keyed slowly or far below the talk "
            "may be missed: the button remains the control."
        )
    return "Digits keyed in a call are recorded as they sound, unless a pause withholds them."


def _pause(line: Line, desks: list[Desk]) -> Iterator[str]:
    pausing = [desk for desk in desks if desk.pause]
    if not pausing:
        yield "No button pauses it."
        return
    yield (
        f"{_buttons('pause', pausing)} withholds from {_seconds(line.look_back)} before the press until it is pressed "
        "again or the call ends, never until a timer; pressed between calls it pauses the next call of the desk "
        "that begins within 60 seconds."
    )
    yield f"Held for 2 seconds it cuts the {LATE_CUT_REACH} seconds before the press as well, and the call stays paused."


def _opt_out(desks: list[Desk], opt_out: OptOut) -> Iterator[str]:
    if opt_out is OptOut.NONE:
        yield "The notice offers no opt-out: the lamp refuses one, and the ledger says so."
        return
    own = [desk for desk in desks if desk.opt_out]
    held = [desk for desk in desks if desk.pause and not desk.opt_out]
    effect = "keeps what came before" if opt_out is OptOut.STOP else "keeps nothing of the call"
    end = f"stops the recording until the phone is back on hook and {effect}; it cannot be undone"
    if own:
        yield f"When a caller objects, {_buttons('opt-out', own, start='the')} {end}."
    if held:
        yield f"When a caller objects, {_buttons('pause', held, start='the')} held for 3 seconds {end}."
    if not own and not held:
        yield "The notice offers an opt-out, but no button of this line gives one."


def _unused(settings: Settings, line: Line) -> Iterator[str]:
    if line.no_call_hours:
        yield f"After {line.no_call_hours} hours without a call while the office is open ({settings.office.hours}) it is a fault."


def _buttons(which: str, desks: list[Desk], start: str = "The") -> str:
    several = "s" if len(desks) > 1 else ""
    return f"{start} {which} button of desk{several} {joined([desk.name for desk in desks])}"


def _lost(desks: list[Desk]) -> Iterator[str]:
    for desk in desks:
        contacts = {len(inputs) for inputs in (desk.pause, desk.opt_out) if inputs}
        if 2 in contacts:
            does = (
                "is withheld until it is back"
                if desk.button_lost is ButtonLost.WITHHOLD
                else "goes on being recorded"
            )
            yield f"If a button of desk {desk.name} is lost (wire cut, unplugged or short), the line {does}, with a fault."
        if 1 in contacts and desk.panel == "gpiozero":
            yield f"A button of desk {desk.name} has a single contact: nobody would notice its wire being cut."


def _seconds(count: float) -> str:
    return f"{count:g} second{'' if count == 1 else 's'}"
