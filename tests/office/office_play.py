"""An office's sheet comes true, sentence by sentence, on the real recorder and the real keeper."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from office_box import OfficeBox
from office_checks import CHECKS_OF_KEPT
from office_gone import CHECKS_OF_GONE
from office_holds import CHECKS_OF_HOLDS, STEPS_OF_HOLDS
from office_kept import CALLER, Kept, kept_of
from office_people import CHECKS_OF_PEOPLE, STEPS_OF_PEOPLE

from firmware.clock import LONDON, ClockState
from tests.rigs.telephones import Telephones
from tests.scenarios.office_sheet import Said, seconds

ROUNDS = ((0, 10), (1, 40), (12, 0))
"""When the keeper is given a turn on a day: hours and minutes in London. Marking and destroying are an hour apart."""

NEAR = timedelta(days=3)
"""So near a due day, or before the moment of a sentence, every day is lived through; else one in two weeks."""

FAR = timedelta(days=14)


@dataclass
class Play:
    """A sheet in play: the box, what was recorded so far, and the call that goes on."""

    box: OfficeBox
    last: str = ""
    named: dict[str, Kept] = field(default_factory=dict)
    every: dict[str, Kept] = field(default_factory=dict)
    going_on: tuple[Telephones, str] | None = None
    hold: str = ""
    copy: str = ""

    def tell(self, said: Said) -> None:
        """One sentence: time goes on to its moment, then it happens, or is looked at."""
        if said.at is not None:
            self.pass_to(said.at)
        means, words = said.sentence.means, said.sentence.words
        if means in STEPPED:
            STEPPED[means](self, *words)
        else:
            CHECKED[means](self, *words)

    def pass_to(self, at: datetime) -> None:
        """Time goes on, through every night on which something may fall due."""
        if self.going_on:
            self._talk_until(at)
            return
        for moment in self._rounds(at):
            self.box.pass_to(moment)
            self.box.turn()
            if (moment.hour, moment.minute) == ROUNDS[0]:
                self.box.awake()
        self.box.pass_to(at)
        self.box.anew()
        self.box.turn()

    def now(self) -> datetime:
        """The moment, in London."""
        return datetime.fromtimestamp(self.box.clock.stamp().wall_ns / 1e9, UTC).astimezone(LONDON)

    def of(self, recording: str) -> Kept:
        """The recording that a sentence speaks of."""
        return self.every[self.last] if recording == "that recording" else self.named[recording[-1]]

    def _talk_until(self, at: datetime) -> None:
        assert self.going_on is not None
        self.going_on[0].run(at.timestamp() - self.now().timestamp())

    def _rounds(self, until: datetime) -> Iterator[datetime]:
        day, now = self.now().date(), self.now()
        while day <= until.date():
            for hour, minute in ROUNDS:
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)
                if now.timestamp() < moment.timestamp() < until.timestamp():
                    yield moment
            day = self._next(day, until.date())

    def _next(self, day: date, until: date) -> date:
        """Tomorrow where something is near; else in two weeks, or three days before the next thing."""
        days = {date.fromisoformat(each["due"]) for each in self.box.listed() if each["due"]} | {until}
        ahead = [each - day for each in days]
        if any(abs(each) <= NEAR for each in ahead):
            return day + timedelta(days=1)
        return day + min((each - NEAR for each in ahead if FAR > each - NEAR > timedelta(0)), default=FAR)

    def taken_in(self, name: str | None) -> None:
        """What the call left is taken in; its recording is remembered as it is now."""
        self.box.take_in()
        for row in self.box.listed():
            if row["id"] not in self.every:
                self.every[row["id"]] = kept_of(self.box, row)
                self.last = row["id"]
        if name:
            self.named[name] = self.every[self.last]


def line_of(box: OfficeBox, name: str) -> str:
    """The line of a name, or the first recorded line of a department of that name."""
    lines = box.settings.recorded_lines
    return next(each.name for each in lines if name in (each.name, each.department))


def _lifted(play: Play, name: str) -> tuple[Telephones, str]:
    telephones, line = play.box.telephones(), line_of(play.box, name)
    telephones.say(line, "ring")
    telephones.say(line, f"caller-id {CALLER}")
    telephones.say(line, "lift")
    return telephones, line


def _put_down(play: Play, telephones: Telephones, line: str, name: str | None) -> None:
    telephones.say(line, "replace")
    telephones.stop()
    play.taken_in(name)


def call(play: Play, line: str, length: str, name: str | None) -> None:
    """A whole call."""
    telephones, lifted = _lifted(play, line)
    telephones.run(seconds(length))
    _put_down(play, telephones, lifted, name)


def callers(play: Play, number: str, line: str) -> None:
    """Several short calls, each with a recorder that was started anew."""
    for _ in range(int(number)):
        call(play, line, "0:05", None)


def objects(play: Play, line: str, after: str, until: str, name: str | None) -> None:
    """A call in which the opt-out is pressed."""
    telephones, lifted = _lifted(play, line)
    telephones.run(seconds(after))
    telephones.press(desk_of(play.box, lifted), "opt-out")
    telephones.run(seconds(until) - seconds(after))
    _put_down(play, telephones, lifted, name)


def pays(play: Play, line: str, start: str, stop: str, until: str, name: str | None) -> None:
    """A call with a pause."""
    telephones, lifted = _lifted(play, line)
    telephones.run(seconds(start))
    telephones.press(desk_of(play.box, lifted), "pause")
    telephones.run(seconds(stop) - seconds(start))
    telephones.press(desk_of(play.box, lifted), "pause")
    telephones.run(seconds(until) - seconds(stop))
    _put_down(play, telephones, lifted, name)


def desk_of(box: OfficeBox, line: str) -> str:
    """The desk whose buttons act on a line."""
    return next(each.name for each in box.settings.desks if line in each.lines)


def begins(play: Play, line: str) -> None:
    """A call that goes on while other sentences are told."""
    play.going_on = _lifted(play, line)


def ends(play: Play, name: str | None) -> None:
    """The call that goes on ends."""
    assert play.going_on is not None
    telephones, line = play.going_on
    play.going_on = None
    _put_down(play, telephones, line, name)


def clock(play: Play, no_longer: str | None) -> None:
    """The clock loses or gets its trust."""
    play.box.clock.state = ClockState.UNTRUSTED if no_longer else ClockState.TRUSTED
    play.box.turn()


def period(play: Play, policy: str, before: str, after: str) -> None:
    """A person changes the settings, and the keeper is started with them."""
    text = play.box.config.read_text()
    written = f'name = "{policy}"\nperiod = "{before}"'
    assert text.count(written) == 1
    play.box.config.write_text(text.replace(written, f'name = "{policy}"\nperiod = "{after}"'))
    play.box.restart()
    play.box.turn()


def restart(play: Play) -> None:
    """The machine starts again: it is another boot."""
    play.box.clock.boot_id += ", again"
    play.box.restart()
    play.box.turn()


STEPPED: Mapping[str, Callable[..., None]] = {
    "call": call,
    "callers": callers,
    "objects": objects,
    "pays": pays,
    "begins": begins,
    "ends": ends,
    "clock": clock,
    "period": period,
    "restart": restart,
    **STEPS_OF_HOLDS,
    **STEPS_OF_PEOPLE,
}
"""How each step is brought about."""

CHECKED: Mapping[str, Callable[..., None]] = {
    **CHECKS_OF_KEPT,
    **CHECKS_OF_GONE,
    **CHECKS_OF_HOLDS,
    **CHECKS_OF_PEOPLE,
}
"""How each claim is looked at."""
