"""`[mail]`: where it may go, in what form, and what the box says of it."""

import pytest

from firmware.settings.describe import sentences
from firmware.settings.mail import MailTls
from tests.settings.sample import SMALL, mistakes, settings_of

CONTACT = ('contact = "office at quay"', 'contact = "calls@quay.example"')
MAIL = '[mail]\nrelay = "mail.quay.example"\naddress = "192.168.1.25"\nfrom = "box@quay.example"\n'


def with_mail(more: str = "", mail: str = MAIL) -> tuple[str, tuple[str, str]]:
    """The small settings with a relay."""
    return f"{SMALL}{mail}{more}", CONTACT


def test_it_may_be_left_out_and_has_defaults() -> None:
    """No table, no mail; a table of three keys is starttls at 587 to the office's contact."""
    assert settings_of(SMALL).mail is None
    mail = settings_of(*with_mail()).mail
    assert mail is not None
    assert (mail.port, mail.tls, mail.to, mail.user, mail.ca) == (587, MailTls.STARTTLS, (), "", "")


def said(*edits: tuple[str, str], more: str = "") -> list[str]:
    """What the box says of mail."""
    text, contact = with_mail(more)
    return [
        each
        for each in sentences(settings_of(text, contact, *edits))
        if ("ail" in each and "relay" in each) or "Mail" in each
    ]


def test_the_box_says_to_whom_and_to_which_address_alone() -> None:
    """The contact is told of keeping and loss whoever else is told; in clear is said to be in clear."""
    assert said() == [
        "Mail about open faults goes to calls@quay.example: at once, and once a day while they stand.",
        "It goes to the relay mail.quay.example at 192.168.1.25, port 587, under TLS (starttls), and nowhere else.",
    ]
    both = said(more='to = ["it@quay.example"]\ntls = "none-on-lan"\nport = 25\n')
    assert "goes to it@quay.example, and those about keeping or loss to calls@quay.example too:" in both[0]
    assert "port 25, in clear, inside the office's own network, and nowhere else." in both[1]
    assert any(each.startswith("No mail is sent") for each in sentences(settings_of(SMALL)))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (("192.168.1.25", "mail.quay.example"), "allowed is an IP address in quotes"),
        (("192.168.1.25", "192.168.1.0/24"), "allowed is an IP address in quotes"),
        (('"box@quay.example"', '"box"'), "allowed is a mail address"),
        (('"box@quay.example"', '"a@quay.example, b@quay.example"'), "allowed is a mail address"),
        (('"box@quay.example"', '"box@quay.example\\nBcc: x@y.example"'), "allowed is a mail address"),
        (("[mail]", '[mail]\ntls = "none-on-lan"\nuser = "box"'), "no password is sent in clear"),
        (("[mail]", '[mail]\ntls = "none"'), 'allowed is "starttls", "tls" or "none-on-lan"'),
        (
            ('address = "192.168.1.25"', 'address = "8.8.8.8"\ntls = "none-on-lan"'),
            "the office's own network only",
        ),
        (("[mail]", "[mail]\npassword = 1"), "no such key"),
        ((CONTACT[1], CONTACT[0]), "it must be a mail address"),
    ],
)
def test_what_is_no_relay_is_refused(edit: tuple[str, str], sentence: str) -> None:
    """A name for an address, a network, what is no mailbox, a password in clear, mail in clear to the world."""
    text, contact = with_mail()
    (mistake,) = mistakes(text, contact, edit)
    assert sentence in mistake
