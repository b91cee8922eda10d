"""A year of an office: everything goes on its day, nothing before, and nobody is asked."""

import os
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta

from firmware.audit.certificate import content_of, wrong_with
from firmware.clock import LONDON
from tests.keeper.office_year import CALLS_UNTIL, OFF, Year, office

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIODS = {
    "P30D": relativedelta(days=30),
    "P130D": relativedelta(days=130),
    "P3M": relativedelta(months=3),
    "P12M": relativedelta(months=12),
    "P2Y130D": relativedelta(years=2),
}
"""What python-dateutil is to add; of the last one the days come after it."""

SOAK = os.environ.get("CALLBOX_EXAMPLES") == "soak"
TOLD = list(PERIODS) if SOAK else ["P30D"]


def due_of(began: datetime, period: str) -> datetime:
    """Midnight in London at the begin of the due day, by another calendar than the box's."""
    day = began.astimezone(LONDON).date() + PERIODS[period]
    return datetime.combine(day + (130 * DAY if period == "P2Y130D" else 0 * DAY), time(), LONDON)


def latest(due: datetime) -> datetime:
    """By when it is gone: within the day; around the eleven days off, within 26 hours of the box's running again.

    A box that was off for more than a day settles for a day before it destroys, and then an hour
    lies between mark and destruction.
    """
    if OFF[0] - DAY < due < OFF[1] + DAY:
        return max(due + DAY, OFF[1] + 26 * HOUR)
    return due + DAY


@pytest.mark.slow
@pytest.mark.timeout(3600 if SOAK else 300)
@pytest.mark.parametrize("period", TOLD)
def test_a_year_of_an_office(tmp_path: Path, period: str) -> None:
    """Each recording is destroyed between its due day and 24 hours later, with a certificate, and none earlier."""
    year = office(tmp_path, period, seed=int(os.environ.get("CALLBOX_SEED", "7")), busy=4 if SOAK else 1.2)
    until = (
        due_of(datetime.combine(CALLS_UNTIL if SOAK else date(2028, 2, 29), time(12), LONDON), period).date()
        + 3 * DAY
    )
    for _ in year.days(until):
        pass
    destroyed = gone(year)
    end = datetime.combine(until, time(), LONDON)
    for name, began in year.began.items():
        due = due_of(began, period)
        if name in destroyed:
            assert due <= destroyed[name] <= latest(due), (began, due, destroyed[name])
        else:
            assert latest(due) > end, (began, due)
    assert not standing_longer_than(year.not_foretold, DAY)
    stands(year, set(year.began) - set(destroyed))
    assert len(year.began) > 200
    assert any(began.date() == date(2028, 2, 28) for began in year.began.values())


def gone(year: Year) -> dict[str, datetime]:
    """What certificates say was destroyed, each recording in one of them only, and when."""
    found: dict[str, datetime] = {}
    public = (year.house.places.vault / "signing.pub").read_bytes()
    for number, path in enumerate(sorted(year.house.places.certificates.glob("*.json"))):
        written = path.read_bytes()
        assert number % 50 or wrong_with(written, public_key(year)) is None, public
        content = content_of(written)
        at = datetime.fromtimestamp(content.whole("destroyed_ns") / 1e9, LONDON)
        for each in content.each("recordings"):
            assert each.text("id") not in found
            found[each.text("id")] = at
    return found


def public_key(year: Year) -> bytes:
    with year.house.keeper() as keeping:
        return keeping.box.signer.public


def standing_longer_than(seen: list[datetime], longest: timedelta) -> bool:
    """Whether a fault that was seen at these looks stood without a break for longer."""
    begun = None
    for before, at in zip([None, *seen], seen, strict=False):
        begun = at if before is None or at - before > 12 * HOUR else begun
        if begun is not None and at - begun > longest:
            return True
    return False


def stands(year: Year, alive: set[str]) -> None:
    """What was not destroyed opens and has its body; of the rest nothing is left, no draft and no shard."""
    house = year.house
    with house.keeper() as keeping:
        box = keeping.box
        assert {each for _, each, _ in box.vault.everything()} == alive
        assert {path.stem for path in house.places.store.iterdir()} == alive
        assert box.catalogue.count() == len(alive)
        assert {path.stem for path in house.places.shards.iterdir()} <= set(box.vault.table.ids())
        assert list(house.places.certificates.glob("*.draft")) == []
        entries = list(box.log.entries())
        assert {each.get("person") for each in entries} == {None}
