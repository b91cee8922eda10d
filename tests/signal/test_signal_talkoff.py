from pathlib import Path

from firmware.signal.events import Blanked, CallerId, Digit, ToneBegan
from tests.rigs import corpus
from tests.rigs.keying import keyed
from tests.rigs.listening import heard, of
from tests.rigs.speech import needs_speech, speech
from tests.signal.talk_off import Found, found_in, too_many


@needs_speech
def test_people_who_speak_key_nothing() -> None:
    """In 100 s of speech, at five speeds and levels, nothing is heard that is not there, and next to nothing blanked."""
    found = found_in([speech(seed, 20, -12 - 2 * seed, speed=0.84 + 0.08 * seed) for seed in range(5)])
    assert (found.digits, found.tones, found.caller_ids, found.cards) == (0, 0, 0, 0)
    assert found.gaps <= 8
    assert found.blanked <= 1.0


def test_the_speech_of_the_corpora_holds_nothing(shared_dir: Path) -> None:
    """No digit, tone, caller id or card is heard in the speech of a corpus; at most 0.6 % of it is blanked."""
    for folder in corpus.folders(shared_dir):
        found = found_in([each.samples for each in corpus.pieces(folder, "talkoff")])
        assert (found.digits, found.tones, found.caller_ids, found.cards) == (0, 0, 0, 0)
        assert found.rates["blanked"] <= 0.6


@needs_speech
def test_what_is_there_is_counted() -> None:
    """The count that must be nought is not nought where somebody does key, and passes its limits."""
    sound = keyed("4711471147114711", seed=2, lead=3, tail=5).over(speech(3, 8, -30)).samples
    found = Found.among(sound, heard(sound))
    assert found.digits == 16
    assert found.cards == 1
    assert {each.split(":")[0] for each in too_many(found)} == {"digits", "gaps", "cards", "blanked"}
    assert of(ToneBegan, heard(sound)) == of(CallerId, heard(sound)) == []
    assert len(of(Digit, heard(sound))) == 16
    assert sum(each.keys for each in of(Blanked, heard(sound))) == 16
