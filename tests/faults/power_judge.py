"""The judge of a power cut: what was owed before it stands, what was destroyed before it is nobody's."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from firmware.audit.certificate import content_of, wrong_with
from firmware.audit.entries import What
from firmware.audit.tree import root_of
from firmware.clock import GivenClock
from firmware.keeper.box import Box
from firmware.vault.contents import Contents
from firmware.vault.manifest import read_manifest
from tests.keeper.keeper_rig import NUMBER, OFFICE, House
from tests.rigs.thief import stolen

Said = dict[str, Any]
AWAY = timedelta(hours=3)
"""Until the power is back: later than anything that the story said or did."""

TURNS = 2
"""Turns in which everything half done must be finished: one makes a live key, one lets the old ones go."""


def names(told: Iterable[Said], kind: str) -> set[str]:
    """Everything named by what was said of this kind."""
    return {name for each in told if each["say"] == kind for name in each["names"]}


def gone(told: list[Said]) -> set[str]:
    """Every key whose destruction was acknowledged."""
    return names(told, "gone")


def clear(image: bytes, told: list[Said]) -> list[str]:
    """No header, manifest, number or office key is anywhere on the disk, of what lives or of what is gone."""
    secrets = {secret.encode() for each in told for secret in each["secrets"]}
    wanted = [*sorted(secrets), NUMBER.encode(), OFFICE.secret]
    return [f"{secret!r} is on the disk in clear" for secret in wanted if secret in image]


def raw(image: bytes, destroyed: set[str]) -> list[str]:
    """The thief has no destroyed key, and is a thief."""
    his = stolen(image)
    blind = [] if "undated" in his else ["the thief is blind: he did not find what nobody destroyed"]
    return blind + [
        f"{key_id} is destroyed, and the thief has it" for key_id in sorted(destroyed & his.keys())
    ]


def opened(house: House, told: list[Said]) -> list[str]:
    """The box starts by itself, finishes what was half done and owes nothing; without its catalogue it is the same."""
    house.clock = GivenClock(datetime.fromtimestamp(told[-1]["wall_ns"] / 1e9, UTC) + AWAY)
    house.clock.boot_id = "after the cut"
    with house.keeper() as keeping:
        for _ in range(TURNS):
            house.write_lines(using=house.live.generation)
            keeping.turn()
        found, known = _all(keeping.box, told), keeping.box.catalogue.known()
    house.places.catalogue.unlink()
    with house.keeper() as keeping:
        rebuilt = keeping.box.catalogue.known()
    return found + ([] if rebuilt == known else [f"the catalogue knew {known}, rebuilt it knows {rebuilt}"])


def _all(box: Box, told: list[Said]) -> list[str]:
    return [*_keys(box, told), *_recordings(box, told), *_folders(box), *_certificates(box), *_log(box, told)]


def said_destroyed(house: House) -> set[str]:
    """Every key of which a certificate says that it was destroyed."""
    certificates = house.places.certificates.glob("*.json")
    return {key for path in certificates for key in content_of(path.read_bytes()).texts("keys")}


def _keys(box: Box, told: list[Said]) -> list[str]:
    back = sorted(each for each in gone(told) if each in box.vault.table)
    return [f"{each} is destroyed, and is back" for each in back]


def _recordings(box: Box, told: list[Said]) -> list[str]:
    """Every recording that is owed opens, its body is whole, and none of those that are gone is there."""
    there = {recording: contents for _, recording, contents in box.vault.everything()}
    lost = sorted(_owed(told) - there.keys())
    broken = sorted(each for each, contents in there.items() if not _whole(box, each, contents))
    return [
        *(f"{each} was kept, and is lost" for each in lost),
        *(f"{each} has a lock and no whole body" for each in broken),
        *(f"{each} is destroyed, and is back" for each in sorted(gone(told) & there.keys())),
    ]


def _owed(told: list[Said]) -> set[str]:
    """Every recording that was kept, and that nothing since may have destroyed: one key is enough."""
    may_go = names(told, "going")
    last = {recording: keys for each in told for recording, keys in each["locks"].items()}
    return {each for each, keys in last.items() if each not in may_go and not may_go.issuperset(keys)}


def _whole(box: Box, recording: str, contents: Contents) -> bool:
    body = box.places.store / f"{recording}.body"
    sealed = read_manifest(contents.manifest).sealed
    return body.exists() and hashlib.sha256(body.read_bytes()).hexdigest() == sealed.body_sha256


def _folders(box: Box) -> list[str]:
    """Nothing waits for ever, nothing was set aside, and a body without a lock is nobody's."""
    there = {recording for _, recording, _ in box.vault.everything()}
    return [
        *(f"{path.name} still waits" for path in box.places.spool.glob("*.json")),
        *(f"{path.name} was set aside" for path in box.places.aside.iterdir()),
        *(f"{path.name} has no lock" for path in box.places.store.iterdir() if path.stem not in there),
    ]


def _certificates(box: Box) -> list[str]:
    """Every run that was begun is carried out and certified, and each certificate verifies alone."""
    paths = sorted(box.places.certificates.glob("*.json"))
    wrong = [(path, wrong_with(path.read_bytes(), box.signer.public)) for path in paths]
    ran = {each["run"] for each in box.log.entries() if each["what"] in {What.WILL_RUN, What.RUN}}
    return [
        *(f"certificate {path.stem}: {why}" for path, why in wrong if why is not None),
        *(f"run {run} has no certificate" for run in sorted(ran - {path.stem for path in paths})),
        *(f"{path.name} is left" for path in box.places.certificates.glob("*.draft")),
    ]


def _log(box: Box, told: list[Said]) -> list[str]:
    """Every acknowledged entry is there, unchanged; what was promised to be destroyed and is, is said to be."""
    leaves = box.log.leaves()
    lost = [
        each["log"]["size"]
        for each in told
        if root_of(leaves[: each["log"]["size"]]).hex() != each["log"]["root"]
    ]
    return [f"the audit log lost acknowledged entries below {max(lost)}"] if lost else []
