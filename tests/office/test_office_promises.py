"""docs/promises.md is true, and every promise of the retention daemon has a sheet."""

from office_page import PAGE, page, told

SHOWN = {
    *(f"HTS.{number}" for number in (5, 6, 10, 11, 12, 13, 14, 15, 16, 19)),
    *(f"HAR.{number}" for number in (4, 10, 11, 12)),
    *(f"SHD.{number}" for number in (2, 3, 6, 10)),
    *(f"HF.{number}" for number in (2, 3, 8, 10)),
    *(f"NH.{number}" for number in (7, 8)),
    *(f"LAW.{number}" for number in (4, 7, 9)),
}
"""What keeping, handing out and destroying promise: rows of the requirements."""


def test_every_promise_of_keeping_has_a_sheet() -> None:
    """Each row has at least one sheet, which comes true."""
    assert SHOWN - set(told()) == set()


def test_the_page_is_written_anew() -> None:
    """docs/promises.md says what the sheets say: `python tests/office/office_page.py` writes it."""
    assert PAGE.read_text() == page()
