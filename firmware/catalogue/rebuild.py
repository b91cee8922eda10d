"""Every row of the catalogue, out of the vault alone: its shards and the keys that open them."""

from collections.abc import Iterator

from firmware.catalogue.row import Row, row_of
from firmware.vault.manifest import read_manifest
from firmware.vault.vault import Vault


def rows_of(vault: Vault) -> Iterator[Row]:
    """One row for each recording that has a living lock."""
    for key_id, _, contents in vault.everything():
        yield row_of(key_id, read_manifest(contents.manifest))
