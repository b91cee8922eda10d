"""A box is reached as a person reaches it: what it answers comes back, and its faults are ours."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.faults import DeviceFault, Fault, Refused
from firmware.office.boxes import OfficeBox
from firmware.office.remote import MOST_JSON, Remote
from tests.keeper.keeper_rig import House, serving


def box_saying(script: str) -> Remote:
    """A box whose shell is a few lines of Python."""
    return Remote(OfficeBox("town-hall", (sys.executable, "-c", script)))


def test_x() -> None:
    """x"""
