"""What the keeper owns, opened: one value that its parts are given."""

from dataclasses import dataclass

from firmware.audit.checkpoints import Checkpoints
from firmware.audit.log import AuditLog
from firmware.catalogue.catalogue import Catalogue
from firmware.keeper.board import Board
from firmware.keeper.holds import Holds
from firmware.keeper.judged import JudgedClock
from firmware.keeper.persons import Persons
from firmware.keeper.versions import Versions
from firmware.ledger.coverage import Ledger
from firmware.settings import Settings
from firmware.vault.places import Places
from firmware.vault.signing import Signer
from firmware.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Box:
    """One opened box."""

    places: Places
    settings: Settings
    versions: Versions
    clock: JudgedClock
    vault: Vault
    signer: Signer
    catalogue: Catalogue
    holds: Holds
    log: AuditLog
    checkpoints: Checkpoints
    ledger: Ledger
    board: Board
    persons: Persons

    def close(self) -> None:
        """Give every file back."""
        self.catalogue.close()
        self.checkpoints.close()
        self.log.close()
        self.ledger.close()
