"""What the box will do with one line, in sentences.

Rules of this module:

1. What cannot be known without a sensor, a second button or a second contact is said.
2. No sentence promises what the box does not hear.
"""

from collections.abc import Iterator

from firmware.settings.model import (
    ButtonLost,
    Desk,
    KeyedDigits,
    Line,
    OptOut,
    Position,
    Sensor,
    Settings,
    Unclassified,
)
from firmware.settings.period import joined

LATE_CUT_REACH = 30
"""Seconds that a late cut reaches back from the press that began the pause (DESIGN section 4)."""

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
        *_position(line),
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
    if _told(line):
        return (
            "Incoming and outgoing calls are recorded from the answer to hang-up; dialling and ringing are not "
            "recorded, nor is anything between calls."
        )
    if line.hook:
        return (
            "Incoming and outgoing calls are recorded from the lifted handset to the replaced one, and nothing "
            "between calls; the box does not tell dialling and ringing tones from talk, so they are recorded too."
        )
    return (
        "Incoming and outgoing calls are recorded while they are heard: from "
        f"{_seconds(line.pre_roll)} before the voice that begins one to {SILENCE} seconds of silence."
    )


def _position(line: Line) -> Iterator[str]:
    if line.position is not Position.EXTENSION:
        place = (
            "at a port, with this phone alone behind it"
            if line.position is Position.PORT
            else "at the handset"
        )
        yield f"It is tapped {place}: every call counts as external."
        return
    yield "It is an extension, so internal calls exist; a call is recorded only once it is classed external."
    told = "" if _told(line) else "The box does not hear numbers on a real line, so nothing classes a call: "
    if line.unclassified is Unclassified.WITHHOLD:
        doubt = "what nothing classed is not recorded" if _told(line) else "no call on this line is recorded"
    else:
        doubt = (
            "what nothing classed is recorded, and it may be internal"
            if _told(line)
            else "internal calls are recorded as well"
        )
    sentence = f"{told}{doubt}."
    yield sentence[0].upper() + sentence[1:]


def _told(line: Line) -> bool:
    """Whether something tells the box numbers and classes: a script does, a real line does not."""
    return line.hook is not None and line.hook.kind == "script"


def _calls(line: Line) -> str:
    match line.hook:
        case None:
            return (
                f"It has no hook sensor: calls are detected by voice, and {SILENCE} seconds of silence end them, "
                "never while paused; the ledger will say 'detected calls'."
            )
        case Sensor(kind="script"):
            return (
                "Its hook, its numbers and its classes are told by a script: this is no real telephone line."
            )
        case Sensor(source=source):
            return f"A hook sensor at {source} says when the handset is lifted and replaced."


def _ends(line: Line) -> Iterator[str]:
    if line.hook is None:
        yield f"A transfer is not noticed: what follows it is recorded until {SILENCE} seconds of silence."
    elif line.position is Position.EXTENSION:
        yield "A recall, as before a transfer, closes the recording; what follows is withheld until it is classed."
    else:
        yield "A recall, as before a transfer, closes the recording; what follows is recorded as another."
    yield "Ten minutes without voice end a call; after 2 hours its recording goes on as another."


def _look_back(line: Line) -> str:
    if not line.look_back:
        return "There is no look-back: a press cuts from its own moment on."
    return (
        f"The last {_seconds(line.look_back)} wait in memory before they are sealed, so a press also cuts "
        f"the {_seconds(line.look_back)} before it."
    )


def _digits(line: Line) -> str:
    if line.keyed_digits is KeyedDigits.BLANK:
        return "Digits keyed in a call are blanked out of its recording."
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
