"""What a change of the settings changes, in the same sentences in which the box says what it will do.

Keys and numbers are in no sentence; that they are others is said, what they are is not.
"""

from dataclasses import dataclass
from typing import Final

from firmware.settings.describe import topics
from firmware.settings.model import Settings

TABLES: Final = {
    "policies": "[[policy]]",
    "departments": "[[department]]",
    "taps": "[[tap]]",
    "lines": "[[line]]",
    "desks": "[[desk]]",
    "clock": "[clock]",
    "office": "[office]",
    "storage": "[storage]",
    "mail": "[mail]",
    "support": "[support]",
}
"""Where something may change that no sentence tells, and how the file names it."""


@dataclass(frozen=True, slots=True)
class Change:
    """The sentences that go and that come under one heading."""

    heading: str
    gone: tuple[str, ...]
    come: tuple[str, ...]


def changes(old: Settings, new: Settings) -> list[Change]:
    """Everything that would be said differently, in the order of the headings; empty where nothing would."""
    before = {topic.heading: topic.sentences for topic in topics(old)}
    after = {topic.heading: topic.sentences for topic in topics(new)}
    told = [_change(each, before.get(each, ()), after.get(each, ())) for each in (before | after)]
    unsaid = tuple(_unsaid(old, new, said=any(each.gone or each.come for each in told)))
    return [each for each in [*told, Change("Besides", (), unsaid)] if each.gone or each.come]


def _change(heading: str, before: tuple[str, ...], after: tuple[str, ...]) -> Change:
    gone = tuple(each for each in before if each not in after)
    return Change(heading, gone, tuple(each for each in after if each not in before))


def _unsaid(old: Settings, new: Settings, *, said: bool) -> list[str]:
    """What changes without a sentence of its own."""
    keys = {each.name: each.key for each in old.recipients}
    others = [each.name for each in new.recipients if keys.get(each.name, each.key) != each.key]
    sentences = [f"The key of recipient {name} is another one: it is to be proved anew." for name in others]
    if {each.number for each in old.exempt} != {each.number for each in new.exempt}:
        sentences.append("The exempt numbers are others.")
    tables = [table for name, table in TABLES.items() if getattr(old, name) != getattr(new, name)]
    if tables and not said:
        sentences.append(f"Values that no sentence tells are others: in {', '.join(tables)}.")
    return sentences
