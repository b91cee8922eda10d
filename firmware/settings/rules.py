"""The rules between the keys of a settings file.

1. A name is given once in its table. A policy may stand in several versions,
   each from a date of its own.
2. Whoever is named exists: departments, policies, taps, lines.
3. A recorded line says which channels of which tap it is and where it is
   tapped; a `never_record` line has none of it, for it is never opened.
4. One channel of one tap is one side of one line. One card is one tap, and a tap
   that no line uses is not opened, so it is not written either.
5. A line is not heard at a higher rate than its tap has.
6. Keyed digits are blanked only where the look-back reaches over them.
7. Two recipients, or the office accepts that one lost key loses everything;
   one of them is a native age key, to be kept offline.
8. One input of one panel kind is one contact, lamp or hook, and one path is one script.
9. Two cells at most, and they are not one: the second is there for the loss of the first.
10. How internal calls are told is said where there are any, at an extension. What leads out of the
   office is the beginning of no extension.
11. Hours without a call are counted while the office is open, so it says when that is.
12. A purpose that is exceptional is one of the office's purposes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from firmware.settings.entries import Entries, Entry
from firmware.settings.line_rules import LINE_RULES
from firmware.settings.problems import meant
from firmware.settings.recipient_kind import is_native, same_key
from firmware.settings.verifier_key import parse_verifier_key

Where = TypeVar("Where")

PIN = re.compile(r"GPIO(?:1?[0-9]|2[0-7])")
"""The 28 pins of the 40-pin header, by the names that gpiozero and the boards' makers use."""


def check_rules(entries: Entries) -> None:
    """Note every breach of a rule; what was already refused is not judged again."""
    for rule in (*RULES, *LINE_RULES):
        rule(entries)


def names_are_given_once(entries: Entries) -> None:
    """Rule 1, for all but policies."""
    for table in ("department", "tap", "line", "desk", "recipient", "witness"):
        for entry, first in repeated((entry, entry.get("name")) for entry in entries.of(table)):
            entry.refuse("name", f"{first.path} has this name already")


def policy_versions_differ(entries: Entries) -> None:
    """Rule 1, for policies."""
    dated = (
        (entry, (entry.get("name"), entry.get("from")) if entry.get("name") and entry.get("from") else None)
        for entry in entries.of("policy")
    )
    for entry, first in repeated(dated):
        entry.refuse("from", f"{first.path} is the version from this date already")


def names_exist(entries: Entries) -> None:
    """Rule 2."""
    for table, key, named in (
        ("department", "policy", "policy"),
        ("line", "department", "department"),
        ("line", "tap", "tap"),
        ("desk", "lines", "line"),
    ):
        known = entries.names(named)
        for entry in entries.of(table):
            _refuse_unknown(entry, key, named, known)


def _refuse_unknown(entry: Entry, key: str, named: str, known: set[str]) -> None:
    value = entry.get(key)
    for name in (value,) if isinstance(value, str) else value or ():
        if name not in known:
            entry.say(key, f'"{name}" is not the name of any [[{named}]]{meant(name, known)}')


def desks_act_on_recorded_lines(entries: Entries) -> None:
    """Rule 3, seen from the desk: a button of a line that is never opened would promise something."""
    unrecorded = {entry.get("name") for entry in entries.of("line") if entry.get("never_record")}
    for entry in entries.of("desk"):
        for name in entry.get("lines") or ():
            if name in unrecorded:
                entry.say("lines", f'"{name}" is a never_record line: no button and no lamp acts on it')


def buttonless_desks_have_no_inputs(entries: Entries) -> None:
    """Rule 8: a desk without a panel has nothing that could be wired."""
    for entry in entries.of("desk"):
        for key in ("pause", "opt_out", "lamps"):
            if entry.get("panel") == "none" and entry.get(key):
                entry.refuse(key, 'the panel is "none", so there is nothing to wire it to')


def only_scripts_have_a_source(entries: Entries) -> None:
    """Rule 8: no other panel is spoken to at a path."""
    for entry in entries.of("desk"):
        if entry.get("source") and entry.get("panel") in ("gpiozero", "keyboard", "none"):
            entry.refuse("source", f'only a "script" panel has one, and this is "{entry.get("panel")}"')


def inputs_are_used_once(entries: Entries) -> None:
    """Rule 8."""
    used = chain.from_iterable(_inputs(entry) for entry in (*entries.of("line"), *entries.of("desk")))
    for (entry, key), (first, first_key) in repeated(used):
        entry.say(key, f"an input or output is used that {first.path}.{first_key}{first.label} uses already")


