"""`callbox lines --walk`: lift each phone once, and the box says at which card it hears that.

Rules of this module:

1. One phone at a time: it waits until every phone rests, then until one line wakes.
2. A line with a hook sensor wakes when its hook is lifted; any other when it becomes loud: its dial tone, or
   somebody blowing into the receiver.
3. Only when every line woke that should, it is written down where each card is plugged in; one that
   woke instead of another is told, and nothing is written.
"""

from collections.abc import Callable
from typing import Final

from firmware.cli.lines import TO_DBM0, Look, Notes
from firmware.clock import SystemClock
from firmware.faults import DeviceFault, Refused
from firmware.recorder import identity
from firmware.settings.model import Line, Settings

LOUD_DB: Final = -45.0 - TO_DBM0
"""A dial tone at a tap is far louder; an idle line with hum hardly so. Our choice."""

LOOKS: Final = 480
"""Looks, of a quarter of a second each, for which a phone is waited for: two minutes. Our choice."""

Pause = Callable[[], None]


def walk(settings: Settings, look: Look, pause: Pause) -> int:
    """Walk from phone to phone, then write down which card is where; a phone at another line's card is a fault."""
    look()
    for line in settings.recorded_lines:
        _rest(settings, look, pause)
        print(f"Lift the phone on line {line.name} now{_hint(line)}.", flush=True)
        heard = _woken(settings, look, pause)
        if heard.name != line.name:
            raise _crossed(settings, line, heard)
        print(
            f"  That is line {line.name}, at card {settings.tap_of(line).card}. Hang it up again.", flush=True
        )
    _rest(settings, look, pause)
    _write(settings)
    return 0


def _hint(line: Line) -> str:
    """What to do where no sensor sees the hook."""
    return "" if line.hook else ", and blow into it if it has no dial tone"


def _awake(settings: Settings, notes: Notes) -> list[Line]:
    """The lines whose phone is lifted, as far as can be told."""
    return [line for line in settings.recorded_lines if _lifted(line, notes)]


def _lifted(line: Line, notes: Notes) -> bool:
    now = notes["lines"].get(line.name, {})
    if line.hook is not None:
        return bool(now.get("off_hook"))
    return float(now.get("level_db", LOUD_DB - 1)) > LOUD_DB


def _rest(settings: Settings, look: Look, pause: Pause) -> None:
    """Wait until every phone rests."""
    told = False
    for _ in range(LOOKS):
        awake = _awake(settings, look())
        if not awake:
            return
        if not told:
            print(f"  Waiting for line {awake[0].name} to be quiet.", flush=True)
        told = True
        pause()
    hint = "hang up every phone; a line that is never quiet has its card or its plug at fault"
    raise DeviceFault("device.line-unconfirmed", f"line {awake[0].name} was not quiet for two minutes", hint)


def _woken(settings: Settings, look: Look, pause: Pause) -> Line:
    """The first line that wakes."""
    for _ in range(LOOKS):
        awake = _awake(settings, look())
        if awake:
            return awake[0]
        pause()
    hint = "look at the plugs between the phone, its tap and its card, then walk again"
    raise DeviceFault("device.line-unconfirmed", "no line heard a phone for two minutes", hint)


def _crossed(settings: Settings, meant: Line, heard: Line) -> DeviceFault:
    cards = f"{settings.tap_of(meant).card} and {settings.tap_of(heard).card}"
    hint = f"swap the plugs at the cards {cards}, or their lines in the settings, then walk again"
    what = f"the phone of line {meant.name} was heard on line {heard.name}"
    return DeviceFault("device.line-unconfirmed", what, hint)


def _write(settings: Settings) -> None:
    boot = SystemClock().stamp().boot_id
    plugs = {line.name: identity.plug_of(settings.tap_of(line), boot) for line in settings.recorded_lines}
    path = settings.storage.data / identity.NAME
    try:
        identity.write(path, {name: plug for name, plug in plugs.items() if plug is not None})
    except OSError as error:
        hint = "only who may write there confirms: sudo callbox lines --walk"
        raise Refused("refused.arguments", f"{path} cannot be written: {error.strerror}", hint) from None
    print("Every phone is where the settings say. This is written down until a card is plugged in anew.")
