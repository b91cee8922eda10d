"""Every expected fault is one of these: what is, what to do next, and a stable code.

Rules of this module:

1. A `Fault` is expected: the program prints two lines and no traceback. A bug
   is any other exception and ends the process.
2. The child says who acts: edit the file, look at the plug, mend the keys,
   mind the disk, accept a refusal, call the controller.
3. A code is stable for ever and stands in `CODES` with its meaning;
   `docs/faults.md` lists the same codes and a test compares the two.
4. No message carries a telephone number, a keyed digit, a key or audio.
"""

from typing import ClassVar

CODES: dict[str, str] = {
    # settings: the settings file must be edited
    "settings.unreadable": "the settings file cannot be read",
    "settings.not-toml": "the settings file is not TOML",
    "settings.invalid": "the settings file contains mistakes, all listed at once",
    "settings.data-elsewhere": "the data directory is not on a disk of the box",
    "settings.key-file": "the key file of a person is not as `callbox person` writes it, so it counts for nothing",
    "settings.persons": "the folder of key files is missing, or is not root's own",
    "settings.fixed": "a change of what `callbox init` made is not applied",
    "settings.support-ended": "the box gets no security updates any more",
    "settings.office": "the office PC's settings, office.toml, contain a mistake or name no box",
    "settings.rate-not-listed": "a tap asks for a rate that its card does not list",
    "device.card-not-asked": "a card could not be asked which rates it lists",
    # sealing: keys, recipients and the encoder
    "seal.private-key": "a private key stands where a public key belongs",
    "seal.unsupported-key": "a key of a kind that cannot open recordings",
    "seal.malformed-key": "a key that cannot be read",
    "seal.weak-key": "a key that is too short or known to be unsafe",
    "seal.no-recipient": "nobody is named to seal to",
    "seal.wrong-key": "a sealed file was sealed to another key",
    "seal.damaged": "a sealed file or part was changed or cut",
    "seal.no-encoder": "the FLAC library is missing or refuses to encode",
    # sealing: the live log and the spool
    "vault.log-missing": "the live log cannot be opened",
    "vault.log-unreadable": "the file is no live log of a version known here",
    "vault.log-full": "the live log has no room for another call",
    "vault.log-unwritable": "the disk refused the live log twice",
    "vault.read-back": "what was committed does not read back",
    "vault.spool-full": "the disk has no room for a finished recording",
    "vault.spool-unwritable": "the disk refused a finished recording",
    # the keeper: vault, store, catalogue, ledger, audit log, the shell that asks it
    "vault.not-made": "the box has no keys and folders yet",
    "vault.half-made": "an earlier `callbox init` was interrupted",
    "vault.in-use": "another keeper has this vault open",
    "vault.root-key-lost": "no slot of the cell opens the key table",
    "vault.cell-unwritable": "the cell does not take or give back a root key",
    "vault.cell-differs": "the two cells of the box do not hold the same root key",
    "vault.cell-absent": "one of the two cells of the box does not answer",
    "vault.signing-key": "the signing key of the box cannot be read",
    "vault.draft-damaged": "the draft of a run cannot be read, so its certificate cannot be issued",
    "vault.shard-damaged": "a file of locked headers is damaged in its middle",
    "vault.ledger-damaged": "a month of the coverage ledger is damaged in its middle",
    "vault.disk": "the disk refuses what the keeper has to write",
    "vault.set-aside": "a file from the spool could not be taken in and was set aside",
    "vault.undated": "a recording is kept without a due day",
    "vault.live-key-kept": "an old live key cannot be destroyed yet",
    "vault.keeper-absent": "the keeper does not answer",
    "device.relay-silent": "mail about faults does not leave",
    "device.recorder-silent": "the recorder does not speak, so no line is recorded",
    "device.clock-untrusted": "the clock is not synchronised, so recordings get no due day",
    "vault.disk-filling": "the disk will be full within a month",
    "vault.disk-full": "the disk has no room for another day's recordings",
    "vault.not-foretold": "something is due that no forecast of an earlier day named",
    "vault.hold-owed": "a hold has duties that are overdue",
    "device.clock-unsynchronised": "the clock is believed, but nothing has synchronised it for a week",
    "device.clock-jumped": "the clock shows another time than it should, so nothing is destroyed",
    "vault.clock-damaged": "what the box remembered of the time is missing or cannot be read, so nothing is destroyed",
    "vault.lock-missing": "the lock of a recording is not in the file of its day",
    "vault.body-damaged": "the sealed body of a recording is not as its manifest says",
    "vault.copies-out": "a copy is asked back and nobody confirmed it destroyed",
    "vault.body-missing": "the sealed body of a recording is not in the store",
    "seal.nobody-proved": "no recipient has shown that recordings can be opened",
    "seal.recipient-unproved": "a recipient has not shown that recordings can be opened",
    "seal.recipients-changed": "the recipients of a box are others than a person accepted at the office",
    "seal.proof-due": "a recipient is to show again soon that recordings can be opened",
    "seal.proof-old": "a recipient has not shown for half a year that recordings can be opened",
    "seal.sealed-to-others": "recordings are sealed to others than the settings name",
    "log.certificate": "a certificate is not to be believed",
    "log.damaged": "the audit log is damaged in its middle",
    "log.torn": "the audit log lost an entry that was half written",
    "log.rewritten": "the audit log does not go on from the checkpoint that the box signed last",
    "log.does-not-verify": "the audit log does not add up",
    "log.unwitnessed": "a witness has not cosigned for seven days",
    "log.no-witness": "for seven days no witness has been named in the settings",
    "log.rolled-back": "a box shows a smaller audit log than it showed before",
    "log.forked": "a box shows another audit log than before: no proof leads from that one to it",
    "log.not-continued": "a box cannot prove that its audit log goes on from the one that it showed before",
    "log.told-otherwise": "what a box told of its audit log or settings is not what it signed",
    "log.unsigned": "what a box gave as its checkpoint is none, or is not signed by it",
    "refused.dropped": "something is asked of audit entries that were dropped",
    "refused.cosignature": "a note is no checkpoint of this box, or no witness cosigned it",
    "refused.already-made": "the box already has keys; they are not overwritten",
    "refused.not-confirmed": "a change of the settings was shown, and nobody said yes",
    "refused.settings-not-writable": "the settings file in force cannot be replaced by this account",
    "refused.not-root": "something is asked that only root can do",
    "refused.no-person": "a name that no person of this box has",
    "refused.person-name": "a name that no account of a person can have",
    "refused.person-key": "a key that nobody may log in with",
    "refused.person-until": "a day until which a key shall count is past, or none",
    "refused.account": "an account of the machine is not a person's, or the system refuses to make or remove one",
    "refused.not-you": "the account that asks is not one that may",
    "refused.key-file": "the key file of the person who asks is not as `callbox person` writes it",
    "refused.key-expired": "the key of a person counts no more",
    "refused.held-already": "the same is held for the same case, owner and reason already",
    "refused.too-many": "more conversations with the keeper are open than it holds",
    "refused.transfer": "sftp, scp or rsync is asked for in a form that the box does not speak",
    "refused.verb": "the keeper does not know what is asked for",
    "refused.arguments": "the words after the verb are not understood",
    "refused.purpose": "a recording is fetched for a purpose of the office's list only",
    "refused.because": "a purpose that is an exception needs a reason in words",
    "refused.no-part": "a recording is fetched whole, never a part of it",
    "refused.no-details": "a recording has no sealed details",
    "refused.no-path": "sftp is asked for a path that there is not",
    "refused.still-recorded": "a recording has not ended, or is just being taken in",
    "refused.being-destroyed": "a recording is being destroyed at this moment",
    "refused.reference": "a recording is fetched with a reference only",
    "refused.unknown-recording": "there is no such recording",
    "refused.unknown-recipient": "there is no such recipient",
    "refused.search-forgotten": "a search is handed out, or the keeper has forgotten it",
    "refused.unknown-note": "nobody noted anything about that recording",
    "refused.unknown-fault": "no fault of that name is open",
    "refused.unknown-hold": "there is no such hold",
    "refused.unknown-copy": "there is no such copy",
    "refused.unknown-certificate": "there is no such certificate",
    "refused.held": "a recording that is held is not destroyed",
    "refused.restricted": "a recording whose use is restricted is not handed out",
    "refused.reseal": "new headers of recordings are not taken, or not confirmed",
    "refused.word": "the word given back is not the word that was sealed",
    "refused.clock": "the time of a person's watch is not the time that the box shows",
    "refused.cell": "no cell is mended: there is not one good cell and one blank one",
    "refused.sound-unreadable": "a file to be heard cannot be read",
    "refused.not-sound": "a file to be heard is no recording of a line that can be read",
    "refused.sound-torn": "a file to be heard is cut short or broken; what came before that was heard",
    "refused.sealed": "a sealed recording is not heard on the box",
    "refused.terminal": "a recording is not spilled onto a terminal",
    "refused.armor-of-cut": "a cut recording is a tar of small files and has no armour",
    # device: what the recorder found of its cards, buttons and sensors
    "device.tap-failed": "a tap could not be started, ended, or made no sense",
    "device.tap-silent": "a tap brought no samples for a second",
    "device.tap-off-rate": "a card delivers at another rate than it says",
    "device.card-gone": "a card is not there",
    "device.button-lost": "a button is cut, unplugged or short",
    "device.panel-absent": "a desk's buttons and lamps cannot be opened",
    "device.sensor-absent": "a line's hook sensor cannot be opened",
    # device: what the recorder hears of its lines
    "device.line-unconfirmed": "nobody confirmed which telephone is at a card since it was plugged in",
    "device.line-dead": "a line brings digital silence: nothing is connected, or the card is off",
    "device.side-silent": "one side of a line stays silent while the other talks",
    "device.line-hums": "a line hums at the mains",
    "device.line-clips": "a line is too loud for its card",
    "device.line-agc": "something turns a line's level up in its pauses",
    "device.line-unused": "a line had no call for many working hours",
    # vault: what the recorder says of its disk
    "vault.commit-slow": "the live log takes seconds to write",
    "vault.not-armed": "no line may be recorded yet",
    # the office's PC
    "device.box-away": "a box cannot be reached from the office's PC",
    "device.box-answer": "what a box answered to the office's PC cannot be understood",
    "seal.identity": "a private key on the office's PC cannot be read or opens no recordings",
    "refused.witness-clock": "the clock of the witness's PC is behind, so it signs no time",
    "refused.witness-busy": "another run of the witness is at work on this PC",
    "refused.file": "a file is not written: its name is taken, or its folder is not there or full",
    "log.box-key-changed": "a box signs with another key than the one it was known by",
    "log.manifest": "a manifest is not signed by the box that shows it",
    "log.no-word": "a box asked for something to be opened that is no word of its own",
    "seal.shared-folder": "a private key is not written where it would be copied to other machines",
    "device.no-sound": "the office's PC has no sound output, or it stopped",
    "log.unproved": "a box does not prove what it says of its audit log or of a recording",
    "refused.by-box": "a box refused with a code that is newer than the program on the office's PC",
    # demo
    "device.prompts-absent": "Debian's recorded prompts are not installed, and the demo speaks with them",
    "device.tool-absent": "a stock tool is not installed",
    "vault.demo-stopped": "a step of the demo ended early",
    "refused.folder-in-use": "a folder holds something that no demo made",
}
"""Every code with its meaning in one clause."""


