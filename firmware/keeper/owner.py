"""A box is opened and made by the account that its vault belongs to, and by no other, root included.

What root or a colleague made there, the keeper could not open at its next start.
"""

import os
import pwd

from firmware.faults import Refused
from firmware.vault.places import Places


def require_own(places: Places) -> None:
    """Refuse a box of somebody else; where there is no vault yet, anybody may make one."""
    try:
        owner = places.vault.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError as error:
        shut = f"the box in {places.data} is not yours: account {name_of(os.geteuid())} may not look into it"
        hint = "use the keeper's own account: sudo -u callbox-keeper callbox ..."
        raise Refused("refused.not-you", shut, hint) from error
    if owner != os.geteuid():
        raise Refused(
            "refused.not-you",
            f"the box in {places.data} belongs to {name_of(owner)}; this is {name_of(os.geteuid())}",
            f"use its own account: sudo -u {name_of(owner)} callbox ..., or systemctl start callbox-keeper",
        )


def name_of(uid: int) -> str:
    """The name of an account, `#N` where it has none (as sudo takes it)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
