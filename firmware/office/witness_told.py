"""What a box tells of its log and settings is held against what it signed, before a word of it is believed.

1. Entries are hashed here, one after another, from the roots that were kept: where that does not end at the root of the
   cosigned checkpoint, an entry was left out, changed or put in.
2. Every version of the settings that came into force is compared with the one before it, in the sentences of
   `callbox check`, made here from its text; the text must have the digest that the log or the checkpoint names.
3. The digests in the checkpoint must be those that the last entries name: settings, program, recipients.
4. What cannot be told is said.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import firmware
from firmware.audit.checkpoint import Checkpoint
from firmware.audit.digests import code_digest, read_extensions, recipients_digest
from firmware.audit.entries import What
from firmware.audit.tree import Frontier, leaf_hash
from firmware.faults import LogFault, Refused, SettingsFault
from firmware.office.remote import Remote
from firmware.office.witness_folder import Told
from firmware.office.witness_story import Part, when, word
from firmware.office.witness_visit import objects
from firmware.office.witness_words import changed, described, lines_changed
from firmware.settings import Settings, parse
from firmware.settings.load import MOST_BYTES as LONGEST_TEXT
from firmware.settings.told import WITHHELD, told_digest
from firmware.vault.reading import Fields, UnreadableError, canonical, read_object

AT_ONCE: Final = 5000
"""Entries in one conversation; our choice: 2 MB."""

MOST: Final = 16 << 20
"""Bytes of one conversation."""

MOST_ENTRIES: Final = 200_000
"""Entries that are read in one run; our choice: half a year of a busy office, some 60 MB."""


MOST_BYTES: Final = 256 << 20
"""Of entries in one run; our choice: five times what so many take."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the settings: its digest, that of its text as it is told, and when it came into force."""

    digest: str
    told: str | None
    since: str


