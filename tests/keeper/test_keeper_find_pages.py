"""Many candidates: in pages that hold nobody up, each once, to their asker alone."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.catalogue.row import row_of
from firmware.faults import Refused
from firmware.keeper.find_verbs import KEYS, PAGE
from firmware.keeper.sought import MOST
from firmware.recorder.numbers import Numbers
from firmware.vault.manifest import read_manifest
from firmware.vault.opaque import fresh
from tests.keeper.keeper_rig import House, Keeping
from tests.keeper.test_keeper_disposal import ask
from tests.keeper.test_keeper_find import NUMBER, WHY, call_of, found


@pytest.fixture
def keeping(house: House) -> Iterator[Keeping]:
    with house.keeper() as keeping:
        keeping.turn()
        yield keeping


def many(house: House, keeping: Keeping, count: int, days: int) -> list[str]:
    """So many recordings of one number, over so many due days: locks and rows, without bodies; the newest first."""
    first = call_of(house, keeping, Numbers(caller_id=NUMBER))
    row = keeping.box.catalogue.get(first)
    assert row is not None
    contents = keeping.box.vault.contents(row.key, first)
    assert contents is not None
    names = [first]
    for number in range(1, count):
        manifest = read_manifest(contents.manifest)
        name, began = fresh(), row.began_ns + number
        facts = replace(manifest.facts, id=name, began=replace(manifest.facts.began, wall_ns=began))
        own = replace(manifest, facts=facts)
        key = f"day-2026-05-{1 + number * days // count:02}"
        keeping.box.vault.lock(key, name, replace(contents, manifest=own.canonical()))
        keeping.box.catalogue.put(row_of(key, own))
        names.insert(0, name)
    return names


def test_many_candidates_come_in_pages(house: House, keeping: Keeping) -> None:
    """Each of few files and of bounded size, the newest first, each candidate once, and one entry for all of them."""
    names = many(house, keeping, 2 * PAGE + 40, 2 * KEYS + 2)
    answer = ask(keeping, "find", number=NUMBER, **WHY)
    pages = [answer]
    while pages[-1]["search"]:
        pages.append(ask(keeping, "find-more", search=pages[-1]["search"]))
    assert [each for page in pages for each in found(page)] == names
    assert answer["count"] == len(names)
    for page in pages:
        assert len(page["candidates"]) <= PAGE
        assert len({each["key"] for each in page["candidates"]}) <= KEYS
        assert len(json.dumps(page)) < 2000 * PAGE
        assert all(each["details"] for each in page["candidates"])
    assert len([each for each in keeping.box.log.entries() if each["what"] == "found"]) == 1
    assert keeping.keeper._verbs.searches._open == {}


def test_a_search_is_its_askers_and_only_the_latest_are_kept(house: House, keeping: Keeping) -> None:
    """Another person's, one handed out, one of too many, and one that never was: each is refused alike."""
    many(house, keeping, PAGE + 1, 1)
    names = [ask(keeping, "find", number=NUMBER, **WHY)["search"] for _ in range(6)]
    for forgotten in (*names[:2], fresh(), "x"):
        with pytest.raises(Refused, match="forgotten"):
            ask(keeping, "find-more", search=forgotten)
    search = keeping.keeper._verbs.searches._open[names[-1]]
    keeping.keeper._verbs.searches._open[names[-1]] = replace(search, uid=4711)
    with pytest.raises(Refused, match="forgotten"):
        ask(keeping, "find-more", search=names[-1])


def test_too_many_are_refused_with_what_to_do(
    house: House, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search without end is not begun, and not entered."""
    many(house, keeping, 5, 1)
    assert MOST > 4_000
    monkeypatch.setattr("firmware.keeper.sought.MOST", 3)
    monkeypatch.setattr("firmware.keeper.find_verbs.MOST", 3)
    with pytest.raises(Refused, match="more than 3 recordings"):
        ask(keeping, "find", number=NUMBER, **WHY)
    assert "found" not in keeping.whats()


def test_a_table_needs_nothing_sealed(house: House, keeping: Keeping) -> None:
    """Whoever asks without it is handed none, and the entry says so."""
    names = many(house, keeping, PAGE + 5, KEYS + 3)
    answer = ask(keeping, "find", number=NUMBER, sealed=False, **WHY)
    last = ask(keeping, "find-more", search=answer["search"])
    assert found(answer) + found(last) == names
    assert not [each for each in (*answer["candidates"], *last["candidates"]) if "details" in each]
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "found"]
    assert (entry["handed"], entry["candidates"]) == ("nothing", len(names))


def test_a_damaged_day_hides_its_own_details_only(house: House, keeping: Keeping) -> None:
    """The others' are handed out, and what cannot be read is there without."""
    names = many(house, keeping, 4, 2)
    path = house.places.shards / "day-2026-05-01.shard"
    path.write_bytes(path.read_bytes().replace(b"cbs1\x01", b"cbs1\x09", 1))
    told = {each["id"]: each["details"] for each in ask(keeping, "find", number=NUMBER, **WHY)["candidates"]}
    assert set(told) == set(names)
    assert {bool(each) for each in told.values()} == {True, False}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.just(NUMBER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "number",
    "subject",
    "withheld",
    "sealed",
    "from",
    "to",
    "line",
    "department",
    "search",
    "ref",
    "text",
    "id",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from(["find", "find-more", "by-ref", "note", "notes"]),
    fields=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=6),
    allowed=st.booleans(),
)
def test_whatever_is_asked_is_answered_or_refused(
    keeping: Keeping, verb: str, fields: dict[str, object], allowed: bool
) -> None:
    """Any JSON in any field: an answer or a refusal with a sentence, and never an entry with what was typed."""
    size = keeping.box.log.size
    try:
        told = json.dumps(ask(keeping, verb, **(fields | (WHY if allowed else {}))))
    except Refused as refusal:
        told = str(refusal)
    assert '"ok": true' in told or "hint: " in told
    assert NUMBER not in told
    assert NUMBER not in json.dumps(list(keeping.box.log.between(size, keeping.box.log.size)))
