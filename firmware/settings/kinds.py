"""What a value may be: each kind says it in a phrase and takes only that.

The phrase stands in every mistake and in docs/settings.md, so file, message and
page cannot differ. A kind refuses by raising `Unfit`; it never converts one
TOML type into another, except a whole number where a measure is asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from firmware.settings.hours import parse_hours
from firmware.settings.period import Period, parse_period
from firmware.settings.problems import PRIVATE_HALF, looks_private

NAME_GRAMMAR = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
WORD_GRAMMAR = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_:./-]{0,199}")
HOST_GRAMMAR = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
MAILBOX_GRAMMAR = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""What RFC 5321, 4.1.2 calls a dot-string before the at sign, and a domain after it; nothing quoted."""

NUMBER_GRAMMAR = re.compile(r"\+?[0-9]{3,15}")
"""ITU-T E.164, 6.2.1: at most 15 digits; three for short codes."""


class Unfit(ValueError):  # noqa: N818  the word is the sentence: a value is unfit
    """A value is not of its kind; the text says why where the kind's phrase alone would not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is allowed, in a phrase; how a TOML value becomes ours; the words that may have been meant."""

    allowed: str
    take: Callable[[object], object]
    words: tuple[str, ...] = ()


def a_text(value: object) -> str:
    """A text that says something, on one line: line breaks are read as spaces."""
    if not isinstance(value, str):
        raise Unfit
    if looks_private(value):
        raise Unfit(PRIVATE_HALF)
    folded = " ".join(value.split())
    if not folded or not folded.isprintable():
        raise Unfit
    return folded


def a_text_or_none(value: object) -> str:
    """A text, or the empty text."""
    return "" if value == "" else a_text(value)


def a_flag(value: object) -> bool:
    """True or false, nothing that resembles them."""
    if not isinstance(value, bool):
        raise Unfit
    return value


def a_day(value: object) -> date:
    """A date as TOML writes it, without quotes and without a time."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Unfit
    return value


def a_period(value: object) -> str:
    """A period of at least a day, as the text it was written as."""
    text = a_text(value)
    period = parse_period(text)
    if period is None:
        raise Unfit
    if period == Period(0, 0, 0):
        raise Unfit("zero never means now")
    return text


def a_long_period(value: object) -> str:
    """A period of at least a year of twelve months: days alone are not counted."""
    text = a_period(value)
    period = parse_period(text)
    if period is None or period.years * 12 + period.months < 12:
        raise Unfit("it is less than a year")
    return text


def some_hours(value: object) -> str:
    """Days of the week and times of day, or nothing, as the text it was written as."""
    if value != "" and parse_hours(a_text(value)) is None:
        raise Unfit
    return str(value)


def a_folder(value: object) -> Path:
    """An absolute folder other than the root, without `..`."""
    path = Path(a_text(value))
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise Unfit
    return path


def a_number(value: object) -> str:
    """A telephone number in digits, spaces left out."""
    number = a_text(value).replace(" ", "")
    if not NUMBER_GRAMMAR.fullmatch(number):
        raise Unfit
    return number


def an_address(value: object) -> str:
    """An IP address, as the text it was written as; a network or a name is none."""
    text = a_text(value)
    try:
        ip_address(text)
    except ValueError:
        raise Unfit from None
    return text


def matching(grammar: re.Pattern[str], allowed: str) -> Kind:
    """A text of one grammar, whole."""

    def take(value: object) -> str:
        text = a_text(value)
        if not grammar.fullmatch(text):
            raise Unfit
        return text

    return Kind(allowed, take)


def whole(low: int, high: int, step: int = 1) -> Kind:
    """A whole number between two others, both allowed, in steps from zero."""

    def take(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit
        if not low <= value <= high or value % step:
            raise Unfit
        return value

    steps = f", a multiple of {step}" if step > 1 else ""
    return Kind(f"a whole number from {low} to {high}{steps}", take)


def seconds(low: float, high: float) -> Kind:
    """A number of seconds between two others, both allowed."""

    def take(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit
        if not low <= value <= high:
            raise Unfit
        return float(value)

    return Kind(f"seconds from {low:g} to {high:g}", take)


def choice(words: type[StrEnum]) -> Kind:
    """One word of an enumeration."""
    plain = one_of(*(word.value for word in words))
    return Kind(plain.allowed, lambda value: words(str(plain.take(value))), plain.words)


def one_of(*words: str) -> Kind:
    """One word of a few."""

    def take(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit
        return value

    return Kind(either([f'"{word}"' for word in words]), take, words)


def one_number_of(*numbers: int) -> Kind:
    """One number of a few."""

    def take(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in numbers:
            raise Unfit
        return value

    return Kind(either([str(number) for number in numbers]), take)


def several(kind: Kind, low: int, high: int) -> Kind:
    """A list of one kind, nothing in it twice."""

    def take(value: object) -> tuple[object, ...]:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise Unfit
        taken = tuple(kind.take(each) for each in value)
        if len(set(taken)) < len(taken):
            raise Unfit("something is in the list twice")
        return taken

    return Kind(f"a list of {low} to {high}, each {kind.allowed}", take, kind.words)


def either(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


TEXT = Kind("a text that is not empty", a_text)
TEXT_OR_NONE = Kind("a text", a_text_or_none)
FLAG = Kind("true or false", a_flag)
DAY = Kind("a date without quotes, like 2026-01-31", a_day)
PERIOD = Kind("years, months and days like P30D, P3M, P12M or P2Y130D", a_period)
LONG_PERIOD = Kind("a period of a year or more, in years or months first, like P6Y", a_long_period)
HOURS_OR_NONE = Kind("days of the week and times of day, like Mon-Fri 09:00-17:00, or nothing", some_hours)
FOLDER = Kind("an absolute path, not / itself, without ..", a_folder)
NUMBER = Kind("a telephone number in quotes, 3 to 15 digits, a + in front if you like", a_number)
NAME = matching(NAME_GRAMMAR, "a name of small letters, digits and hyphens, at most 40")
WORD = matching(WORD_GRAMMAR, "a word of letters, digits and _ : . / -")
HOST = matching(HOST_GRAMMAR, "a host name or an address")
MAILBOX = matching(MAILBOX_GRAMMAR, "a mail address, like calls@office.example")
ADDRESS = Kind("an IP address in quotes, like 192.0.2.25", an_address)
EXTENSION = matching(
    re.compile(r"[0-9x]{2,8}"), "digits of an extension in quotes, 2 to 8, x for any digit, like 3xx"
)


def or_none(kind: Kind) -> Kind:
    """A kind, or the empty text."""
    return Kind(f"{kind.allowed}, or nothing", lambda value: "" if value == "" else kind.take(value))


ACCESS = or_none(matching(re.compile(r"[0-9]{1,3}"), "1 to 3 digits in quotes, like 9"))
AREA = or_none(matching(re.compile(r"0[1-9][0-9]{1,4}"), "an area code in quotes, with its 0, like 01632"))
WORD_OR_NONE = or_none(WORD)
