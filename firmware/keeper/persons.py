"""Who may ask the keeper: its own account, and every person whose key file stands.

1. A person is a Unix account. Who asks is known from the kernel, never from what is said.
2. The key file `persons/NAME` beside the settings is the truth, looked at for every request: gone, not root's
   own, writable by others, not as we write it, or past its day, and the account may ask for nothing more.
3. A key is past its day when the box's clock says so, or when a time that was believed before did: a clock that
   was set back gives nobody his rights again. A clock that is not to be believed is taken at its word otherwise:
   to trust it less would lock out who can put it right.
"""

import os
from dataclasses import dataclass

from firmware.faults import Refused
from firmware.keeper.door import Person
from firmware.keeper.judged import JudgedClock
from firmware.keeper.key_file import Login
from firmware.keeper.key_folder import KeyFolder
from firmware.vault.reading import UnreadableError


@dataclass(frozen=True, slots=True)
class Persons:
    """The folder of key files, and the clock that they are judged by."""

    files: KeyFolder
    clock: JudgedClock

    def admit(self, person: Person) -> None:
        """Refuse everybody but the keeper's own account and a person whose key counts now."""
        if person.uid != os.geteuid():
            self.login(person)

    def login(self, person: Person) -> Login:
        """What the key file of a person says who may ask now; refuses where it stands no more (rule 2)."""
        try:
            login = self.files.read(person.name)
        except FileNotFoundError as error:
            raise _not_one(person.name) from error
        except (OSError, UnreadableError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Refused(
                "refused.key-file",
                f"account {person.name} may not ask the keeper for anything: {why}",
                f"whoever runs the box writes it anew, as root: callbox person add {person.name} --key FILE",
            ) from error
        if self.past(login):
            raise Refused(
                "refused.key-expired",
                f"the key of {login.name} counted until {login.until:%Y-%m-%d %H:%M} UTC",
                f"whoever runs the box gives it more time, as root: callbox person add {login.name} --until DAY",
            )
        return login

    def past(self, login: Login) -> bool:
        """Whether a key counts no more (rule 3)."""
        standing = self.clock.standing()
        believed = standing.memory.mark_ns if standing.memory else 0
        return max(standing.now.wall_ns, believed) >= login.until_ns


def _not_one(name: str) -> Refused:
    return Refused(
        "refused.not-you",
        f"account {name} may not ask the keeper for anything",
        f"ask as the keeper's own account: sudo -u callbox-keeper callbox shell ...; or become a person, "
        f"as root: callbox person add {name} --key FILE",
    )
