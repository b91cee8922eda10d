"""JSON that others wrote is read field by field, and each wrong field is named.

Messages name the field and the kind of its value, never the value: it may be a number.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

Kind = TypeVar("Kind")

MOST_WHOLE: Final = (1 << 63) - 1
"""No whole number is larger: 292 years in nanoseconds, and what SQLite holds (sqlite.org/datatype3.html)."""


class UnreadableError(ValueError):
    """What was read is not what the format says."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object; `where` names it in messages."""

    where: str
    content: Mapping[str, object]

    def text(self, name: str) -> str:
        """A string of whole characters."""
        text = self._of(name, str)
        self._whole_characters(name, text)
        return text

    def maybe_text(self, name: str) -> str | None:
        """A string or null."""
        return None if self._get(name) is None else self.text(name)

    def whole(self, name: str) -> int:
        """A whole number, not negative, of 63 bits."""
        number = self._of(name, int)
        if not 0 <= number <= MOST_WHOLE or isinstance(number, bool):
            raise UnreadableError(f"{self.where}: {name} is not a whole number")
        return number

    def maybe_whole(self, name: str) -> int | None:
        """A whole number or null."""
        return None if self._get(name) is None else self.whole(name)

    def day(self, name: str) -> date:
        """A date, `YYYY-MM-DD`."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise UnreadableError(f"{self.where}: {name} is no date") from error

    def data(self, name: str) -> bytes:
        """Bytes in base64."""
        try:
            return b64decode(self.text(name), validate=True)
        except ValueError as error:
            raise UnreadableError(f"{self.where}: {name} is not base64") from error

    def maybe_data(self, name: str) -> bytes | None:
        """Bytes in base64, or null."""
        return None if self._get(name) is None else self.data(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        found = self._of(name, list)
        if not all(isinstance(each, str) for each in found):
            raise UnreadableError(f"{self.where}: {name} is not a list of texts")
        self._whole_characters(name, "".join(found))
        return tuple(found)

    def inner(self, name: str) -> "Fields":
        """An object in this one."""
        return Fields(f"{self.where}.{name}", self._of(name, dict))

    def each(self, name: str) -> tuple["Fields", ...]:
        """A list of objects."""
        rows = self._of(name, list)
        if not all(isinstance(each, dict) for each in rows):
            raise UnreadableError(f"{self.where}: {name} is not a list of objects")
        return tuple(Fields(f"{self.where}.{name}[{number}]", row) for number, row in enumerate(rows))

    def require_format(self, *known: int) -> None:
        """Refuse a format that this version does not read."""
        if self.whole("format") not in known:
            raise UnreadableError(f"{self.where}: format {self.whole('format')} is not known here")

    def _whole_characters(self, name: str, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError as error:  # JSON can spell half a character, UTF-8 cannot
            raise UnreadableError(f"{self.where}: {name} holds half a character") from error

    def _get(self, name: str) -> object:
        if name not in self.content:
            raise UnreadableError(f"{self.where}: {name} is missing")
        return self.content[name]

    def _of(self, name: str, kind: type[Kind]) -> Kind:
        value = self._get(name)
        if not isinstance(value, kind):
            raise UnreadableError(f"{self.where}: {name} is {type(value).__name__}, not {kind.__name__}")
        return value


def read_object(content: bytes, where: str) -> Fields:
    """The one JSON object that these bytes are; refuses all else as `UnreadableError`."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{where}: this is not JSON") from error
    if not isinstance(found, dict):
        raise UnreadableError(f"{where}: this is not a JSON object")
    return Fields(where, found)


def base64(content: bytes) -> str:
    """Bytes as they travel in JSON; `Fields.data` reads them."""
    return b64encode(content).decode()


def canonical(content: Mapping[str, object]) -> bytes:
    """The one way in which an object is written where it is signed or hashed: sorted, without spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
