"""`watch` at the keeper's door: all of the box in one answer, no sound, no number, and nothing changed by it."""

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import CallClass, Reason
from firmware.call.lamp import Lamp
from firmware.clock import ClockState, Stamp
from firmware.faults import Refused
from firmware.keeper import stands
from firmware.keeper.door import Person
from firmware.keeper.live import LINES
from firmware.keeper.strips import CELLS, Strips, strip
from firmware.sealing.facts import Gap, stamp_json
from firmware.settings import parse
from firmware.vault.reading import Fields, canonical
from tests.keeper.keeper_rig import NUMBER, OFFICE, SAFE, TOML, House, Keeping
from tests.rigs.watched import Said, Watched

KEYS = {"OFFICE": OFFICE.recipient().text(), "SAFE": SAFE.recipient().text(), "DATA": "/absent"}
SETTINGS = parse(reduce(lambda text, each: text.replace(*each), KEYS.items(), TOML), "callbox.toml")
NOW = Stamp(1_772_460_000_000_000_000, 10**13, "this boot", ClockState.TRUSTED)
WHOLE = {"office", "now_ns", "today", "clock", "recorder", "lines", "desks", "faults", "entries"}
REST = {"day", "recordings", "holds", "recipients", "disk", "purposes"}
LINE = {
    "name",
    "department",
    "never_record",
    "lamp",
    "reason",
    "class",
    "off_hook",
    "in_call",
    "undecided",
} | {*("level_db", "floor_dbm0", "speech_dbm0", "hum_dbm0", "off_hook_ns", "paused_ns")}


@dataclass
class Scene:
    """A served box and the names of its recordings."""

    box: Watched
    plain: str
    paused: str
    keyed: str

    def told(self, **fields: object) -> dict[str, Any]:
        """What `watch` answers, as it comes over the socket."""
        return self.box.ask("watch", **fields)

    def strips(self) -> dict[str, Any]:
        """The strip of each recording of the day."""
        return {each["id"]: each["strip"] for each in self.told()["day"]["recordings"]}


def look(keeping: Keeping) -> Any:  # noqa: ANN401  JSON
    """What `watch` answers, without a socket."""
    answer = keeping.keeper._verbs.answer(Person("it", 0), Fields("request", {"verb": "watch"}))
    return json.loads(canonical(answer.content))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    box = Watched(tmp_path_factory.mktemp("watched"), [("front", "desk-1"), ("back", "desk-2")])
    plain = box.call("front", "09:00:00", 60)
    paused = box.call("front", "10:00:00", 180, (60, 30, "paused"))
    keyed = box.call("back", "11:00:00", 120, (10, 1, "keyed digits"), direction="out")
    box.say({"front": Said("RECORDING", -20.4, "recorded", "external", 192)})
    with box.serving():
        box.ask("hold", id=paused, case="C12", owner="DPO", reason="complaint")
        yield Scene(box, plain, paused, keyed)


def test_one_answer_has_all_of_it(scene: Scene) -> None:
    """Lines, desks, faults, clock, recorder, the day, holds, recipients, disk; `now` has what changes by itself alone."""
    assert scene.told().keys() - {"ok"} == WHOLE | REST
    assert scene.told(part="now").keys() - {"ok"} == WHOLE


def test_lines_stand_as_the_recorder_last_said(scene: Scene) -> None:
    """Lamp, call and level of each line of the settings, its desk with the same lamp."""
    told = scene.told()
    assert [each["name"] for each in told["lines"]] == ["line1", "front", "back"]
    front = told["lines"][1]
    assert (front["lamp"], front["reason"], front["class"], front["level_db"]) == (
        "RECORDING",
        "recorded",
        "external",
        -20,
    )
    assert front["off_hook_ns"] == 192 * 10**9
    assert told["desks"] == [
        {"name": "desk-1", "lines": ["front"], "lamp": "RECORDING"},
        {"name": "desk-2", "lines": ["back"], "lamp": "DARK"},
    ]
    assert told["recorder"]["alive"] is True


