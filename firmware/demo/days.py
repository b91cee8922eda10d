"""After the calls: one recording is held, the days go by, the other is destroyed on its day, and that is proved.

The keeper's clock is hurried, a day in a quarter of a second, without a step; what it does then is what it does in
thirty days. The recorder goes on meanwhile, because old keys are destroyed only once it uses a new one.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from firmware.clock import LONDON, london_date
from firmware.demo import box
from firmware.demo.box import Paths
from firmware.demo.log import Entry, Log, foretold
from firmware.demo.processes import Processes
from firmware.demo.strip import DUE, KEY, Strip, indented
from firmware.faults import Fault, VaultFault

DAY_SECONDS: Final = 0.25
"""How long a day takes: short enough to wait for thirty, long enough to see them."""

HOUR_SECONDS: Final = 1.5
CALM: Final = 2.0
"""The pace at which the box is asked: as slow as a clock can be that has run ahead."""

HELD, DUE_LINE = "front", "repairs"
"""The lines whose recordings are held, and go on their day."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the days are told of: the two recordings, as the keeper listed them."""

    paths: Paths
    processes: Processes
    log: Log
    held: Mapping[str, Any]
    going: Mapping[str, Any]
    speed: float

    @property
    def taken(self) -> Path:
        """The sealed body that a thief took from the disk before its day."""
        return self.paths.box.parent / "taken" / f"{self.going['id']}.body"


def show_days(paths: Paths, processes: Processes, listed: Sequence[Mapping[str, Any]], speed: float) -> None:
    """Hold one, let the days go by, and prove what was destroyed."""
    rows = {str(row["line"]): row for row in listed}
    story = Story(paths, processes, Log(paths), rows[HELD], rows[DUE_LINE], speed)
    hold = _hold(story)
    _take_body(story)
    _days(story)
    _prove(story)
    _show_gone(story)
    _show_held(story)
    _release(story, hold)


def _hold(story: Story) -> str:
    name, due = str(story.held["id"]), date.fromisoformat(str(story.held["due"]))
    print(f"\nBoth recordings fall due on {_day(due)}. About line {HELD} there is a complaint: it is held.")
    why = ("--case", "C12", "--owner", "demo", "--reason", "complaint about a payment")
    print(f'  $ callbox shell hold {name} --case C12 --owner demo --reason "complaint about a payment"')
    told = json.loads(box.shell(story.paths, "hold", name, *why, "--json"))
    print(f"    Hold {told['id']} stands; review on {told['review']}.")
    return str(told["id"])


def _take_body(story: Story) -> None:
    """What a thief could have: a copy of the disk from before the day."""
    story.taken.parent.mkdir()
    shutil.copy(story.paths.data / "store" / story.taken.name, story.taken)
    print(
        f"  Before its day a thief copies the sealed body of the other from the disk: taken/{story.taken.name}\n"
    )


def _days(story: Story) -> None:
    first, due = london_date(story.processes.pace.now_ns), date.fromisoformat(str(story.going["due"]))
    print(
        f"Thirty days go by, one in {DAY_SECONDS / story.speed:.2f} s. The keeper does what it does each day."
    )
    strip = Strip(first, due)
    story.log.news()
    watch = Watch(story, strip)
    story.processes.hurry(86_400 / DAY_SECONDS * story.speed)
    story.processes.wait_until(lambda: watch.look() and story.processes.pace.now_ns >= _eve(due), "no eve")
    story.processes.hurry(CALM)
    story.processes.wait_until(lambda: watch.look() and watch.foretold, "no forecast named it")
    story.processes.hurry(3_600 / HOUR_SECONDS * story.speed)
    story.processes.wait_until(lambda: watch.look() and watch.certified, "no certificate")
    strip.close()
    story.processes.hurry(CALM)


def _eve(due: date) -> int:
    """Half an hour before the due day begins in London, in nanoseconds."""
    midnight = datetime(due.year, due.month, due.day, tzinfo=LONDON)
    return round((midnight - timedelta(minutes=30)).timestamp()) * 1_000_000_000


class Watch:
    """Looks at what the box enters, again and again, and shows what matters of it."""

    def __init__(self, story: Story, strip: Strip) -> None:
        self.foretold = False
        self.certified = False
        self._story = story
        self._strip = strip

    def look(self) -> bool:
        """One look; always true."""
        for entry in self._story.log.news():
            _show_entry(self._strip, entry)
            self.certified = self.certified or entry.what == "certified"
        key = str(self._story.going["key"])
        if not self.foretold and (named := foretold(self._story.paths, key)):
            self.foretold = True
            self._strip.say(named[0], f"the signed forecast names key {key} for {_day(named[1])}")
        self._strip.passed(london_date(self._story.processes.pace.now_ns))
        return True


