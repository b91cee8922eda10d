"""The rules between a line, its tap and what the box can hear: rules 3 to 6 of `firmware.settings.rules`."""

import re
from collections.abc import Callable, Iterator

from firmware.settings.entries import Entries, Entry
from firmware.settings.schema import Must

CARD_GRAMMAR = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{1,15}|pcm:[A-Za-z0-9_.-]{1,64}")
"""An ALSA card id has at most 15 characters (Linux, sound/core/init.c); `pcm:NAME` is a PCM of a configuration."""

UNSTABLE_CARDS = frozenset(
    ("default", "sysdefault", "pulse", "pipewire", "jack", "plug", "plughw", "hw", "dmix", "dsnoop", "front")
)
"""Never opened: they name whatever is there, or share it (research: audio-stack, sections 1 and 6)."""

BLANKING_LOOK_BACK = 2.0
"""Seconds of look-back that blanking a keyed digit needs (DESIGN section 4)."""

UNOPENED_KEYS = ("name", "department", "never_record")
"""All that a `never_record` line has."""


def _recorded(entries: Entries) -> list[Entry]:
    return [entry for entry in entries.of("line") if entry.get("never_record") is False]


def unrecorded_lines_have_no_tap(entries: Entries) -> None:
    """Rule 3, for lines that are never opened."""
    for entry in entries.of("line"):
        keys = [key.name for key in entry.table.keys if key.name in entry.written]
        for key in keys if entry.get("never_record") else ():
            if key not in UNOPENED_KEYS:
                entry.say(key, f"a never_record line is never opened, so it has no {key}; take the key out")


def recorded_lines_are_whole(entries: Entries) -> None:
    """Rule 3, for lines that are recorded, of which there is at least one."""
    for entry in _recorded(entries):
        needed = [key.name for key in entry.table.keys if key.default is Must.RECORDED]
        for key in needed:
            if key not in entry.written:
                entry.say(key, "missing; a recorded line has it")
    lines = entries.of("line")
    if lines and all(entry.get("never_record") for entry in lines):
        lines[0].say("", "no line is recorded; at least one is needed")


def extensions_decide_doubt(entries: Entries) -> None:
    """Rule 3: only an extension has calls that may be internal, and it says what becomes of those in doubt."""
    for entry in _recorded(entries):
        position, written = entry.get("position"), "unclassified" in entry.written
        if position == "extension" and not written:
            entry.say(
                "unclassified", 'missing; an extension says "withhold" or "record", there is no default'
            )
        if position in ("port", "handset") and written:
            entry.refuse("unclassified", f"at a {position} every call is external; take the key out")


def _tapped(entries: Entries) -> Iterator[tuple[Entry, Entry]]:
    """Each recorded line with the tap it names, where that tap exists."""
    taps = {entry.get("name"): entry for entry in entries.of("tap")}
    for entry in _recorded(entries):
        if entry.get("tap") in taps and entry.get("tap") is not None:
            yield entry, taps[entry.get("tap")]


def channels_belong_to_one_line(entries: Entries) -> None:
    """Rule 4, for channels."""
    owner: dict[tuple[str, int], Entry] = {}
    for line, tap in _tapped(entries):
        for channel in line.get("channels") or ():
            first = owner.setdefault((line.get("tap"), channel), line)
            if first is not line:
                line.say("channels", f"channel {channel} of this tap is {first.path}{first.label} already")
            if channel >= (tap.get("channels") or channel + 1):
                last = tap.get("channels") - 1
                line.say("channels", f"seen {channel}; the channels of {tap.path}{tap.label} are 0 to {last}")


def taps_are_cards_in_use(entries: Entries) -> None:
    """Rule 4, for taps and cards."""
    used = {line.get("tap") for line in entries.of("line")}
    first: dict[str, Entry] = {}
    for tap in entries.of("tap"):
        card = tap.get("card")
        if tap.get("name") and tap.get("name") not in used:
            tap.say("", "no line uses this tap, so it would never be opened; take it out or give it a line")
        if card and first.setdefault(card, tap) is not tap:
            tap.refuse("card", f"{first[card].path}{first[card].label} is this card already")
        if card and tap.get("kind") in ("sounddevice", "pyaudio"):
            _check_card(tap, card)


def _check_card(tap: Entry, card: str) -> None:
    name = card.removeprefix("pcm:").lower()
    if not CARD_GRAMMAR.fullmatch(card) or name in UNSTABLE_CARDS:
        tap.refuse(
            "card",
            "a card is named by its ALSA card id (cat /proc/asound/cards shows it in brackets), "
            "never by a number, and never default, plug or a sound server",
        )


def rates_fit(entries: Entries) -> None:
    """Rule 5."""
    for line, tap in _tapped(entries):
        asked, had = line.get("rate"), tap.get("rate")
        if asked and had and asked > had:
            line.refuse("rate", f"{tap.path}{tap.label} gives only {had} samples a second")


def blanking_reaches_back(entries: Entries) -> None:
    """Rule 6."""
    for line in _recorded(entries):
        look_back = line.get("look_back")
        if line.get("keyed_digits") == "blank" and look_back is not None and look_back < BLANKING_LOOK_BACK:
            line.say(
                "look_back",
                f"seen {look_back:g}; blanking keyed digits needs {BLANKING_LOOK_BACK:g} s or more",
            )


def hooks_are_wired(entries: Entries) -> None:
    """Rule 8, for hooks: a sensor that is wired to nothing senses nothing."""
    for line in _recorded(entries):
        hook = line.get("hook")
        if hook is not None and hook.kind == "gpiozero" and not hook.source:
            line.say("hook.source", "missing; a gpiozero hook has an input, like GPIO22")


def hours_are_known(entries: Entries) -> None:
    """Rule 11."""
    unsaid = all(
        not office.get("hours") and office.get("hours") is not None for office in entries.of("office")
    )
    for line in _recorded(entries) if unsaid else ():
        if line.get("no_call_hours"):
            line.say(
                "no_call_hours",
                'the office does not say when it is open; write hours, like "Mon-Fri 09:00-17:00", in [office]',
            )


LINE_RULES: tuple[Callable[[Entries], None], ...] = (
    unrecorded_lines_have_no_tap,
    recorded_lines_are_whole,
    extensions_decide_doubt,
    channels_belong_to_one_line,
    taps_are_cards_in_use,
    rates_fit,
    blanking_reaches_back,
    hooks_are_wired,
    hours_are_known,
)
