"""What the box runs on, as digests in each checkpoint: a witness sees every change of it.

The lines are `settings sha256:...`, `code sha256:...` and `recipients sha256:...`, each in hex.
"""

import hashlib
from pathlib import Path

from firmware.settings import Settings
from firmware.vault.reading import canonical

PACKAGES = ("drivers", "firmware")


def extensions(settings: Settings, code: str) -> tuple[str, ...]:
    """The extension lines of a checkpoint, in this order."""
    told = (("settings", settings.digest), ("code", code), ("recipients", recipients_digest(settings)))
    return tuple(f"{name} sha256:{digest}" for name, digest in told)


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
