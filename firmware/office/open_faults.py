"""An open fault of a box as the office's PC tells it: since when, who knows of it, and the next step as it is typed here."""

from firmware.clock import SECOND
from firmware.office.boxes import OfficeBox
from firmware.office.texts import short
from firmware.office.witness_story import moment, word
from firmware.vault.reading import Fields


def fault_of_box(box: OfficeBox, each: Fields, now_s: int) -> str:
    """Two lines, three where somebody acknowledged it."""
    message, hint = (" ".join(short(each.text(name)).split()) for name in ("message", "hint"))
    since = each.maybe_whole("since_wall_ns") if "since_wall_ns" in each.content else None
    age = f", since {moment(since)} ({_age(now_s - since // SECOND)})" if since else ""
    said = f"\n    {_acknowledged(each)}" if each.content.get("acknowledged") else ""
    return f"{message} [{word(each, 'code')}]{age}{said}\n    next: {box.typed_here(hint)}"


def _acknowledged(each: Fields) -> str:
    said = each.inner("acknowledged")
    return f"acknowledged by {word(said, 'person')} until {word(said, 'until')}"


def _age(passed_s: int) -> str:
    hours = max(passed_s, 0) // 3600
    if hours < 2:
        return "less than two hours"
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
