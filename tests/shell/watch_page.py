"""The two captures in docs/watch.md. `python tests/shell/watch_page.py` takes them anew."""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.keeper.keeper_rig import OFFICE  # noqa: E402  run as a command it finds them here
from tests.rigs.tmux import Tmux  # noqa: E402  as above
from tests.rigs.watched import NOON, SECOND, Said, Watched  # noqa: E402  as above

PAGE = ROOT / "docs/watch.md"
SIZES = ((80, 24), (120, 40))
HUMS = {
    "code": "device.line-hums",
    "message": "line repairs-2 hums at -34 dBm0, 61% of what is heard in its pauses",
    "hint": "look for a mains adapter beside its lead, and for an earth on both ends of it",
}
DESKS = [("reception", "front"), ("repairs-1", "window"), ("repairs-2", "window-2"), ("emergency", "night")]


@contextmanager
def office(folder: Path) -> Iterator[Watched]:
    """A Monday in an office: four lines with desks and one without, six recordings, two holds of which one was forgotten, a line that hums."""
    box = Watched(folder, DESKS, [HUMS], days_before=10)
    ago = round(NOON.timestamp()) * SECOND - 10 * 86_400 * SECOND
    with box.serving():
        box.prove("office", OFFICE)
        window = {"line": "reception", "from_ns": ago - 7200 * SECOND, "to_ns": ago}
        box.ask("hold", case="C-2026-031", owner="DPO", reason="a complaint about a repair", **window)
    box.clock.advance(10 * 86_400)
    box.call("reception", "09:02:10", 192)
    box.call("repairs-1", "09:14:41", 341, (96, 60, "paused"))
    box.call("emergency", "10:30:05", 88, (61, 27, "opted out"), direction="out")
    kept = box.call("reception", "11:47:52", 655, (300, 4, "keyed digits"), (410, 31, "late cut"))
    box.call("repairs-1", "13:05:00", 47, direction="out")
    box.call("repairs-2", "13:51:33", 402, (200, 120, "lost: no samples"))
    box.say(
        {
            "reception": Said("RECORDING", -21, "recorded", "external", 192),
            "repairs-1": Said("PAUSED", -24, "paused", "external", 75, 14),
            "repairs-2": Said("DARK", -44, None),
            "emergency": Said("DARK", -28, "internal", "internal", 9),
        }
    )
    with box.serving():
        box.ask("hold", id=kept, case="SAR-7", owner="DPO", reason="asked for by the caller")
        yield box


def captures(folder: Path) -> list[str]:
    """The screen of `watch` in that office, at each size."""
    with office(folder) as box:
        return [_capture(box, folder, *size) for size in SIZES]


def _capture(box: Watched, folder: Path, width: int, height: int) -> str:
    command = [sys.executable, "-m", "firmware.shell", "--socket", str(box.socket), "watch"]
    with Tmux(folder, width, height) as terminal:
        terminal.run(command, {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
        terminal.shows("RECORDING external", "OVERDUE", "q quit")
        terminal.press("r")
        return terminal.until(lambda text: "══ RECORDINGS" in text and "SAR-7" in text, "it is not drawn")


def page(text: str, taken: list[str]) -> str:
    """The page with these captures in its two blocks of text."""
    blocks = iter(taken)
    return re.sub(
        r"(?<=```text\n).*?(?=\n```)", lambda _: next(blocks), text, count=len(taken), flags=re.DOTALL
    )


def same(text: str) -> str:
    """Without what differs from one time to the next: how a hold is called, and the disk of the machine, by which lines break."""
    unbroken = re.sub(r"\s*[|\n]\s*", " | ", text)
    return re.sub(r"\bhold [0-9a-z]{13}\b", "hold", re.sub(r"disk [^|]*", "disk ", unbroken))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        PAGE.write_text(page(PAGE.read_text(), captures(Path(name))))
