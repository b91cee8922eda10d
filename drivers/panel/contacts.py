"""Buttons without hardware: which level every contact has in every state of its button.

A changeover contact (normally open, normally closed) tells four states apart, a single contact two
(research: hardware, section 0.6). In a press the closed contact opens before the open one closes; in
a release the other way about: a changeover breaks before it makes.
"""

from collections.abc import Mapping

from drivers.facts import DriverError

CHANGEOVER = {
    "up": (True, False),
    "down": (False, True),
    "unplugged": (True, True),
    "short": (False, False),
}
"""Levels of (normally open, normally closed): open is high, by the pull-up at the box."""

SINGLE = {"up": (True,), "down": (False,), "unplugged": (True,), "short": (False,)}
"""Levels of a normally open contact: unplugged looks like up, which is why a changeover is asked for."""


class Contacts:
    """The levels of all contacts of a panel; every button is up at the start."""

    def __init__(self, inputs: Mapping[str, tuple[str, ...]]) -> None:
        self._inputs = dict(inputs)
        self.levels: dict[str, bool] = {}
        for button in self._inputs:
            self.change(button, "up")

    def change(self, button: str, state: str) -> list[tuple[str, bool]]:
        """Bring a button into a state; the contacts that changed and their levels, in the order of a real one."""
        contacts = self._inputs.get(button, ())
        levels = (CHANGEOVER if len(contacts) == 2 else SINGLE).get(state)
        if not contacts or levels is None:
            known = f"buttons: {', '.join(self._inputs)}; states: {', '.join(SINGLE)}"
            raise DriverError(f"no such button or state; {known}")
        wanted = zip(contacts, levels, strict=True)
        changed = [(contact, high) for contact, high in wanted if self.levels.get(contact) is not high]
        self.levels.update(changed)
        return sorted(changed, key=lambda each: not each[1])
