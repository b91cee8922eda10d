"""Each day the keeper signs what the next fourteen days will destroy; a run keeps to such lists.

1. A list is written under a clock by which things may be destroyed, once a London day, and again where it
   would say something else. It is named by that day.
2. It names day keys and, for what falls due early, recordings: each with its day.
3. A list that does not verify, or is of another box, counts for nothing.
4. Lists older than sixty days are removed: their days are long past.
"""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from firmware.clock import Stamp
from firmware.retention.disposal import FORESEEN_DAYS, Foretold
from firmware.sealing.facts import stamp_json
from firmware.vault import durable
from firmware.vault.reading import UnreadableError, base64, canonical, read_object
from firmware.vault.signing import FORECAST, Signer, verify

KEPT: Final = timedelta(days=60)
"""Our choice: a list speaks of fourteen days, and a person may ask about the last weeks."""


class Forecasts:
    """The lists in a folder."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer
        self._lists = {each.written: each for path in folder.glob("*.json") if (each := self._read(path))}

    def lists(self) -> Iterable[Foretold]:
        """Every list that counts."""
        return self._lists.values()

    def named(self, day: date) -> frozenset[str]:
        """What the list of a day names; nothing where there is none."""
        known = self._lists.get(day)
        return frozenset(known.days if known else ())

    def write(self, today: date, named: Mapping[str, date], now: Stamp) -> bool:
        """Sign the list of today; False where it is there already and says the same."""
        last = today + timedelta(days=FORESEEN_DAYS)
        days = {name: day for name, day in named.items() if day <= last}
        known = self._lists.get(today)
        if known is not None and known.days == days:
            return False
        told = {name: day.isoformat() for name, day in sorted(days.items())}
        content = canonical({"format": 1, "on": today.isoformat(), "written": stamp_json(now), "due": told})
        signature = base64(self._signer.sign(FORECAST, content))
        written = {"forecast": content.decode(), "signature": signature, "signer": self._signer.name}
        durable.write(self._folder / f"{today.isoformat()}.json", canonical(written))
        self._lists[today] = Foretold(today, days)
        self._forget(today - KEPT)
        return True

    def _forget(self, before: date) -> None:
        for day in [each for each in self._lists if each < before]:
            durable.remove(self._folder / f"{day.isoformat()}.json")
            del self._lists[day]

    def _read(self, path: Path) -> Foretold | None:
        try:
            fields = read_object(path.read_bytes(), path.name)
            content = fields.text("forecast").encode()
            if not verify(self._signer.public, FORECAST, content, b64decode(fields.text("signature"))):
                return None
            told = read_object(content, path.name)
            told.require_format(1)
            due = told.inner("due")
            days = {name: date.fromisoformat(due.text(name)) for name in due.content}
            return Foretold(date.fromisoformat(told.text("on")), days)
        except (UnreadableError, ValueError):
            return None
