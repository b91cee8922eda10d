"""Settings, and what changed between two versions of them, in the sentences that the box itself would say; recipients first."""

import difflib
from collections.abc import Iterator

from firmware.office.texts import plain
from firmware.settings import Recipient, Settings
from firmware.settings.changes import changes
from firmware.settings.describe import topics


def described(settings: Settings) -> Iterator[str]:
    """Everything that the box does by these settings."""
    for topic in topics(settings):
        yield plain(topic.heading)
        yield from (f"  {plain(sentence)}" for sentence in topic.sentences)


def changed(old: Settings, new: Settings) -> Iterator[str]:
    """What goes (-) and what comes (+), under its heading; who can open recordings from now on stands first."""
    yield from _recipients(old, new)
    told = [each for each in changes(old, new) if each.gone or each.come]
    for each in told:
        yield plain(each.heading)
        yield from (f"  - {plain(sentence)}" for sentence in each.gone)
        yield from (f"  + {plain(sentence)}" for sentence in each.come)
    if not told:
        yield "only remarks or the order of the file changed, or an exempt number"


def lines_changed(old: str, new: str) -> Iterator[str]:
    """The lines that go and that come, where the texts cannot be understood."""
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"  {plain(line[:1])} {plain(line[1:])}"


def _recipients(old: Settings, new: Settings) -> Iterator[str]:
    before, after = ({each.name: each for each in settings.recipients} for settings in (old, new))
    for name in sorted(after.keys() - before.keys()):
        yield f"RECIPIENT {_who(after[name])} was added: it opens what is recorded from then on"
    for name in sorted(before.keys() - after.keys()):
        yield f"RECIPIENT {_who(before[name])} was removed: it opens nothing that is recorded from then on"
    for name in sorted(before.keys() & after.keys()):
        if before[name].key != after[name].key:
            yield f"RECIPIENT {_who(after[name])} has another key: the new one opens what is recorded from then on"


def _who(recipient: Recipient) -> str:
    return plain(f"{recipient.name} ({recipient.holder})")
