"""What the keeper remembers from its audit log when it starts: no other file has to agree with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from firmware.audit.entries import What


@dataclass(slots=True)
class History:
    """Filled entry by entry while the log is opened.

    `night` is the London date of the newest live key, `promised` the generations that
    were to be destroyed and are not entered as destroyed, `settings` the digest last in force.
    """

    night: date | None = None
    settings: str | None = None
    promised: set[int] = field(default_factory=set)

    def visit(self, entry: Mapping[str, Any]) -> None:
        """One more entry, in order."""
        match entry["what"]:
            case What.LIVE_MADE:
                self.night = date.fromisoformat(entry["on"])
            case What.WILL_DESTROY:
                self.promised.add(entry["generation"])
            case What.DESTROYED:
                self.promised.discard(entry["generation"])
            case What.SETTINGS:
                self.settings = entry["digest"]
