"""What comes from the exchange on each row: caller ids, ringing, alerts, reversals and breaks.

One detector of the ear (`ear.Detector`) around parts that look at the same past.
"""

from firmware.signal.caller_id import CallerIds
from firmware.signal.dtmf import Keyed
from firmware.signal.events import SignalEvent
from firmware.signal.line_events import Alerts, Clicks
from firmware.signal.past import Past
from firmware.signal.ringing import Rings
from firmware.signal.windows import Heard


class Exchange:
    """Hears the exchange on up to `rows` rows of one rate."""

    def __init__(self, rate: int, rows: int) -> None:
        self._past = Past(rows)
        clicks = Clicks(self._past)
        self._rings, self._caller_ids = Rings(rate, self._past), CallerIds(rate, self._past)
        self._parts = clicks, Alerts(self._past, clicks), self._rings, self._caller_ids

    @property
    def busy(self) -> frozenset[int]:
        """Rows that ring, or on which a caller id is being received: what is loud there is no voice."""
        return self._rings.on | self._caller_ids.receiving

    def listen(self, heard: Heard, keyed: Keyed) -> list[tuple[int, SignalEvent]]:
        """What is decided now, in the order of its beginning; it keys nothing and looks at no key."""
        del keyed
        self._past.take(heard)
        told = [each for part in self._parts for each in part.listen(heard)]
        return sorted(told, key=lambda each: each[1].at)

    def forget(self, row: int) -> None:
        """The row begins anew, and nothing of its past is kept."""
        self._past.forget(row)
        for part in self._parts:
            part.forget(row)
