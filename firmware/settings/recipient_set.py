"""The recipients of some settings as one short name: equal wherever the same keys open, whatever they are called."""

import hashlib

from firmware.settings.model import Settings
from firmware.settings.recipient_kind import same_key


def set_of(settings: Settings) -> str:
    """16 hex digits: the beginning of SHA-256 over the public keys, sorted, a line each."""
    keys = sorted(same_key(each.key) for each in settings.recipients)
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def changed(old: Settings, new: Settings) -> dict[str, list[str]]:
    """The recipients that came, that went, and that have another key, by their names; empty where nothing changed."""
    before = {each.name: same_key(each.key) for each in old.recipients}
    after = {each.name: same_key(each.key) for each in new.recipients}
    both = sorted(before.keys() & after.keys())
    told = {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "key replaced": [name for name in both if before[name] != after[name]],
    }
    return {what: names for what, names in told.items() if names}
