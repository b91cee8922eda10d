"""A track says at every position what was last said of it."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.call.events import CallClass
from firmware.call.orders import Part
from firmware.call.track import Track
from firmware.call.tracks import Tracks

END = 40
places = st.integers(0, END - 1)
puts = st.tuples(st.just("put"), places, places, st.booleans())
lays = st.tuples(st.just("lay"), places, places, st.booleans())


@given(st.lists(st.one_of(puts, lays), max_size=12), places)
def test_a_track_is_a_row_of_values(steps: list[tuple[str, int, int, bool]], before: int) -> None:
    """`put` overwrites to the end, `lay` a stretch; what lies behind can be let go."""
    track, row = Track(value=False), [False] * END
    for what, start, stop, value in steps:
        if what == "put":
            track.put(start, value)
            row[start:] = [value] * (END - start)
        elif start < stop:
            track.lay(start, stop, value)
            row[start:stop] = [value] * (stop - start)
    assert [track.at(each) for each in range(END)] == row
    assert track.last is row[-1]
    changes = [each for each in range(1, END) if row[each] is not row[each - 1]]
    assert track.changes(0, END) == changes
    track.forget(before)
    assert [track.at(each) for each in range(before, END)] == row[before:]
    assert all(each > before for each in track.changes(-1, END))


def test_a_piece_spans_no_change_of_part_or_class() -> None:
    """Where only the part or only the class changes, one piece ends and the next begins."""
    tracks = Tracks(withhold_unclassified=True)
    first, second = Part(1, 1), Part(1, 2)
    tracks.part.put(0, first)
    tracks.part.put(10, second)
    tracks.call_class.put(20, CallClass.EXTERNAL)
    found = [(each.at, each.until, each.part, each.call_class) for each in tracks.pieces(0, 30)]
    assert found == [
        (0, 10, first, CallClass.UNDECIDED),
        (10, 20, second, CallClass.UNDECIDED),
        (20, 30, second, CallClass.EXTERNAL),
    ]
