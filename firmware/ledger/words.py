"""Why there is no recording, in a sentence a person can pass on: one for each reason, and for silence."""

from collections.abc import Mapping, Sequence
from typing import Final

from firmware.call.events import Reason
from firmware.ledger.account import Stretch

SENTENCES: Final[Mapping[str, str]] = {
    Reason.RECORDED: "It was recorded.",
    Reason.PAUSED: "It was left out: somebody at the desk had paused the recording.",
    Reason.LATE_CUT: "It was left out afterwards: somebody at the desk asked for a late cut.",
    Reason.OPTED_OUT: "It was left out: the caller did not want to be recorded.",
    Reason.INTERNAL: "It was an internal call, which is never recorded.",
    Reason.EXEMPT: "It was a call with a number that the office exempts from recording.",
    Reason.TRANSFERRED: "It was not recorded: the call had been transferred.",
    Reason.UNCLASSIFIED: "It was withheld: nothing told whether the call was internal or external, "
    "and the settings say to withhold it then.",
    Reason.NOT_ANSWERED: "Nobody had answered yet: dialling and ringing are never recorded.",
    Reason.CARD_ENTRY: "It was left out: so much was keyed on a telephone that it may have been a card.",
    Reason.KEYED: "It was left out: digits were keyed on a telephone.",
    Reason.NO_CALL: "The receiver was off the hook without a call.",
    Reason.BUTTON_LOST: "It was withheld: a button of the desk was lost, so nobody could have paused.",
    Reason.LOST_SAMPLES: "It was lost: no sound came from the capture card.",
    Reason.LOST_RESTARTED: "It was lost: the recorder was restarted in the call.",
    Reason.LOST_DISK: "It was lost: the disk did not take it.",
    Reason.LOST_NOT_ARMED: "It was lost: the box was not armed yet.",
}
"""Every reason of the recorder; a test compares."""

RESTARTED: Final = (
    "Nothing is known: the box itself started anew between what is known before and after, "
    "and what happened on the line while it was off was seen by nobody."
)
IDLE: Final = "Nothing is entered: the line was on hook, or the recorder was not running."
IDLE_HOOKLESS: Final = "Nothing is entered: no call was detected, or the recorder was not running."
NOT_YET: Final = "It has not come yet."
SHRUNK: Final = "The recordings of that day are past their day: only the day's totals are known."
DETECTED: Final = (
    "This line has no hook sensor: what is told are detected calls, not every second off the hook."
)


def sentence(reason: str) -> str:
    """What a reason means; the word itself where a later version wrote it."""
    return SENTENCES.get(reason, f"It is entered as: {reason}.")


def within(stretches: Sequence[Stretch], first_ns: int, last_ns: int) -> list[Stretch]:
    """What touches the time from one wall instant up to another."""
    return [each for each in stretches if each.began_ns < last_ns and each.until_ns > first_ns]


def silence(stretches: Sequence[Stretch], at_ns: int, *, hook: bool) -> str:
    """Why nothing is entered for an instant that lies in none of a day's stretches."""
    before = next((each for each in reversed(stretches) if each.until_ns <= at_ns), None)
    after = next((each for each in stretches if each.began_ns >= at_ns), None)
    if before is not None and after is not None and before.boot != after.boot:
        return RESTARTED
    return IDLE if hook else IDLE_HOOKLESS