class Fault(Exception):  # noqa: N818  the word of the glossary, for what is expected
    """An expected fault: message (what is), hint (the next step), code (stable).

    `about` names what it is a fault of where several may have it (`line repairs`), and stays the same while
    the message changes; `extent` is a whole number that grows where the fault gets worse.
    """

    kind: ClassVar[str] = ""
    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, message: str, hint: str, *, about: str = "", extent: int = 0) -> None:
        """Refuse a code that is not listed, or that belongs to another kind of fault."""
        if code not in CODES or not code.startswith(f"{self.kind}."):
            unlisted = f"fault code {code!r} is not listed for {type(self).__name__}"
            raise LookupError(unlisted)
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.about = about
        self.extent = extent

    def __str__(self) -> str:
        """Two lines as a person reads them: the fault with its code, then the hint."""
        return f"{self.message} [{self.code}]\nhint: {self.hint}"


class SettingsFault(Fault):
    """The settings file is to be edited."""

    kind = "settings"
    exit_status = 2


class DeviceFault(Fault):
    """A plug, card, button or line is to be looked at."""

    kind = "device"
    exit_status = 3


class SealFault(Fault):
    """A key or recipient is wrong; nothing was sealed to it."""

    kind = "seal"
    exit_status = 4


class VaultFault(Fault):
    """The disk, the store or the vault is in trouble; nothing was destroyed."""

    kind = "vault"
    exit_status = 5


class Refused(Fault):
    """The rules say no."""

    kind = "refused"
    exit_status = 6


class LogFault(Fault):
    """The audit log does not add up: the controller is to be called."""

    kind = "log"
    exit_status = 7
