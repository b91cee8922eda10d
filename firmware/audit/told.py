"""A certificate in sentences, for the person who holds it; whether it is true was asked before."""

from collections.abc import Iterator
from datetime import UTC, datetime

from firmware.clock import LONDON
from firmware.vault.reading import Fields


def told(content: Fields) -> Iterator[str]:
    """What a certificate says, in sentences; whether it is true was asked before."""
    gone = [each.text("id") for each in content.each("recordings")]
    held, out = content.texts("still_held"), len(content.each("copies_not_confirmed_destroyed"))
    yield f"On {_moment(content.whole('destroyed_ns'))} this box destroyed {_count(len(gone), 'recording')}"
    yield f"because {content.text('because')}: {', '.join(gone) or 'keys only'}."
    yield f"Keys destroyed: {', '.join(content.texts('keys'))}. Method: {content.text('method')}."
    if held:
        yield f"Locked with them too, and kept by a hold: {', '.join(held)}."
    if out:
        yield f"{_count(out, 'copy', 'copies')} handed out earlier and not confirmed destroyed: this proves nothing of those."
    index = content.inner("log").whole("index")
    yield f"It is signed by this box's key, and entry {index} of its audit log, up to a signed checkpoint, says the same."


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def _moment(wall_ns: int) -> str:
    return f"{datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON):%d %B %Y at %H:%M %Z}".lstrip("0")