def test_the_day_has_its_recordings_with_gaps_drawn(scene: Scene) -> None:
    """The newest first; a third of the way in a sixth is paused; a second of keyed digits is seen."""
    assert list(scene.strips()) == [scene.keyed, scene.paused, scene.plain]
    assert scene.strips()[scene.plain] == [["recorded", CELLS]]
    assert scene.strips()[scene.paused] == [["recorded", 16], ["paused", 8], ["recorded", 24]]
    assert [reason for reason, _ in scene.strips()[scene.keyed]] == ["recorded", "keyed digits", "recorded"]
    assert scene.told(on="2026-03-01")["day"] == {"on": "2026-03-01", "recordings": [], "more": False}


def test_a_hold_says_what_is_owed(scene: Scene) -> None:
    """Its duties with their days, and the recording that it keeps says so."""
    (hold,) = scene.told()["holds"]
    assert (hold["case"], hold["recordings"], hold["released"]) == ("C12", 1, False)
    assert [each["what"] for each in hold["owed"]] == [
        "tell the person concerned",
        "confirm a copy",
        "review the hold",
    ]
    held = {each["id"]: each["holds"] for each in scene.told()["day"]["recordings"]}
    assert held == {scene.keyed: [], scene.paused: [hold["id"]], scene.plain: []}


def test_faults_of_both_with_their_next_step(scene: Scene) -> None:
    """Each has a code, a message, a hint, and who tells it; the keeper's have an age."""
    (fault,) = scene.told()["faults"]
    assert (fault["by"], fault["code"]) == ("keeper", "seal.nobody-proved")
    assert fault["hint"]
    assert fault["since_wall_ns"] == scene.told()["now_ns"]
    assert [each["proved"] for each in scene.told()["recipients"]] == [False, False]


def test_nothing_in_it_tells_of_a_number(scene: Scene) -> None:
    """Neither a number nor its bucket is in any answer, though the recordings have both."""
    answer = json.dumps(scene.told())
    assert NUMBER not in answer
    assert "bucket" not in answer
    assert "details" not in answer


def test_looking_changes_nothing(scene: Scene) -> None:
    """After a hundred looks every file of the box is as it was, but that the audit log says who looked."""
    before = contents(scene.box.house.folder)
    for _ in range(50):
        scene.told(part="now")
        scene.told()
    after = contents(scene.box.house.folder)
    (log,) = [path for path in after if after[path] != before.get(path)]
    assert Path(log).parent == scene.box.house.places.audit
    assert after.keys() == before.keys()
    entered = [json.loads(line.partition(b" ")[2]) for line in after[log][len(before[log]) :].splitlines()]
    assert {(each["what"], each["verb"]) for each in entered} == {("looked", "watch")}
    assert len(entered) == 100


def test_a_day_that_is_none_is_refused(scene: Scene) -> None:
    """With how a date is written."""
    with pytest.raises(Refused, match="is no date") as refused:
        scene.told(on="yesterday")
    assert "2026-03-02" in refused.value.hint


def test_what_the_recorder_said_is_soon_old(tmp_path: Path) -> None:
    """Five seconds later nothing is told of any line: an old level is no level."""
    box = Watched(tmp_path, [])
    box.say({"line1": Said("RECORDING", -20, "recorded", "external", 5)})
    with box.serving():
        assert box.ask("watch", part="now")["lines"][0]["lamp"] == "RECORDING"
        box.clock.advance(5)
        told = box.ask("watch", part="now")
        assert told["recorder"]["alive"] is False
        assert {told["lines"][0][name] for name in ("lamp", "level_db", "off_hook", "reason")} == {None}


def test_a_recording_without_a_day_is_shown_on_the_day_it_began(house: House) -> None:
    """Undated, under a clock that was not to be believed."""
    told = Stamp(house.clock.stamp().wall_ns, 10**9, "another", ClockState.UNTRUSTED)
    house.spool_finished(house.making(told))
    with house.keeper() as keeping:
        keeping.turn()
        (found,) = look(keeping)["day"]["recordings"]
        assert (found["due"], found["clock"]) == (None, "untrusted")


