"""Whatever the text is, settings or a settings fault comes out."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import SettingsFault
from firmware.settings import Settings, parse
from firmware.settings.describe import sentences
from firmware.settings.schema import SCHEMA, Table
from tests.settings.sample import EXAMPLE, SMALL

KEYS = sorted({key.name for table in SCHEMA for key in table.keys} | {"kind", "source", "callers"})
WORDS = [
    "front",
    "card",
    "repairs",
    "standard",
    "port",
    "P30D",
    "P0D",
    "script",
    "GPIO5",
    "",
    "\x1b[2J",
    "none",
]

words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
literals = st.one_of(
    words.map(lambda word: '"' + "".join(f"\\U{ord(each):08x}" for each in word) + '"'),
    st.sampled_from(
        ["true", "nan", "-inf", "2026-01-05", "2026-01-05T10:00:00Z", "10:00:00", "[]", "{}", "0xffff"]
    ),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:.3f}"),
)
lists = st.lists(literals, max_size=3).map(lambda each: f"[{', '.join(each)}]")
pairs = st.dictionaries(st.sampled_from(KEYS) | st.just("odd"), literals | lists, max_size=6)
inline = pairs.map(lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}")
headings = st.sampled_from(
    [form for table in SCHEMA for form in (f"[{table.name}]", f"[[{table.name}]]", "[odd]")]
)
tables = st.tuples(
    headings, st.dictionaries(st.sampled_from(KEYS), literals | lists | inline, max_size=8)
).map(lambda each: "\n".join([each[0], *(f"{key} = {value}" for key, value in each[1].items())]))


def outcome(text: str) -> None:
    """Parse, and judge what comes out."""
    try:
        settings = parse(text, "box.toml")
    except SettingsFault as fault:
        assert all(line.isprintable() for line in str(fault).splitlines())  # noqa: PT017  both outcomes are right
        assert fault.message  # noqa: PT017
        return
    assert isinstance(settings, Settings)
    assert settings.recorded_lines
    assert all(sentence.isprintable() for sentence in sentences(settings))
    assert all(settings.department_of(line).policy for line in settings.lines)
    assert all(settings.tap_of(line).rate >= line.rate for line in settings.recorded_lines)


@given(st.text(st.characters(), max_size=200))
def test_any_text(text: str) -> None:
    """Any text is settings or a settings fault, and its fault is printable on any terminal."""
    outcome(text)


@given(st.lists(tables, max_size=8))
def test_any_toml(each: list[str]) -> None:
    """Any TOML made of our own words in the wrong places is settings or a settings fault."""
    outcome("\n".join(each))


@given(st.sampled_from([SMALL, EXAMPLE.read_text()]), st.data())
def test_any_edit_of_a_line(text: str, data: st.DataObject) -> None:
    """A right file with some lines lost, doubled or given another value is settings or a settings fault."""
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition(" = ")[0]
        edits = [[], [lines[at]] * 2, [f"{key} = {data.draw(literals | lists | inline)}"]]
        lines[at : at + 1] = data.draw(st.sampled_from(edits))
    outcome("\n".join(lines))


@given(st.sampled_from([SMALL, EXAMPLE.read_text()]), st.data())
def test_any_edit_of_a_character(text: str, data: st.DataObject) -> None:
    """A right file with a stretch of characters replaced by others is settings or a settings fault."""
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    outcome(text[:at] + data.draw(words) + text[at + length :])


def test_every_default_is_of_its_kind() -> None:
    """A default is a value that its key would have taken or made, so no file can mean less than the page says."""
    for table in SCHEMA:
        for key in table.keys:
            if isinstance(key.kind, Table) or not isinstance(key.default, str | int | float):
                continue
            assert key.kind.take(key.default) == key.default
