"""A keeper that takes some turns with rests between them and ends; one of its calls is refused on the way."""

import sys
from pathlib import Path

from firmware.clock import GivenClock
from firmware.faults import Fault
from firmware.keeper.live import PUBLISHED
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.vault.reading import read_object
from tests.faults.power_story import DAY_S
from tests.faults.sick_disk import REST_S, TURNS
from tests.keeper.keeper_rig import MORNING


def main(config: Path) -> None:
    """Open on the second day, turn and rest; the recorder uses the newest live key."""
    clock = GivenClock(MORNING)
    clock.advance(2 * DAY_S)
    with opened(config, clock) as (box, history):
        keeper = Keeper(box, history, Notifier({}))
        for _ in range(TURNS):
            published = read_object((box.places.published / PUBLISHED).read_bytes(), PUBLISHED)
            live = f'{{"using":{published.whole("generation")},"oldest":null,"tainted":null}}'
            (box.places.run / "lines").write_text(f'{{"live":{live}}}')
            keeper.turn()
            clock.advance(REST_S)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Fault as fault:
        sys.exit(str(fault))
