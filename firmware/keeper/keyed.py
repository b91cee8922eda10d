"""What the audit log says of a recording's card entries: when and how many keys, never which; at most one a minute."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from firmware.audit.entries import Entry, What
from firmware.call.events import Reason
from firmware.sealing.facts import Gap
from firmware.vault.facts import Facts
from firmware.vault.manifest import Manifest

POOLED_SECONDS: Final = 60


def card_entries(manifest: Manifest) -> Iterator[Entry]:
    """The entries of one recording, in order: whole seconds from its beginning, and a sum of keys."""
    facts = manifest.facts
    for gaps in _pools(facts):
        fields = {
            "recording": facts.id,
            "from_s": gaps[0].start // facts.rate,
            "to_s": ceil(gaps[-1].stop / facts.rate),
            "keys": sum(gap.keys for gap in gaps),
        }
        yield Entry(What.CARD_ENTRY, manifest.taken_in, fields)


def _pools(facts: Facts) -> list[list[Gap]]:
    """Card entries that begin within a minute are told as one."""
    pools: list[list[Gap]] = []
    for gap in facts.gaps:
        if gap.reason != Reason.CARD_ENTRY:
            continue
        if pools and gap.start < pools[-1][0].start + POOLED_SECONDS * facts.rate:
            pools[-1].append(gap)
        else:
            pools.append([gap])
    return pools
