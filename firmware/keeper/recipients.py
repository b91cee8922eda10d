"""A change of the recipients is entered in words: who came, who went, whose key is another one."""

from firmware.audit.entries import Entry, What
from firmware.keeper.box import Box
from firmware.settings.recipient_set import changed, set_of


def enter_recipients(box: Box, before: str | None) -> None:
    """Enter how the recipients of the settings in force differ from those of the digest before, if they do."""
    old = box.versions.find(before) if before is not None else None
    if before is not None and old is None:
        told: dict[str, object] = {"unknown before": [each.name for each in box.settings.recipients]}
    else:
        told = dict(changed(old, box.settings)) if old is not None else {}
    if told:
        fields = {**told, "to": set_of(box.settings)}
        box.log.append(Entry(What.RECIPIENTS, box.clock.stamp(), fields))
