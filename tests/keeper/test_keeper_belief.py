"""Whether the time may be believed: stories of steps, reboots and synchronisations, told to the pure machine."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.clock import BUILT_NS, DAY, SECOND, ClockState, GivenClock, Stamp
from firmware.keeper import belief
from firmware.keeper.belief import BEHIND_NS, LEAP_NS, SETTLING_NS, STEP_NS, Doubt, Memory
from tests.keeper.keeper_rig import MORNING

HOUR, YEAR = 3600 * SECOND, 365 * DAY
LOOK = HOUR
"""How often the story looks at the clock; the keeper looks four times a second."""


class Story:
    """A clock, what is remembered of it, and how wrong it is."""

    def __init__(self) -> None:
        self.clock = GivenClock(MORNING)
        self.memory: Memory | None = None
        self.wrong_ns = 0
        self.forged_ran_ns = 0
        self.boots = 0
        self.look()

    def look(self) -> bool:
        """One look; whether it may destroy."""
        now = self.clock.stamp()
        self.doubt = belief.doubt(self.memory, now)
        self.memory = belief.seen(self.memory, now)
        return self.doubt is None and self.memory is not None and not self.memory.settling

    def run(self, ns: int) -> list[bool]:
        """The box runs, and is looked at; whether it might have destroyed, each time."""
        looks = []
        while ns > 0:
            part = min(ns, LOOK)
            self.clock.advance(part / SECOND)
            self.forged_ran_ns += part if self.wrong_ns > 0 else 0
            looks.append(self.look())
            ns -= part
        return looks

    def step(self, ns: int) -> bool:
        self.clock.step(ns / SECOND)
        self.wrong_ns += ns
        return self.look()

    def reboot(self, off_ns: int, wrong_ns: int = 0) -> bool:
        """Off for a while; then the wall clock is wrong by this much more."""
        self.boots += 1
        self.clock.reboot(f"boot {self.boots}", off_ns / SECOND)
        return self.step(wrong_ns)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_quiet_box_destroys(story: Story) -> None:
    """A clock that is kept, and reboots of minutes: nothing stands in the way, and the mark follows."""
    assert all(story.run(3 * DAY))
    for _ in range(20):
        assert story.reboot(120 * SECOND)
        assert all(story.run(DAY))
    assert story.memory
    assert story.memory.mark_ns == story.clock.stamp().wall_ns


@pytest.mark.parametrize(("off", "may"), [(2 * HOUR, True), (23 * HOUR, True), (25 * HOUR, False)])
def test_a_day_is_the_longest_gap_that_needs_nothing(story: Story, off: int, may: bool) -> None:
    """Two hours across a reboot destroy at once; more than a day does not."""
    assert story.reboot(off) is may


@pytest.mark.parametrize("off", [3 * DAY, 13 * DAY])
def test_a_leap_settles_after_a_day_of_running(story: Story, off: int) -> None:
    """Not an hour earlier; the clock is believed meanwhile, the mark waits, and then follows."""
    assert story.memory
    mark = story.memory.mark_ns
    assert not story.reboot(off)
    assert story.doubt is None
    assert not any(story.run(SETTLING_NS - HOUR))
    assert story.memory.mark_ns == mark
    assert all(story.run(2 * HOUR)[1:])
    assert story.memory.mark_ns == story.clock.stamp().wall_ns


@pytest.mark.parametrize("off", [15 * DAY, 3 * YEAR, 10 * YEAR])
def test_a_longer_leap_waits_for_a_person(story: Story, off: int) -> None:
    """No waiting ends it; a confirmation does, at once."""
    assert not story.reboot(off)
    assert story.doubt is Doubt.LEAPT
    assert not any(story.run(60 * DAY))
    assert story.memory
    assert story.memory.left_ns is None
    story.memory = belief.vouched(story.clock.stamp())
    assert story.look()


def test_waiting_goes_on_over_reboots(story: Story) -> None:
    """A box that is switched off each night settles after the same hours of running."""
    story.reboot(2 * DAY)
    story.run(12 * HOUR)
    story.reboot(60 * SECOND)
    assert not any(story.run(11 * HOUR))
    assert story.run(2 * HOUR)[-1]


def test_a_second_leap_waits_anew(story: Story) -> None:
    """Thirteen days and again thirteen are more than fourteen: together they need a person."""
    story.reboot(13 * DAY)
    story.run(SETTLING_NS - HOUR)
    story.reboot(13 * DAY)
    assert story.doubt is Doubt.LEAPT
    assert not any(story.run(10 * DAY))


def test_small_leaps_add_up(story: Story) -> None:
    """Thirteen hours are nothing; thirteen and thirteen are a leap of more than a day."""
    assert story.reboot(0, 13 * HOUR)
    assert not story.reboot(0, 13 * HOUR)
    assert not any(story.run(SETTLING_NS - HOUR))


def test_what_was_quiet_before_is_no_waiting(story: Story) -> None:
    """The day of running begins with the first gain, again where it becomes a leap, and again with each further leap."""
    story.run(23 * HOUR)
    assert story.step(23 * HOUR)
    assert all(story.run(2 * HOUR))
    assert not story.step(2 * HOUR)
    assert not any(story.run(23 * HOUR))
    story.reboot(2 * DAY)
    assert not any(story.run(23 * HOUR))
    assert story.run(2 * HOUR)[-1]


def test_steps_within_a_boot_add_up_too(story: Story) -> None:
    """Twenty steps of five seconds under a day in all are nothing; ten of three hours are a leap."""
    assert all(story.step(5 * SECOND) for _ in range(20))
    assert [story.step(3 * HOUR) for _ in range(10)] == [True] * 7 + [False] * 3
    assert not any(story.run(20 * HOUR))


@pytest.mark.parametrize("by", [10 * YEAR, -4 * YEAR, 26 * HOUR, -26 * HOUR])
def test_a_long_step_within_a_boot_is_not_believed(story: Story, by: int) -> None:
    """Whether forward or back: until it is set right again, or confirmed. Before the build date not even then."""
    story.run(2 * DAY)
    early = story.clock.stamp().wall_ns + by < BUILT_NS
    assert not story.step(by)
    assert story.doubt is (Doubt.BUILT if early else Doubt.STEPPED)
    assert not any(story.run(HOUR))
    assert story.step(-by)
    assert all(story.run(2 * DAY))
    story.step(by)
    story.memory = belief.vouched(story.clock.stamp())
    assert story.look() is not early


def test_behind_the_mark_nothing_is_believed(story: Story) -> None:
    """Until it has caught up; a correction of less than five minutes is no step back."""
    story.run(2 * DAY)
    assert story.step(-BEHIND_NS + SECOND)
    assert not story.step(-2 * SECOND)
    assert not story.step(-2 * HOUR)
    assert story.doubt is Doubt.BEHIND
    assert not any(story.run(HOUR))
    assert story.run(2 * HOUR)[-1]


def test_the_right_time_comes_back_by_itself(story: Story) -> None:
    """A forged leap that was not waited out leaves nothing behind once the time is right again."""
    story.reboot(0, 3 * YEAR)
    story.run(5 * HOUR)
    assert story.step(-3 * YEAR)
    story.reboot(0, 3 * YEAR)
    assert story.reboot(60 * SECOND, -3 * YEAR)
    assert all(story.run(DAY))


def test_sixty_days_without_synchronisation(story: Story) -> None:
    """HELD destroys, UNTRUSTED does not; after a reboot into the right time the days that the box ran are no leap."""
    story.clock.state = ClockState.HELD
    assert all(story.run(60 * DAY))
    story.clock.state = ClockState.UNTRUSTED
    story.clock.reboot("next", 60)
    assert not any(story.run(60 * DAY))
    assert story.doubt is Doubt.UNSYNCHRONISED
    story.clock.state = ClockState.TRUSTED
    assert story.look()


def test_a_witness_that_differs_ends_belief(story: Story) -> None:
    """Until somebody confirms."""
    assert story.memory
    story.memory = belief.denied(story.memory, story.clock.stamp().wall_ns + DAY)
    assert not any(story.run(2 * DAY))
    assert story.doubt is Doubt.DENIED
    story.memory = belief.vouched(story.clock.stamp())
    assert story.look()


def test_a_person_makes_a_box_without_a_time_server_held(story: Story) -> None:
    """In this boot, while the wall clock goes on with the boot clock; not after a step, not after a reboot."""
    story.clock.state = ClockState.UNTRUSTED
    assert not story.look()
    story.memory = belief.vouched(story.clock.stamp())
    assert story.look()
    assert belief.state_of(story.memory, story.clock.stamp()) is ClockState.HELD
    assert all(story.run(5 * DAY))
    assert not story.step(10 * HOUR)
    assert story.step(-10 * HOUR)
    assert not story.reboot(60 * SECOND)


@dataclass(frozen=True)
class Told:
    """One thing that happens."""

    what: str
    ns: int
    forged_ns: int = 0


LENGTHS = st.sampled_from(
    [60 * SECOND, HOUR, 13 * HOUR, 23 * HOUR, DAY, 25 * HOUR, 3 * DAY, 13 * DAY, 15 * DAY]
)
FORGED = st.sampled_from([0, HOUR, 13 * HOUR, 23 * HOUR, 25 * HOUR, 3 * DAY, 13 * DAY, 15 * DAY, 3 * YEAR])
HAPPENS = (
    st.builds(Told, st.just("run"), st.sampled_from([60 * SECOND, HOUR, 13 * HOUR, 25 * HOUR]))
    | st.builds(Told, st.just("step"), st.just(0), FORGED)
    | st.builds(Told, st.just("back"), st.just(0))
    | st.builds(Told, st.just("off"), LENGTHS, FORGED)
    | st.builds(Told, st.just("state"), st.sampled_from([0, 1, 2]))
)


@settings(max_examples=200, deadline=None)
@given(st.lists(HAPPENS, max_size=14))
def test_no_story_destroys_early(told: list[Told]) -> None:
    """A forged time that is ahead lets destroy at most a day early, and fourteen days more for each whole day that
    the box ran under a forged time; no leap of more than fourteen days ever does.
    """
    story = Story()
    for each in told:
        for may in happens(story, each):
            allowed = STEP_NS + (story.forged_ran_ns // SETTLING_NS) * LEAP_NS
            assert not may or story.wrong_ns <= allowed


def happens(story: Story, each: Told) -> list[bool]:
    """Let it happen; whether it might have destroyed, at each look."""
    match each.what:
        case "run":
            return story.run(each.ns)
        case "step":
            return [story.step(each.forged_ns)]
        case "back":
            return [story.step(-story.wrong_ns)]
        case "off":
            return [story.reboot(each.ns, each.forged_ns)]
    story.clock.state = list(ClockState)[each.ns]
    return [story.look()]


@given(st.integers(0, 60 * YEAR), st.sampled_from(ClockState))
def test_before_the_build_date_nothing_is_believed(early: int, state: ClockState) -> None:
    """1970 and every other day before it: whatever the state, with a memory or without."""
    now = Stamp(max(0, BUILT_NS - 1 - early), 5, "boot", state)
    assert belief.doubt(None, now) is Doubt.BUILT
    assert belief.doubt(belief.fresh(replace(now, wall_ns=BUILT_NS)), now) is Doubt.BUILT
