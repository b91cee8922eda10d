"""What the box runs on, as digests in each checkpoint: a witness sees every change of it.

The lines are `settings sha256:...`, `code sha256:...`, `recipients sha256:...` and `told sha256:...`, each in
hex. `told` is of the settings without their exempt numbers: the text that a witness may be given.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from firmware.settings import Settings
from firmware.settings.told import told_digest, told_text
from firmware.vault.reading import canonical

PACKAGES = ("drivers", "firmware")

LINE: Final = re.compile(r"([a-z]+) sha256:([0-9a-f]{64})")


def extensions(settings: Settings, code: str) -> tuple[str, ...]:
    """The extension lines of a checkpoint, in this order."""
    told = {
        "settings": settings.digest,
        "code": code,
        "recipients": recipients_digest(settings),
        "told": told_digest(told_text(settings)),
    }
    return tuple(f"{name} sha256:{digest}" for name, digest in told.items())


def read_extensions(lines: Iterable[str]) -> dict[str, str]:
    """The digests of a checkpoint's extension lines, by their names; lines of another kind are passed over."""
    found = (LINE.fullmatch(line) for line in lines)
    return {each[1]: each[2] for each in found if each is not None}


def settings_fields(settings: Settings) -> dict[str, object]:
    """How an entry of the audit log names a version of the settings: by its digest, and that of its text as it is told."""
    return {"digest": settings.digest, "told": told_digest(told_text(settings))}


def code_digest(root: Path) -> str:
    """SHA-256 over name and SHA-256 of every source file of the box below a folder, in order of their names."""
    found = sorted(
        (path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
    )
    return hashlib.sha256(canonical(dict(found))).hexdigest()


def recipients_digest(settings: Settings) -> str:
    """SHA-256 over names and keys of the recipients, whatever their order."""
    return hashlib.sha256(canonical({each.name: each.key for each in settings.recipients})).hexdigest()
