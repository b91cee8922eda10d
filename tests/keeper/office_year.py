"""A year of an office for one box: its calls, its closures, the clocks going forward and back, and nobody who looks.

1. Monday to Friday from nine to five, Mondays 1.6 times as many calls, now and then one late at night.
2. Six weeks of summer without a call, the box on. Eleven days of Christmas with the box off.
3. Recordings are copies of one that the recorder's own code finished, each under its own name, time and lock.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from firmware.clock import LONDON, ClockState, GivenClock, Stamp
from firmware.sealing.age import Identity, lock, unlock
from firmware.sealing.facts import stamp_json
from firmware.sealing.making import fresh_id
from firmware.vault.reading import canonical
from tests.keeper.keeper_rig import House, Keeping

BEGIN = datetime(2027, 3, 1, tzinfo=UTC)
CALLS_UNTIL = date(2028, 3, 2)
"""A year and a day, so that a call of 29 February is among them."""

SUMMER = (date(2027, 7, 26), date(2027, 9, 5))
OFF = (datetime(2027, 12, 23, 17, tzinfo=UTC), datetime(2028, 1, 3, 17, tzinfo=UTC))
"""The box is switched off on the evening before Christmas Eve, and on again eleven days later."""

LOOKS = (time(0, 20), time(1, 40), time(16, 30), time(23, 20))
"""UTC; after either midnight of London, an hour and more after it, and when people are there."""


def looks(day: date) -> list[time]:
    """When the keeper is given a turn; after the days off every half hour, as it then looks every ten minutes."""
    after = OFF[1].date() <= day <= OFF[1].date() + timedelta(days=2)
    return (
        sorted({*LOOKS, *(time(hour, minute) for hour in range(24) for minute in (5, 35))})
        if after
        else [*LOOKS]
    )


@dataclass
class Year:
    """One box through its year. `due` is not the box's word: who judges it adds it."""

    house: House
    busy: float
    random: Random
    began: dict[str, datetime] = field(default_factory=dict)
    not_foretold: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.house.clock
        assert isinstance(self.clock, GivenClock)
        with self.house.keeper() as keeping:
            self.told, self.body, self.header, self.details = self._first(keeping)

    def _first(self, keeping: Keeping) -> tuple[dict[str, Any], bytes, bytes, bytes]:
        """A recording as the recorder finishes it, and what its lock holds."""
        spool = self.house.places.spool
        name = self.house.spool_finished(seconds=0.05)
        told = json.loads((spool / f"{name}.json").read_bytes())
        identity = Identity(keeping.box.vault.table.key(f"live-{told['live']}"))
        header, details = (unlock(b64decode(told[each]), identity) for each in ("header", "details"))
        body = (spool / f"{name}.body").read_bytes()
        (spool / f"{name}.json").unlink()
        (spool / f"{name}.body").unlink()
        return told, body, header, details

    def days(self, until: date) -> Iterator[Keeping]:
        """Day after day up to a date; what is yielded is the keeper at each end of a day."""
        for off, on in ((OFF[0], OFF[1]), (None, None)):
            with self.house.keeper() as keeping:
                while self.now.date() < until and (off is None or self.now < off):
                    self._day(keeping, off)
                    yield keeping
            if off is not None and on is not None and self.now.date() < until:
                self.clock.reboot("after Christmas", (on - self.now).total_seconds())

    @property
    def now(self) -> datetime:
        """UTC, by the box's own clock, which is right."""
        return datetime.fromtimestamp(self.clock.stamp().wall_ns / 1e9, UTC)

    def _day(self, keeping: Keeping, off: datetime | None) -> None:
        day = self.now.date()
        for look in looks(day):
            at = datetime.combine(day, look, UTC)
            if at <= self.now or (off is not None and at > off):
                continue
            self.clock.advance((at - self.now).total_seconds())
            if look == time(16, 30):
                self._calls(day)
            self.house.write_lines(using=self.house.live.generation)
            keeping.turn()
            if "vault.not-foretold" in self.house.codes():
                self.not_foretold.append(at)
        midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
        self.clock.advance((min(midnight, off or midnight) - self.now).total_seconds())

    def _calls(self, day: date) -> None:
        """The day's calls, handed on in the afternoon."""
        closed = SUMMER[0] <= day <= SUMMER[1] or day > CALLS_UNTIL
        if closed or day.weekday() >= 5:
            return
        mean = self.busy * (1.6 if day.weekday() == 0 else 1)
        locked = self._locked()
        for _ in range(int(mean + self.random.random())):
            self._call(day, locked)

    def _call(self, day: date, locked: dict[str, str]) -> None:
        late = self.random.random() < 0.1
        begins = time(23, self.random.randrange(60)) if late else time(9 + self.random.randrange(7), 5)
        at = datetime.combine(day - timedelta(days=late), begins, LONDON)
        name, now = fresh_id(), self.clock.stamp()
        ago = now.wall_ns - round(at.timestamp()) * 10**9
        stamp = Stamp(now.wall_ns - ago, max(0, now.boottime_ns - ago), now.boot_id, ClockState.TRUSTED)
        facts = {**self.told["facts"], "id": name, "call": fresh_id(), "began": stamp_json(stamp)}
        spool = self.house.places.spool
        (spool / f"{name}.body").write_bytes(self.body)
        facts["settings"] = self.house.settings.digest
        (spool / f"{name}.json").write_bytes(canonical({**self.told, **locked, "facts": facts}))
        self.began[name] = at

    def _locked(self) -> dict[str, Any]:
        """Header and details under the live key of the day."""
        live = self.house.live
        locks = {"header": lock(self.header, live.recipient), "details": lock(self.details, live.recipient)}
        return {"live": live.generation} | {name: b64encode(each).decode() for name, each in locks.items()}


def office(folder: Path, period: str, seed: int, busy: float) -> Year:
    """A box whose only policy has this period, on the morning of its first day."""
    house = House(folder, GivenClock(BEGIN))
    house.config.write_text(house.config.read_text().replace('period = "P30D"', f'period = "{period}"'))
    return Year(house, busy, Random(seed))
