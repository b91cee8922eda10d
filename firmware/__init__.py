"""Callbox: the firmware that makes an office's call recording notice true."""

from datetime import date
from typing import Final

BUILT: Final = date(2026, 3, 1)
"""No clock that shows an earlier day is right. Set by hand at each release to the first of its
month at the latest; never ahead of the release, or every box would disbelieve its clock."""
