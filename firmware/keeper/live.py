"""The live key: what the recorder seals to today, and what is destroyed once nothing needs it.

1. Generation g+1 is durable in the key table before it is published, and published
   before anyone may count on it.
2. Generation g is destroyed when the recorder says that it uses a later one, that no call
   is open under g, and no file of the spool or set aside names g.
3. The recorder's note is read *before* the spool is listed: what was open then is in
   the spool now, or still open in the note.
4. A note that is missing, or cannot be read, never lets a key be destroyed.
5. A tainted generation is replaced at once, and so is one for which a certificate waits; else the key is
   replaced each night, at midnight in London, unless the clock is not to be believed.

Source: research: sealing, section 8.1; DESIGN section 2.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from firmware.audit.entries import Entry, What
from firmware.clock import ClockState, Stamp, london_date
from firmware.faults import VaultFault
from firmware.keeper import aside
from firmware.keeper.box import Box
from firmware.keeper.spooled import COVERAGE, generation_of, read_file
from firmware.sealing.age import Identity
from firmware.vault import durable
from firmware.vault.keys import LIVE
from firmware.vault.reading import UnreadableError, canonical, read_object

PUBLISHED = "live.json"
LINES = "lines"
FAULT = ("code", "message", "hint")
MAYBE = ("about", "extent")
NIGHTLY, TAINTED, AWAITED = "nightly", "tainted", "a certificate waits"


@dataclass(frozen=True, slots=True)
class Use:
    """What the recorder says of live keys: in use, oldest with an open call, newest that is tainted."""

    using: int | None
    oldest: int | None
    tainted: int | None


def read_use(run: Path) -> Use:
    """The recorder's note; where there is none or it cannot be read, nothing is known (rule 4)."""
    try:
        live = read_object(read_file(run / LINES), LINES).inner("live")
        return Use(live.maybe_whole("using"), live.maybe_whole("oldest"), live.maybe_whole("tainted"))
    except UnreadableError:
        return Use(None, None, None)


def recorder_says(run: Path) -> dict[str, Any]:
    """When the recorder last spoke (wall clock, ns) and its open faults; `None` and none where it cannot be read."""
    try:
        note = read_object(read_file(run / LINES), LINES)
        told = [
            {name: each.text(name) for name in FAULT}
            | {name: each.content[name] for name in MAYBE if name in each.content}
            for each in note.each("faults")
        ]
        return {"spoke_ns": note.inner("at").whole("wall_ns"), "faults": told}
    except UnreadableError:
        return {"spoke_ns": None, "faults": []}


def live_id(generation: int) -> str:
    """The id of a live key in the table."""
    return f"{LIVE}{generation}"


def generations(box: Box) -> list[int]:
    """Every live generation whose key lives, in order; the last one is current."""
    return sorted(int(each.removeprefix(LIVE)) for each in box.vault.table.ids() if each.startswith(LIVE))


def publish(folder: Path, generation: int, identity: Identity) -> None:
    """Tell the recorder which key to seal to; durable on return."""
    content = {"format": 1, "generation": generation, "recipient": identity.recipient().text()}
    if not _published(folder / PUBLISHED, content):
        durable.write(folder / PUBLISHED, canonical(content))


def publish_current(box: Box) -> None:
    """Put right what a crash or a full disk left unsaid: the newest durable generation is the published one."""
    current = generations(box)[-1]
    publish(box.places.published, current, Identity(box.vault.table.key(live_id(current))))


def rotate(box: Box, why: str) -> None:
    """Make, publish and enter the next generation (rule 1)."""
    generation = generations(box)[-1] + 1
    box.vault.table.add(live_id(generation), Identity.generate().secret)
    publish_current(box)
    box.log.append(made(box.clock.stamp(), generation, why))


def made(at: Stamp, generation: int, why: str) -> Entry:
    """The entry of a new generation; `on` is the London date that the next night is counted from."""
    fields = {"generation": generation, "because": why, "on": london_date(at.wall_ns).isoformat()}
    return Entry(What.LIVE_MADE, at, fields)


def reason_to_rotate(box: Box, use: Use, last: date | None, awaited: int) -> str | None:
    """Why the current generation is to be replaced now, `None` if it is not (rule 5).

    `awaited` is the newest generation for whose end a certificate waits.
    """
    if use.tainted is not None and use.tainted >= generations(box)[-1]:
        return TAINTED
    if awaited >= generations(box)[-1]:
        return AWAITED
    now = box.clock.stamp()
    if now.state is ClockState.UNTRUSTED or london_date(now.wall_ns) == last:
        return None
    return NIGHTLY


def retire(box: Box) -> list[int]:
    """Destroy every old generation that nothing needs (rules 2 and 3); gives those destroyed."""
    old = generations(box)[:-1]
    if not old:
        return []
    use = read_use(box.places.run)
    needed = _named_in_spool(box) | aside.generations(box)
    if None in needed:
        return []
    going = [each for each in old if _released(use, each) and each not in needed]
    for generation in going:
        _destroy(box, generation)
    return going


def complete(box: Box, promised: set[int]) -> None:
    """After a crash: enter what was destroyed though only its promise is in the log."""
    if box.vault.table.unsettled:
        return  # a cell may still hold a root key that opens them
    for generation in sorted(promised - set(generations(box))):
        box.log.append(_destroyed(box, generation))


def _destroy(box: Box, generation: int) -> None:
    box.log.append(Entry(What.WILL_DESTROY, box.clock.stamp(), {"generation": generation}))
    box.vault.destroy([live_id(generation)])
    box.log.append(_destroyed(box, generation))


def _destroyed(box: Box, generation: int) -> Entry:
    fields = {"generation": generation, "method": box.vault.table.method}
    return Entry(What.DESTROYED, box.clock.stamp(), fields)


def _released(use: Use, generation: int) -> bool:
    return (
        use.using is not None and use.using > generation and (use.oldest is None or use.oldest > generation)
    )


def _named_in_spool(box: Box) -> set[int | None]:
    """Every generation that a file of the spool names; `None` among them where one cannot be read."""
    files = [*box.places.spool.glob("*.json"), *box.places.spool.glob("*.tmp")]
    return {generation_of(path) for path in files if not path.name.startswith(COVERAGE)}


def _published(path: Path, content: dict[str, object]) -> bool:
    try:
        return read_object(path.read_bytes(), PUBLISHED).content == content
    except (FileNotFoundError, UnreadableError):
        return False


def kept(old: list[int]) -> VaultFault | None:
    """A fault once several nights' keys wait: something holds them."""
    if len(old) < 3:
        return None
    return VaultFault(
        "vault.live-key-kept",
        f"{len(old)} old live keys cannot be destroyed: the recorder is silent, or something waits in the spool",
        "see that the recorder runs (systemctl status callbox-recorder) and that nothing is set aside",
        extent=len(old).bit_length(),
    )
