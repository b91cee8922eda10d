"""A letter in plain text: codes, sentences of the box and next steps; nothing of callers, calls or persons of the office."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

from firmware.clock import LONDON
from firmware.mail.news import Name, News, Open, Told


def letter(office: str, sender: str, to: str, said: News, now_ns: int) -> EmailMessage:
    """What one addressee is told; refuses nothing, sends nothing."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Callbox", addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = f"Callbox of {office}: {_counts(said)}"
    message["Date"] = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    message["Message-ID"] = f"<{uuid4()}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5: no out-of-office answer comes back
    message.set_content("\n".join(_lines(office, said, now_ns)))
    return message


def _counts(said: News) -> str:
    new = f"{len(said.new)} new fault{'' if len(said.new) == 1 else 's'}"
    counts = ((new, said.new), (f"{len(said.cleared)} cleared", said.cleared))
    told = [text for text, found in (*counts, (f"{len(said.standing)} still open", said.standing)) if found]
    return ", ".join(told)


def _lines(office: str, said: News, now_ns: int) -> Iterator[str]:
    yield f"The call recorder of {office}, on {_moment(now_ns)}."
    if said.new:
        yield "\nNEW\n"
        yield "\n\n".join(map(_open, said.new))
    if said.cleared:
        yield "\nCLEARED\n"
        yield from (_cleared(name, told) for name, told in said.cleared)
    if said.standing:
        yield "\nSTILL OPEN, AND NOBODY SAID THAT IT IS KNOWN\n"
        yield "\n\n".join(map(_open, said.standing))
    yield "\n-- "
    yield "What is known is said to be so over SSH:  ack CODE --reason R  (status lists all that is open)."
    yield "This mail holds nothing of calls or callers. It is sent when something changes, and once a day while a fault stands."


def _open(each: Open) -> str:
    return (
        f"{each.message} [{each.code}]\n"
        f"  since {_moment(each.since_ns)}, about: {each.subject}; {each.owner} acts\n"
        f"  next: {each.hint}"
    )


def _cleared(name: Name, told: Told) -> str:
    code, subject = name
    return f"[{code}] about: {subject}, open since {_moment(told.since_ns)}"


def _moment(wall_ns: int) -> str:
    """A minute in London, with its offset: the reader may be elsewhere."""
    return f"{datetime.fromtimestamp(wall_ns / 1e9, UTC).astimezone(LONDON):%Y-%m-%d %H:%M (%z)}"
