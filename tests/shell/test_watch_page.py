"""docs/watch.md shows the screen as it is."""

from pathlib import Path

import pytest

from tests.shell.watch_page import PAGE, captures, page, same

pytestmark = pytest.mark.rig


def test_the_page_shows_the_screen_as_it_is(tmp_path: Path) -> None:
    """Both captures are what a real keeper and a real terminal show of the same office now, but for the disk."""
    text = PAGE.read_text()
    assert same(page(text, captures(tmp_path))) == same(text)
