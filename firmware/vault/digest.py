"""How bytes are named in manifests, amendments and entries of the audit log: by SHA-256 (FIPS 180-4), in hex."""

import hashlib


def sha256(content: bytes) -> str:
    """The name of these bytes, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()
