"""The live key is replaced while the box records: what was cut late or discarded opens to nobody afterwards."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from drivers.cell.file_cell import FileCell
from firmware.audit.entries import What
from firmware.faults import SealFault, VaultFault
from firmware.sealing.age import Identity, unlock
from firmware.sealing.live import LiveLog
from firmware.sealing.mac_key import apart
from firmware.vault.keys import LIVE
from firmware.vault.places import Places
from firmware.vault.table import KeyTable
from firmware.vault.vault import Vault
from tests.journey.journey_rig import Journey
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise


@dataclass(frozen=True)
class Stolen:
    """What a thief copied off the disk."""

    data: Path

    @classmethod
    def of(cls, data: Path, name: str) -> "Stolen":
        """Live log, vault and cell as they lie there now."""
        to = data.parent / name
        for each in ("vault", "cell"):
            shutil.copytree(data / each, to / each)
        shutil.copy(data / "live.log", to)
        return cls(to)

    def headers(self, cell: Path | None = None) -> list[bytes]:
        """Every age header that any key of the vault opens: in the shards, and in the live log."""
        places = Places.of(self.data, {})
        table = KeyTable(places.vault, FileCell(cell or places.cell))
        found = [contents.header for _, _, contents in Vault(places.shards, table).everything()]
        lives = [Identity(table.key(each)) for each in table.ids() if each.startswith(LIVE)]
        return found + [opened for lock in self.locks() for live in lives if (opened := tried(lock, live))]

    def locks(self) -> list[bytes]:
        log, recovered = LiveLog.open(self.data / "live.log")
        log.close()
        return [cut.opening.header for cut in recovered.cut]

    def parts(self) -> dict[str, list[bytes]]:
        """Every part of every call that was going on, by line."""
        log, recovered = LiveLog.open(self.data / "live.log")
        found = {cut.opening.facts.line: [log.read(place) for place in cut.parts] for cut in recovered.cut}
        log.close()
        return found


def tried(lock: bytes, live: Identity) -> bytes | None:
    try:
        return apart(unlock(lock, live))[0]
    except SealFault:
        return None


def opens(part: bytes, headers: list[bytes], office: object) -> bool:
    """Whether the office's own key opens a part behind any of these headers."""
    for header in headers:
        try:
            pyrage.decrypt(header + part, [office])
        except pyrage.DecryptError:
            continue
        return True
    return False


def whats(journey: Journey, generation: int) -> list[str]:
    return [each["what"] for each in journey.audit() if each.get("generation") == generation]


def test_a_late_cut_and_a_discard_end_their_live_keys(tmp_path: Path) -> None:
    """Replaced at once, used at once, destroyed when the last call under it is taken in; other lines lose nothing."""
    asks = [
        Ask("late", Line(noise(1, 200))),
        Ask("gone", Line(noise(2, 200)), opt_out="discard"),
        Ask("other", Line(noise(3, 200))),
    ]
    with Journey(tmp_path, asks) as journey:
        journey.init()
        journey.box.lines.start()
        journey.start().arm()
        box, data = journey.box, journey.place.data
        for name in ("late", "gone", "other"):
            box.tell(name, "lift")
        box.reasons("recorded", "late", "gone", "other")
        box.lines.hear(5)
        before = Stolen.of(data, "before")

        box.press("late", "pause down")
        journey.until(
            lambda: box.state()["live"]["using"] == 2, "the recorder does not use the next live key"
        )
        box.press("late", "pause up")
        box.press("gone", "opt-out down")
        box.reasons("opted out", "gone")
        box.press("gone", "opt-out up")
        assert [each for each in (1, 2) if What.DESTROYED in whats(journey, each)] == [], (
            "a call is open under it"
        )
        for name in ("late", "gone"):
            box.tell(name, "replace")
        box.reasons(None, "late")
        journey.lift("late")
        box.lines.hear(1)
        assert journey.recorder.stop() == 0
        rows = journey.taken_in(3)
        journey.until(lambda: What.DESTROYED in whats(journey, 1), "the old live key is not destroyed")
        assert whats(journey, 1)[-2:] == [What.WILL_DESTROY, What.DESTROYED]
        assert {row["kind"] for row in rows} == {"finished"}

        fetched = {row["id"]: journey.fetch(row["id"]) for row in rows}
        (other,) = [each for each in fetched.values() if each.facts["line"] == "other"]
        (whole,) = other.stretches
        assert (whole.start, whole.stop) == (0, other.facts["samples"]), "another line lost nothing"
        after = Stolen.of(data, "after")

    office = box.keys.pyrage("office")
    stolen = before.parts()
    assert set(stolen) == {"late", "gone", "other"}
    assert all(opens(part, before.headers(), office) for parts in stolen.values() for part in parts), (
        "they did open"
    )
    shutil.copy(before.data / "live.log", after.data / "live.log")
    left = after.headers()
    assert len(left) == 3, "the three recordings that were kept"
    assert not any(opens(part, left, office) for parts in stolen.values() for part in parts)
    with pytest.raises(VaultFault, match=r"vault\.root-key-lost"):
        before.headers(cell=after.data / "cell" / "root.cell")
