"""The one account that is no person and may knock: the mail process, which asks for nothing but what is to be mailed."""

from typing import Final

from firmware.faults import Refused

ACCOUNT: Final = "callbox-mail"
"""The account of the mail process (systemd/sysusers.d)."""

VERBS: Final = frozenset({"mail", "mailed"})
"""All that it may ask."""


def refuse_others(name: str, verb: str) -> None:
    """Refuse whatever else the mail process asks for: it speaks to the network."""
    if name == ACCOUNT and verb not in VERBS:
        raise Refused(
            "refused.not-you",
            f"account {ACCOUNT} may ask what is to be mailed, and for nothing else",
            "ask as a person: callbox shell help",
        )
