from datetime import date
from pathlib import Path

import pytest

from firmware.settings import read
from firmware.settings.describe import not_in_force, sentences, topics
from firmware.settings.period import parse_period
from tests.settings.sample import EXAMPLE, KEY_B, SCRIPTED, SMALL, settings_of

GOLDEN = Path(__file__).with_name("callbox.txt")
HOOK = '\nhook = { kind = "gpiozero", source = "GPIO22" }'
LAMPS = 'pause = ["GPIO5", "GPIO6"]'


def rendered() -> str:
    return "\n".join(
        "\n".join([topic.heading, *(f"  {sentence}" for sentence in topic.sentences), ""])
        for topic in topics(read(EXAMPLE))
    )


def test_the_whole_text_of_the_example() -> None:
    """What the box will do with config/callbox.toml is said in exactly the words that were read and approved."""
    assert rendered() == GOLDEN.read_text()


CASES = {
    "unlisted": (SMALL, [], "A line that is not in this file is never opened."),
    "silence": (SMALL, [], "It is never recorded: it has no tap and is never opened."),
    "no hook": (SMALL, [(HOOK, "")], "the ledger will say 'detected calls'."),
    "hook": (SMALL, [], "A hook sensor at GPIO22 says when the handset is lifted and replaced."),
    "script": (SCRIPTED, [], "this is no real telephone line."),
    "tones": (SMALL, [], "dialling and ringing are not recorded, nor is anything between calls."),
    "voice": (
        SMALL,
        [(HOOK, "")],
        "to 2 seconds after the last voice; less than 2 seconds of voice are no call.",
    ),
    "one side": (
        SMALL,
        [],
        "It is channel 0 of file call.wav (tap card, wav, 8000 samples a second), both sides",
    ),
    "two sides": (SMALL, [('"port"', '"port"\nchannels = [0, 1]')], "channels 0 and 1 of file call.wav"),
    "handset": (SMALL, [('"port"', '"handset"')], "tapped at the handset: every call counts as external."),
    "withheld extension": (
        SMALL,
        [('"port"', '"extension"\nunclassified = "withhold"')],
        "What nothing classed is not recorded.",
    ),
    "recorded extension": (
        SMALL,
        [('"port"', '"extension"\nunclassified = "record"')],
        "What nothing classed is recorded, and it may be internal.",
    ),
    "numbers": (
        SMALL,
        [('"port"', '"extension"\nunclassified = "record"')],
        "A call is internal by caller ids and dialled numbers of fewer than 5 digits.",
    ),
    "numbering": (
        SMALL,
        [
            ('"port"', '"extension"\nunclassified = "record"'),
            (
                "[storage]",
                '[numbering]\naccess = "9"\nextensions = ["3xx"]\ninternal_ring = "single"\n[storage]',
            ),
        ],
        "extensions 3xx (x is any digit) and a single ring. 9 leads out of the office. An exchange that",
    ),
    "recall": (
        SMALL,
        [('"port"', '"extension"\nunclassified = "record"')],
        "what follows is withheld until it is classed.",
    ),
    "transfer": (SMALL, [], "is then dialled is not recorded until the next recall."),
    "heard transfer": (
        SMALL,
        [(HOOK, "")],
        "A transfer is heard by its dial tone, and the recording ends at the break before it;",
    ),
    "same call": (SMALL, [], "lies on hook for 2 seconds at most is the same call, and stays paused"),
    "look-back": (SMALL, [], "so a press also cuts the 2 seconds before it."),
    "one second": (SMALL, [('"port"', '"port"\nlook_back = 1')], "The last 1 second wait"),
    "no look-back": (SMALL, [('"port"', '"port"\nlook_back = 0')], "a press cuts from its own moment on."),
    "blank": (
        SCRIPTED,
        [('"port"', '"port"\nkeyed_digits = "blank"')],
        "Digits keyed in a call are blanked out of its recording; four or more",
    ),
    "keep": (SMALL, [], "recorded as they sound, unless a pause withholds them."),
    "no button": (SMALL, [(LAMPS, "")], "No button pauses it."),
    "no way out": (
        SMALL,
        [(LAMPS, "")],
        "The notice offers an opt-out, but no button of this line gives one.",
    ),
    "one button": (SMALL, [], "the pause button of desk desk held for 3 seconds stops the recording"),
    "two buttons": (
        SMALL,
        [(LAMPS, f'{LAMPS}\nopt_out = ["GPIO7"]')],
        "the opt-out button of desk desk stops the",
    ),
    "discard": (SMALL, [('"stop"', '"discard"')], "keeps nothing of the call; it cannot be undone."),
    "no opt-out": (SMALL, [('"stop"', '"none"')], "The notice offers no opt-out: the lamp refuses one"),
    "withheld": (SMALL, [], "the line is withheld until it is back, with a fault."),
    "recorded": (SMALL, [(LAMPS, f'{LAMPS}\nbutton_lost = "record"')], "the line goes on being recorded"),
    "one contact": (SMALL, [(LAMPS, 'pause = ["GPIO5"]')], "nobody would notice its wire being cut."),
    "days": (SMALL, [], "is kept for 30 days, counted in London from the day of its first sample"),
    "years": (SMALL, [("P30D", "P2Y130D")], "is kept for 2 years and 130 days,"),
    "one recipient": (
        SMALL,
        [
            (f'[[recipient]]\nname = "safe"\nkey = "{KEY_B}"\nholder = "DPO"\n', ""),
            ("[storage]", '[storage]\nsingle_recipient = "accepted"'),
        ],
        "If that one private half is lost, so is every recording; the office accepted this.",
    ),
    "exempt": (
        SCRIPTED,
        [("[storage]", '[[exempt]]\nnumber = "02079460000"\nreason = "union"\n[storage]')],
        "who withholds it is not recognised.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sentence(case: str) -> None:
    """Each choice of the office is said in its sentence, and no sentence shows an exempt number."""
    text, edits, part = CASES[case]
    said = sentences(settings_of(text, *edits))
    assert any(part in sentence for sentence in said), "\n".join(said)
    assert not any("7946" in sentence for sentence in said)
    assert all(sentence.endswith(".") and "  " not in sentence for sentence in said)


def test_another_call_each_time_is_not_called_the_same() -> None:
    """Where every lift is another call, and where no hook is sensed, no sentence says otherwise."""
    each = settings_of(SMALL, ('"port"', '"port"\nsame_call = 0'))
    assert not any("same call" in sentence for sentence in sentences(each))
    assert not any("same call" in sentence for sentence in sentences(settings_of(SMALL, (HOOK, ""))))


def test_versions_of_a_policy_follow_each_other() -> None:
    """Each version of a policy is said with the days between which it counts (South Hams, 15 July 2020)."""
    later = '[[policy]]\nname = "standard"\nperiod = "P3M"\nfrom = 2020-07-15\nreason = "more"\n[[policy]]'
    said = sentences(settings_of(SMALL, ("[[policy]]", later), ("2026-01-05", "2018-05-25"), ("P30D", "P1M")))
    kept = [sentence for sentence in said if "is kept for" in sentence]
    assert kept[0].startswith(
        "What is recorded from 25 May 2018 until 14 July 2020 is kept for 1 month, counted"
    )
    assert kept[1].startswith("What is recorded from 15 July 2020 is kept for 3 months, counted")
    assert "A later version that is shorter also applies to what was recorded before it." in said


def test_a_policy_not_in_force_is_noted() -> None:
    """A department whose policy begins later is named, on the day before but not on the day."""
    settings = settings_of(SMALL)
    assert "4 January 2026 no version of policy standard" in not_in_force(settings, date(2026, 1, 4))[0]
    assert not_in_force(settings, date(2026, 1, 5)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P30D", "30 days"),
        ("P1D", "1 day"),
        ("P12M", "12 months"),
        ("P2Y130D", "2 years and 130 days"),
        ("P1Y2M3D", "1 year, 2 months and 3 days"),
        ("P", None),
        ("30D", None),
        ("P3D2M", None),
        ("P1W", None),
        ("P-1D", None),
        ("PT1H", None),
        ("P٣D", None),
    ],
)
def test_periods_in_words(text: str, words: str | None) -> None:
    """A period is said as a notice says it, and what is none is none."""
    period = parse_period(text)
    assert (period.words() if period else None) == words