@dataclass(frozen=True, slots=True)
class Teller:
    """What one box tells, up to a checkpoint that was judged good."""

    remote: Remote
    shown: Checkpoint

    @property
    def digests(self) -> dict[str, str]:
        """What the checkpoint says that the box runs on."""
        return read_extensions(self.shown.extensions)

    def entries(self, told: Told | None) -> tuple[list[Fields], Told, str | None]:
        """The entries since, from where the next run goes on, and a sentence where some cannot be told (rules 1 and 4)."""
        if told is None:
            return [], self._peaks(), None
        if self.shown.size - told.size > MOST_ENTRIES:
            return (
                [],
                self._peaks(),
                f"{self.shown.size - told.size} entries came since: too many to be told here",
            )
        try:
            found, edge = self._read(told)
        except Refused as refusal:
            if refusal.code != "refused.dropped":
                raise
            return [], self._peaks(), f"entries from {told.size} on are dropped already, and cannot be told"
        return found, Told(edge.size, edge.peaks), None

    def _read(self, told: Told) -> tuple[list[Fields], Frontier]:
        edge, found, room = told.frontier(), [], MOST_BYTES
        for start in range(told.size, self.shown.size, AT_ONCE):
            for line in self._lines(start, min(start + AT_ONCE, self.shown.size)):
                found.append(read_object(line, f"entry {edge.size}"))
                edge.add(leaf_hash(self._hashed(found[-1])))
                room -= len(line)
            if room < 0:
                raise UnreadableError(f"its entries take more than {MOST_BYTES >> 20} MiB")
        if edge.size != self.shown.size or edge.root() != self.shown.root:
            self._lies("the entries that it tells are not those of the log that it signed")
        return found, edge

    def _hashed(self, entry: Fields) -> bytes:
        """The entry in the one form that is hashed: on its way a shell escapes what prints nothing."""
        try:
            return canonical(entry.content)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(f"{entry.where} is none") from error

    def _lines(self, start: int, end: int) -> list[bytes]:
        with self.remote.stream("entries", str(start), str(end)) as sent:
            return sent.read(MOST).splitlines()

    def _peaks(self) -> Told:
        """From where the log's hash goes on, as the box says and the checkpoint proves."""
        told = self.remote.text("peaks", str(self.shown.size)).split()
        try:
            peaks = tuple(b64decode(each, validate=True) for each in told)
            right = Frontier(self.shown.size, peaks).root() == self.shown.root
        except ValueError:
            right = False
        if not right:
            self._lies("the roots that it tells are not those of the log that it signed")
        return Told(self.shown.size, peaks)

    def changes(
        self, before: Mapping[str, str] | None, entries: Sequence[Fields], *, whole: bool
    ) -> Iterator[Part]:
        """Every change of settings, recipients and program since, in words; all of it where nothing was seen before.

        `whole` is whether these are all the entries since.
        """
        versions = list(self._versions(before, entries))
        if not whole:
            versions.append(self._version("in force by now"))
        if versions[-1].digest != self.digests.get("settings"):
            self._lies("its checkpoint names settings that no entry of its log brought into force")
        if before is None:
            yield Part("The settings in force", tuple(self._described()))
        for old, new in pairwise(versions):
            if old.digest != new.digest:
                yield Part(f"SETTINGS CHANGED, {new.since}", tuple(self._changed(old, new)))
        yield Part("Program", tuple(self._program(before, entries, whole=whole)))

    def _versions(self, before: Mapping[str, str] | None, entries: Sequence[Fields]) -> Iterator[Version]:
        if before is None:
            yield self._version("before")
        else:
            yield Version(before.get("settings", ""), before.get("told"), "before")
        applied: dict[str, str] = {}
        for entry in entries:
            if entry.text("what") == What.ACCEPTED:
                applied[entry.text("digest")] = f"applied by {word(entry, 'person')}"
            if entry.text("what") == What.SETTINGS:
                told = entry.text("told") if "told" in entry.content else None
                how = applied.get(entry.text("digest"), "NOT by `callbox apply` since the last run")
                yield Version(entry.text("digest"), told, f"in force since {when(entry)}, {how}")

    def _version(self, since: str) -> Version:
        """The one that the checkpoint names."""
        return Version(self.digests.get("settings", ""), self.digests.get("told"), since)

    def _described(self) -> Iterator[str]:
        """The settings in force, and whether the recipients are those that the checkpoint names (rule 3)."""
        text = self._text(self._version("now"))
        settings = _parsed(text)
        if settings is None:
            yield "they cannot be told: the box does not give them, or the program here does not understand them"
            return
        self._require_recipients(settings)
        yield from described(settings)

    def _changed(self, old: Version, new: Version) -> Iterator[str]:
        texts = self._text(old), self._text(new)
        before, after = (_parsed(text) for text in texts)
        if new.digest == self.digests.get("settings") and after is not None:
            self._require_recipients(after)
        if texts[0] is not None and texts[0] == texts[1]:
            yield "what changed is not told: an exempt number is another"
        elif before is not None and after is not None:
            yield from changed(before, after)
        elif texts[0] is not None and texts[1] is not None:
            yield "the program here does not understand them (is it as new as the box's?); line by line:"
            yield from lines_changed(texts[0], texts[1])
        else:
            yield "what changed cannot be told: the box does not give the text of a version"

    def _text(self, version: Version) -> str | None:
        """The text of a version as the box tells it; one that has another digest than it signed is a fault (rule 2)."""
        if version.told is None:
            return None
        try:
            answer = Fields(self.remote.box.name, objects(self.remote.json("settings", version.digest)))
        except Refused:
            return None
        text = answer.text("text")
        if told_digest(text) != version.told:
            self._lies("the settings that it tells are not those that it signed")
        return None if text == WITHHELD or len(text) > LONGEST_TEXT else text

    def _require_recipients(self, settings: Settings) -> None:
        if recipients_digest(settings) != self.digests.get("recipients"):
            self._lies("the recipients that its checkpoint names are not those of the settings that it tells")

    def _program(
        self, before: Mapping[str, str] | None, entries: Sequence[Fields], *, whole: bool
    ) -> Iterator[str]:
        runs = [(before or {}).get("code", "")]
        for entry in entries:
            if (
                entry.text("what") == What.STARTED
                and "code" in entry.content
                and entry.text("code") != runs[-1]
            ):
                yield f"{when(entry)}  ANOTHER PROGRAM runs since: {_short(entry.text('code'))} instead of {_short(runs[-1])}"
                runs.append(entry.text("code"))
        now = self.digests.get("code", "")
        if before is not None and whole and now != runs[-1]:
            self._lies("its checkpoint names a program that no start in its log names")
        here = code_digest(Path(firmware.__file__).parent.parent)
        same = "the same as on this PC" if now == here else "not the one on this PC"
        yield f"it runs the program {_short(now)}, {same}"

    def _lies(self, what: str) -> None:
        hint = "call the controller and the data protection officer; leave the box as it is"
        raise LogFault("log.told-otherwise", f"{self.remote.box.name}: {what}", hint)


def _parsed(text: str | None) -> Settings | None:
    try:
        return None if text is None else parse(text, "the settings of the box")
    except SettingsFault:
        return None


def _short(digest: str) -> str:
    return digest[:12] or "(not named)"
