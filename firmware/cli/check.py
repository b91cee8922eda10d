"""`callbox check`: everything wrong with the settings at once, or what the box will do, in sentences.

It changes nothing and opens no line: a card is asked which rates it lists, no more.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware.clock import LONDON
from firmware.faults import DeviceFault, Fault, SealFault, SettingsFault
from firmware.settings.describe import cell_warnings, not_in_force, topics
from firmware.settings.load import read
from firmware.settings.model import Settings, Tap
from firmware.settings.mounts import MOUNTINFO, refuse_remote


def check(path: Path, mountinfo: Path = MOUNTINFO) -> int:
    """Print the sentences and return 0, or print every fault and return the exit status of the first."""
    try:
        settings = read(path)
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return fault.exit_status
    faults: list[Fault] = []
    notes = [*not_in_force(settings, datetime.now(UTC).astimezone(LONDON).date())]
    notes += cell_warnings(settings)
    for found in _looked_at(settings, mountinfo):
        if isinstance(found, Fault):
            faults.append(found)
        else:
            notes.append(found)
    if not faults:
        _print_topics(path, settings)
    for note in notes:
        print(f"note: {note}")
    for each in faults:
        print(each, file=sys.stderr)
    return faults[0].exit_status if faults else 0


def faults_of(settings: Settings, mountinfo: Path = MOUNTINFO) -> list[Fault]:
    """Everything that this machine says is wrong with the settings; empty where nothing is."""
    return [found for found in _looked_at(settings, mountinfo) if isinstance(found, Fault)]


def _print_topics(path: Path, settings: Settings) -> None:
    print(f"{path} has no mistakes. This is what the box will do.")
    for topic in topics(settings):
        print(f"\n{topic.heading}")
        for sentence in topic.sentences:
            print(f"  {sentence}")
    print()


def _looked_at(settings: Settings, mountinfo: Path) -> Iterator[Fault | str]:
    """What this machine says to the settings: faults, and notes of what is absent."""
    try:
        refuse_remote(mountinfo.read_text(), settings.storage.data)
    except SettingsFault as fault:
        yield fault
    yield from _unsealable(settings)
    for tap in settings.taps:
        found = _asked(tap)
        if found is not None:
            yield found


def _unsealable(settings: Settings) -> Iterator[Fault]:
    """The recipients whose keys have the right shape and yet cannot be read, a mistyped one for instance."""
    from firmware.sealing.recipients import parse  # noqa: PLC0415  cryptography is not loaded by other commands

    for recipient in settings.recipients:
        try:
            parse(recipient.key)
        except SealFault as fault:
            yield SealFault(fault.code, f"recipient {recipient.name}: {fault.message}", fault.hint)


def _asked(tap: Tap) -> Fault | str | None:
    """What a tap's card says to the rate it is asked for; `None` where it lists it."""
    from drivers.audio.rates import listed_rates  # noqa: PLC0415  no other command asks a card
    from drivers.facts import DriverError  # noqa: PLC0415

    try:
        rates = listed_rates(tap.kind, tap.card)
    except DriverError as error:
        hint = "replug the card, see that it is in /proc/asound/cards, then check again"
        return DeviceFault(
            "device.card-not-asked", f"the card of tap {tap.name} says no rates: {error}", hint
        )
    if rates is None:
        return (
            f"the card {tap.card} of tap {tap.name} is absent; its lines are not recorded until it is there."
        )
    if tap.rate in rates:
        return None
    listed = ", ".join(str(rate) for rate in rates) or "none"
    return SettingsFault(
        "settings.rate-not-listed",
        f"tap {tap.name} asks for {tap.rate} samples a second; its card {tap.card} lists {listed}",
        "set the tap's rate to one that the card lists; the box brings it down to the line's own",
    )
