"""What the box will do, in sentences that a data protection officer can hold against the notice.

Only settings go in, so two boxes with the same file say the same. Nothing is
promised beyond what a line tells of its calls. Exempt numbers are counted, never printed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from firmware.settings.describe_line import line_sentences
from firmware.settings.mail import MailTls
from firmware.settings.model import Department, Policy, Settings
from firmware.settings.period import joined, parse_period


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading and the sentences under it."""

    heading: str
    sentences: tuple[str, ...]


def topics(settings: Settings) -> list[Topic]:
    """Everything the box will do: the office, each line, each department, the sealing, the box itself."""
    return [
        Topic(f"Office {settings.office.name}", tuple(_office(settings))),
        *(
            Topic(f"Line {line.name} of {line.department}", tuple(line_sentences(settings, line)))
            for line in settings.lines
        ),
        *(
            Topic(f"Department {department.name}", tuple(_department(settings, department)))
            for department in settings.departments
        ),
        Topic("Sealing", tuple(_sealing(settings))),
        Topic("Box", tuple(_box(settings))),
    ]


def sentences(settings: Settings) -> list[str]:
    """The same without headings."""
    return [sentence for topic in topics(settings) for sentence in topic.sentences]


def not_in_force(settings: Settings, today: date) -> list[str]:
    """A sentence for each department whose policy has no version in force on a day."""
    return [
        f"On {_day(today)} no version of policy {department.policy} is in force: nothing that {department.name} "
        "records falls due until one is."
        for department in settings.departments
        if all(policy.effective > today for policy in _versions(settings, department.policy))
    ]


def _office(settings: Settings) -> list[str]:
    office = settings.office
    basis = joined([f"{who}: {what}" for who, what in office.lawful_basis.items()])
    return [
        f"The controller is {office.controller}; contact {office.contact}, data protection officer {office.dpo}.",
        f"The lawful basis is, for {basis}.",
        f"A recording is fetched only for one of these purposes: {joined(list(office.purposes))}.",
        *_exceptional(office.exceptional),
        f"Callers were told: {_said(office.callers_told)}",
        f"Staff were told: {_said(office.staff_told)}",
        "A line that is not in this file is never opened.",
        *_exempt(settings),
    ]


def _exceptional(purposes: tuple[str, ...]) -> list[str]:
    if not purposes:
        return []
    one = len(purposes) == 1
    return [
        f"{joined(list(purposes))} {'is an exception and needs' if one else 'are exceptions and need'} a reason in words each time."
    ]


def _said(text: str) -> str:
    """The office's own words, ending like a sentence."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _exempt(settings: Settings) -> list[str]:
    if not settings.exempt:
        return ["No number is exempt."]
    reasons = joined(list(dict.fromkeys(each.reason for each in settings.exempt)))
    count = len(settings.exempt)
    return [
        f"Calls with {count} exempt number{'' if count == 1 else 's'} are never recorded ({reasons}).",
        "An exempt number is known by the line's caller id and by what is dialled; who withholds it is not recognised.",
    ]


def _department(settings: Settings, department: Department) -> list[str]:
    versions = _versions(settings, department.policy)
    kept = [_kept(policy, nxt) for policy, nxt in zip(versions, [*versions[1:], None], strict=True)]
    if len(versions) > 1:
        kept.append("A later version that is shorter also applies to what was recorded before it.")
    return [
        *kept,
        "Each is destroyed on the day on which it falls due, and a signed certificate says so; a hold for a case keeps it until its release.",
        f"Its contact is {department.contact or settings.office.contact}.",
    ]


def _versions(settings: Settings, name: str) -> list[Policy]:
    named = (policy for policy in settings.policies if policy.name == name)
    return sorted(named, key=lambda policy: policy.effective)


def _kept(policy: Policy, following: Policy | None) -> str:
    period = parse_period(policy.period)
    words = period.words() if period else policy.period
    until = f" until {_day(following.effective - timedelta(days=1))}" if following else ""
    return (
        f"What is recorded from {_day(policy.effective)}{until} is kept for {words}, "
        f"counted in London from the day of its first sample (policy {policy.name}: {policy.reason})."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _sealing(settings: Settings) -> list[str]:
    named = [f"{each.name} ({each.holder})" for each in settings.recipients]
    said = [
        f"Every recording is sealed, as the call happens, to {joined(named)}; each of them opens it alone.",
        "The box holds no key that opens a recording.",
    ]
    if len(named) == 1:
        said.append("If that one private half is lost, so is every recording; the office accepted this.")
    return said


def cell_warnings(settings: Settings) -> list[str]:
    """A sentence where the box has one cell only."""
    if len(settings.cells) > 1:
        return []
    return [
        "There is one cell only: if it is lost, so is every recording on the box that was not fetched (docs/security.md)."
    ]


CERTAINTY = {
    "eeprom": "in the EEPROM at {}, where destroying truly overwrites it",
    "file": "in the file {}, where destroying is a logical deletion, best effort: the disk may keep an old copy",
}
"""What destroying a root key amounts to, for each kind of cell."""


def _cells(settings: Settings) -> str:
    """Where the root key lies, and how certain a destruction then is: as certain as in the weakest cell."""
    written = [(each.kind, each.path) for each in settings.cells]
    cells = written or [("file", settings.storage.data / "cell" / "root.cell")]
    return f"The root key lies {joined([CERTAINTY[kind].format(path) for kind, path in cells])}."


def _box(settings: Settings) -> list[str]:
    servers = settings.clock.servers
    keep = parse_period(settings.audit.keep)
    return [
        f"Everything lies under {settings.storage.data}; the live log takes {settings.storage.live_log_mib} MiB of it.",
        _cells(settings),
        f"Trusted time comes from {joined(list(servers))}."
        if servers
        else "No time server is named: time is trusted when the machine's own service says that it is synchronised.",
        f"A year of the audit log is dropped {keep.words() if keep else settings.audit.keep} after the next one began.",
        _witnesses(settings),
        *_mail(settings),
        _support(settings),
    ]


def _witnesses(settings: Settings) -> str:
    named = [each.name for each in settings.witnesses]
    if not named:
        return "No witness is named: nobody outside the box can tell whether its audit log was replaced."
    return f"The audit log is witnessed by {joined(named)}."


def _support(settings: Settings) -> str:
    """What buyers of a connected product are to be told (SI 2023/1007, schedule 1)."""
    if settings.support is None:
        return "Nobody states until when the box gets security updates, nor whom to tell of a weakness."
    day, contact = _day(settings.support.until), settings.support.contact
    return f"Security updates come until {day}; a weakness is told to {contact}."


UNDER: Final = {
    MailTls.STARTTLS: "under TLS (starttls)",
    MailTls.TLS: "under TLS",
    MailTls.NONE_ON_LAN: "in clear, inside the office's own network",
}
"""How mail goes to the relay, in words."""


def _mail(settings: Settings) -> list[str]:
    """Whether mail is sent, to whom, and to which address alone; it is for whoever lets it through the firewall too."""
    mail, contact = settings.mail, settings.office.contact
    if mail is None:
        return [
            "No mail is sent: open faults are on the lamps, in `callbox shell status` and with the witness."
        ]
    every = joined(list(mail.to or (contact,)))
    loss = (
        f", and those about keeping or loss to {contact} too"
        if contact not in (mail.to or (contact,))
        else ""
    )
    return [
        f"Mail about open faults goes to {every}{loss}: at once, and once a day while they stand.",
        f"It goes to the relay {mail.relay} at {mail.address}, port {mail.port}, {UNDER[mail.tls]}, and nowhere else.",
    ]