def _show_entry(strip: Strip, entry: Entry) -> None:
    match entry.what:
        case "destroyed key":
            strip.mark(entry.on, KEY)
        case "marked":
            strip.say(
                entry.on, f"due: marked for destruction, an hour ahead: {', '.join(entry.fields['marked'])}"
            )
        case "destroyed":
            strip.mark(entry.on, DUE)
            strip.say(entry.on, f"destroyed: its key, and {entry.fields['recordings']} recording with it")
        case "certified":
            strip.say(entry.on, "certified: no live key is left either under which it came")


def _prove(story: Story) -> None:
    """The newest certificate, verified with nothing but the office's copy of the box's public key."""
    listed = json.loads(box.shell(story.paths, "certificates", "--json"))["certificates"]
    run = str(max(listed, key=lambda each: each["destroyed_ns"])["run"])
    proof, public = story.paths.office / f"{run}.json", story.paths.office / "box.pub"
    if not public.exists():
        shutil.copy(story.paths.data / "vault" / "signing.pub", public)
    print(f"\n  $ callbox shell certificate {run} > {proof.name}")
    proof.write_bytes(box.shell(story.paths, "certificate", run))
    print(f"  $ callbox certificate {proof.name} --public {public.name}")
    for line in indented(box.callbox("certificate", proof, "--public", public).decode()):
        print(line)


def _show_gone(story: Story) -> None:
    name = str(story.going["id"])
    print(f"\n  What is left of recording {name}:")
    _refused(story, name)
    for left in (f"store/{name}.body", f"vault/shards/{story.going['key']}.shard"):
        if (story.paths.data / left).exists():
            raise _still_there(f"{left} is still on the disk")
    print("    body: unlinked; header: its lock's key is destroyed, and its shard unlinked")
    print(f"  $ age -d -i {story.paths.key('office').name} taken/{story.taken.name}")
    print(f"    {_age_refuses(story)}")
    print("    The thief's copy is noise for ever, with the office's own key too: no header, no way in.")


def _refused(story: Story, name: str) -> None:
    why = ("--purpose", "training", "--ref", "demo")
    print(f"  $ callbox shell get {name} {' '.join(why)}")
    try:
        box.shell(story.paths, "get", name, *why)
    except Fault as fault:
        print(f"    {_first_line(fault.message.partition('said: ')[2])}")
    else:
        raise _still_there("the keeper still hands it out")


def _age_refuses(story: Story) -> str:
    """What stock age says to the body alone; a fault where it opens it."""
    command = ["age", "-d", "-i", str(story.paths.key("office")), str(story.taken)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0 or done.stdout:
        raise _still_there("age opens the copied body")
    return _first_line(done.stderr.decode(errors="replace")).partition(': "')[0]


def _show_held(story: Story) -> None:
    name, key = str(story.held["id"]), story.paths.key("office")
    sealed = box.shell(story.paths, "get", name, "--purpose", "complaint", "--ref", "C12")
    flac = story.paths.office / "held.flac"
    flac.write_bytes(box.tool("age", "-d", "-i", key, given=sealed))
    box.tool("flac", "-t", "-s", flac)
    print(f"\n  The held one, past its day, opens as before: {flac.name}, whole.")


def _release(story: Story, hold: str) -> None:
    print(f'\nThe complaint is settled: $ callbox shell release {hold} --reason "settled"')
    box.shell(story.paths, "release", hold, "--reason", "settled")
    story.log.news()
    today = london_date(story.processes.pace.now_ns)
    strip = Strip(today, today)
    watch = Watch(story, strip)
    watch.foretold = True
    story.processes.hurry(3_600 / HOUR_SECONDS * story.speed)
    story.processes.wait_until(lambda: watch.look() and watch.certified, "no certificate of the released one")
    story.processes.hurry(CALM)
    _prove(story)
    left = json.loads(box.shell(story.paths, "list", "--json"))
    print(f"\n  $ callbox shell list\n    {len(left)} recordings. Nothing on this box opens what they were.")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "nothing"


def _still_there(what: str) -> VaultFault:
    return VaultFault("vault.demo-stopped", f"a promise was broken: {what}", "tell whoever builds the box")
