"""A recipient is a native age key, an ssh-ed25519 key or an ssh-rsa key; anything else is told why it is not.

Here only the shape is looked at: `firmware.sealing.recipients` reads the key itself.
"""

import re

from firmware.settings.kinds import Kind, Unfit, a_text

AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
"""age.md (version 1), X25519 recipient: Bech32 of 32 bytes is 52 characters and 6 of checksum."""

SSH_ED25519 = re.compile(r"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}(?: .*)?")
"""RFC 8709, section 4: the name and 32 bytes, each behind its length, in Base64."""

SSH_RSA = re.compile(r"ssh-rsa AAAAB3NzaC1yc2E[A-Za-z0-9+/]{100,}={0,2}(?: .*)?")
"""RFC 4253, section 6.6; at least 2048 bits are asked for where the key is read."""

REASONS: tuple[tuple[str, str], ...] = (
    ("sk-", "a security key (sk-) can sign but cannot open a sealed file, so it cannot be a recipient"),
    ("ecdsa-", "age has no recipient of the ecdsa kind"),
    ("ssh-dss", "age has no recipient of the DSA kind"),
    ("age1pq1", "the box seals to X25519 keys only, not to hybrid ones"),
    ("age1tag", "the key of an age plugin needs that plugin's program, which the box does not run"),
    ("ssh-", "this is not a whole SSH public key; it is the one line of the .pub file"),
)
"""Beginning of a key, and why it cannot be a recipient."""

PLUGIN = re.compile(r"age1[a-z0-9+._-]+1[02-9ac-hj-np-z]{6,}")
"""age-plugin.md: the human-readable part of a plugin's recipient is `age1` and the plugin's name."""


def is_native(key: str) -> bool:
    """Whether a key is a native age key, the kind that is kept offline."""
    return key.startswith("age1")


def same_key(key: str) -> str:
    """What two spellings of one key have in common: an SSH key without its comment."""
    return " ".join(key.split()[:2])


def a_recipient(value: object) -> str:
    """A public key of one of the three kinds."""
    key = a_text(value)
    if any(kind.fullmatch(key) for kind in (AGE, SSH_ED25519, SSH_RSA)):
        return key
    raise Unfit(_why_not(key))


def _why_not(key: str) -> str:
    for beginning, reason in REASONS:
        if key.startswith(beginning):
            return reason
    if AGE.fullmatch(key.lower()):
        return "a native age key is written in small letters"
    if PLUGIN.fullmatch(key):
        return "the key of an age plugin needs that plugin's program, which the box does not run"
    if key.startswith("age1"):
        return f"a native age key has 62 characters and neither 1, b, i nor o after age1; this one has {len(key)}"
    return ""


RECIPIENT = Kind("a public key: age1..., ssh-ed25519 ... or ssh-rsa ...", a_recipient)
