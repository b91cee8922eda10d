"""`help`, `help VERB`, and what `ssh you@box` alone prints: what can be asked here, in three examples and a list."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from firmware.call.typed import said
from firmware.shell.calling import as_called, called
from firmware.shell.verbs import HELP
from firmware.shell.words import refused

EXAMPLES: Final = """\
  {ssh} list --on 2026-03-02
                                   the recordings of that day
  {ssh} get ID --purpose {purpose} --ref C12 > call.age
                                   one of them, sealed; `age -d -i key.txt call.age > call.flac` opens it
  {ssh} help get
                                   more about one word
"""


def general() -> str:
    """All verbs, as the shell on the box itself prints them."""
    return HELP


def of_verb(verb: str) -> str:
    """The lines of one verb, and what they do not say; refuses a word that is none."""
    found = [entry for entry in _entries() if verb in _names(entry)]
    if not found:
        raise refused(f"there is no help for {said(verb)}: no verb has that name")
    from firmware.shell.teaching import MORE  # noqa: PLC0415  only who asks for it

    return as_called(f"{called()} ...\n\n{''.join(found)}\n{MORE[verb]}")


def for_person(told: Mapping[str, Any]) -> str:
    """Who is asking, until when his key counts, three examples, every verb."""
    ssh = called()
    example = EXAMPLES.format(ssh=ssh, purpose=told["purposes"][0])
    return f"{_who(told)}\n\nFor example:\n\n{example}\n{ssh} VERB ...\n\n{as_called(''.join(_entries()))}"


def _who(told: Mapping[str, Any]) -> str:
    """One sentence, or two."""
    full = f" ({told['full']})" if told["full"] else ""
    this = f"This is Callbox. You are {told['name']}{full}; everything you ask is entered in the audit log."
    if told["until_ns"] is None:
        return this
    from firmware.shell.tables import last_day  # noqa: PLC0415  only where there is a day to tell

    return f"{this}\nYour key counts until the end of {last_day(told['until_ns'])}."


def _entries() -> Iterator[str]:
    """Each verb's lines of the page: one that is indented by two begins an entry."""
    entry = ""
    for line in HELP.splitlines(keepends=True)[1:]:
        if line.startswith("  ") and line[2:3].strip():
            if entry:
                yield entry
            entry = line
        elif line.startswith("   "):
            entry += line
    if entry and not entry.startswith("  --config"):
        yield entry


def _names(entry: str) -> set[str]:
    """The verbs that an entry is about: its first word, and each first word after a comma."""
    return {part.split()[0] for part in entry.splitlines()[0].split(",") if part.split()}