def gpiozero_names_pins(entries: Entries) -> None:
    """Rule 8: a pin has one spelling, so that it cannot be used twice under two."""
    for entry in (*entries.of("line"), *entries.of("desk")):
        for (_, key), (kind, name) in _inputs(entry):
            if kind == "gpiozero" and not PIN.fullmatch(name):
                entry.say(key, f'"{name}" is not a pin of the box; the pins are GPIO0 to GPIO27')


def _inputs(entry: Entry) -> Iterator[tuple[tuple[Entry, str], tuple[str, str]]]:
    """Everything wired: at which key, and the driver kind with the name it has there."""
    hook = entry.get("hook")
    if hook is not None and hook.source:
        yield (entry, "hook"), ("path" if hook.kind == "script" else hook.kind, hook.source)
    if entry.get("source"):
        yield (entry, "source"), ("path", entry.get("source"))
    panel = str(entry.get("panel"))
    for key in ("pause", "opt_out", "lamps"):
        for name in entry.get(key) or ():
            yield (entry, key), (panel, name)


def recipients_suffice(entries: Entries) -> None:
    """Rule 7."""
    given = entries.of("recipient")
    storage = entries.of("storage")
    accepted = any(entry.get("single_recipient") == "accepted" for entry in storage)
    if len(given) == 1 and not accepted:
        sentence = 'there is only one recipient; name a second, or set storage.single_recipient = "accepted"'
        given[0].say("", sentence + ": if its private half is lost, so is every recording")
    keys = [entry.get("key") for entry in given]
    same = [key and same_key(key) for key in keys]
    if keys and None not in keys and not any(is_native(key) for key in keys):
        given[0].say(
            "key", "none of the recipients is a native age key (age1...), the kind that is kept offline"
        )
    for entry, first in repeated(zip(given, same, strict=True)):
        entry.say("key", f"{first.path}{first.label} has this key already, so the two are one recipient")


def exempt_numbers_are_given_once(entries: Entries) -> None:
    """Rule 1; the number itself is not shown."""
    for entry, first in repeated((entry, entry.get("number")) for entry in entries.of("exempt")):
        entry.say("number", f"{first.path} has this number already")


def two_cells_at_most(entries: Entries) -> None:
    """Rule 9."""
    given = entries.of("cell")
    for entry in given[2:]:
        entry.say("", "a box has at most two cells")
    for entry, first in repeated((entry, entry.get("path")) for entry in given):
        entry.refuse("path", f"{first.path} is this cell already")


def witnesses_differ(entries: Entries) -> None:
    """Rule 1: one key is one witness (C2SP tlog-cosignature, "Ed25519 signed message")."""
    given = [(entry, parse_verifier_key(entry.get("key") or "")) for entry in entries.of("witness")]
    for entry, first in repeated((entry, key and key.public) for entry, key in given):
        entry.say("key", f"{first.path}{first.label} has this key already, so the two are one witness")


def internal_calls_are_told_at_extensions(entries: Entries) -> None:
    """Rule 10."""
    for entry in entries.of("numbering"):
        for key in ("access", "extensions", "internal_ring"):
            if entry.get(key) and "extension" not in {line.get("position") for line in entries.of("line")}:
                entry.say(key, "no line is an extension, so no call is internal; take the key out")
        access = entry.get("access")
        for pattern in entry.get("extensions") or ():
            if access and pattern.startswith(access):
                entry.say("extensions", f'"{pattern}" begins with "{access}", which leads out of the office')


def exceptional_purposes_are_purposes(entries: Entries) -> None:
    """Rule 12."""
    for entry in entries.of("office"):
        purposes = set(entry.get("purposes") or ())
        for name in entry.get("exceptional") or ():
            if purposes and name not in purposes:
                entry.say("exceptional", f'"{name}" is not one of the purposes{meant(name, purposes)}')


def repeated(found: Iterable[tuple[Where, object]]) -> Iterator[tuple[Where, Where]]:
    """Each place whose value was seen before, with the first place of that value; `None` is no value."""
    first: dict[object, Where] = {}
    for where, value in found:
        if value is not None and first.setdefault(value, where) is not where:
            yield where, first[value]


RULES: tuple[Callable[[Entries], None], ...] = (
    names_are_given_once,
    policy_versions_differ,
    names_exist,
    desks_act_on_recorded_lines,
    buttonless_desks_have_no_inputs,
    only_scripts_have_a_source,
    inputs_are_used_once,
    gpiozero_names_pins,
    recipients_suffice,
    exempt_numbers_are_given_once,
    two_cells_at_most,
    witnesses_differ,
    internal_calls_are_told_at_extensions,
    exceptional_purposes_are_purposes,
)