def test_a_damaged_file_of_locks_leaves_the_rest(house: House) -> None:
    """Its recordings are listed without a strip; nothing is raised."""
    house.spool_finished()
    house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        (shard,) = house.places.shards.glob("day-*")
        blob = bytearray(shard.read_bytes())
        blob[60] ^= 1
        shard.write_bytes(blob)
        assert [each["strip"] for each in look(keeping)["day"]["recordings"]] == [None, None]


def test_strips_are_read_once_and_forgotten_with_their_day(house: House) -> None:
    """A second look opens no lock; what is not asked for any more is not kept."""
    recording = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        strips, known = Strips(), [row]
        first = strips.of(keeping.box.vault, known)
        (shard,) = house.places.shards.glob("day-*")
        shard.rename(shard.with_suffix(".away"))
        assert strips.of(keeping.box.vault, known) == first
        assert strips.of(keeping.box.vault, []) == {}
        assert strips.of(keeping.box.vault, known) == {}


GAPS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**5), st.sampled_from(list(Reason)[1:])), max_size=5
)


@given(st.integers(1, 2 * 10**6), GAPS)
def test_no_gap_is_too_short_to_be_seen(samples: int, asked: list[tuple[int, int, Reason]]) -> None:
    """Every strip has all its cells, and says that something was withheld where anything was."""
    gaps, at = [], 0
    for wanted, length, reason in sorted(asked):
        start = max(wanted, at)
        stop = min(start + length, samples)
        if start < stop:
            gaps.append(Gap(start, stop, str(reason)))
            at = stop
    runs = strip(samples, gaps)
    assert sum(count for _, count in runs) == CELLS
    cells = [reason for reason, count in runs for _ in range(count)]
    edges = [cell * samples // CELLS for cell in range(CELLS)]
    for gap in gaps if samples >= CELLS else []:
        assert "recorded" not in {cells[bisect_right(edges, at) - 1] for at in (gap.start, gap.stop - 1)}


WORDS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*Lamp.__members__, *Reason, *CallClass]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*LINE, "since_ns", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["line1", "x"]),
        st.dictionaries(st.sampled_from([*LINE, "since_ns", "pcm"]), WORDS) | WORDS,
    ),
    WORDS,
)
def test_whatever_the_recorder_writes_only_lamps_and_levels_go_on(
    lines: dict[str, Any], desks: object
) -> None:
    """A fixed set of fields, each a word of a fixed list, a whole number or a yes or no: no room for sound or digits."""
    note = Fields("lines", {"lines": lines, "desks": desks})
    (told,) = stands.lines(note, SETTINGS, NOW)
    assert told.keys() == LINE
    words = {"line1", "repairs", *Lamp.__members__, *map(str, Reason), *map(str, CallClass)}
    for name, value in told.items():
        assert value is None or isinstance(value, bool | int) or value in words
        if name.endswith(("_db", "_dbm0")) and value is not None:
            assert stands.QUIETEST <= value <= stands.LOUDEST  # type: ignore[operator]
    canonical({"lines": [told], "desks": stands.desks(note, SETTINGS)})


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"at": 3}', b'{"at": {"boot_id": "b", "boottime_ns": -1}}']
)
def test_a_note_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    """Nor does one of another boot, or none."""
    assert stands.last_word(tmp_path, NOW) == (stands.UNKNOWN, None)
    (tmp_path / LINES).write_bytes(content)
    assert stands.last_word(tmp_path, NOW) == (stands.UNKNOWN, None)
    earlier = {"at": stamp_json(Stamp(1, 1, "another boot", ClockState.TRUSTED))}
    (tmp_path / LINES).write_text(json.dumps(earlier))
    assert stands.last_word(tmp_path, NOW) == (stands.UNKNOWN, None)
