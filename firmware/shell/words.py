"""What a person typed: a verb, names, and options; everything that is not understood is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from firmware.faults import Refused

VALUED = frozenset(
    [
        "--after",
        "--with",
        "--case",
        "--owner",
        "--reason",
        "--review",
        "--from",
        "--to",
        "--how",
        "--began",
        "--exempt",
        "--where",
        "--waived",
        "--because",
        "--purpose",
        "--ref",
        "--by-ref",
        "--line",
        "--department",
        "--on",
        "--at",
        "--by",
        "--limit",
        "--id",
        "--now",
        "--format",
        "--until",
        "--socket",
        "--config",
    ]
)
FLAGS = frozenset(
    [
        "--json",
        "--armor",
        "--untold",
        "--refusal",
        "--resume",
        "--due",
        "--withheld",
        "--subject",
        "--once",
        "--history",
    ]
)


@dataclass(frozen=True, slots=True)
class Words:
    """A command line that was understood; `options` by their names without hyphens."""

    names: tuple[str, ...]
    options: dict[str, str]
    flags: frozenset[str]

    @property
    def verb(self) -> str:
        """The first word, `help` where there is none."""
        return self.names[0] if self.names else "help"

    def one_name(self, what: str) -> str:
        """The one name that follows the verb; refused where there is none or more."""
        if len(self.names) != 2:
            raise refused(f"`{self.verb}` takes one {what}", self._left_over())
        return self.names[1]

    def _left_over(self) -> str:
        """What to look at where there are more names than there should be."""
        see = f"see `callbox shell help {self.verb}`"
        return (
            f'{see}; a text of several words stands in quotes: --where "case file"' if self.names[2:] else see
        )

    def allow(self, *options: str) -> None:
        """Refuse options that this verb does not take."""
        extra = (self.options.keys() | self.flags) - {*options, "socket", "config"}
        if extra:
            raise refused(f"`{self.verb}` does not take --{min(extra)}")


def understand(argv: Sequence[str]) -> Words:
    """Names, `--option VALUE`, `--option=VALUE` and flags, in any order."""
    names: list[str] = []
    options: dict[str, str] = {}
    flags: set[str] = set()
    words = iter(argv)
    for word in words:
        option, equals, value = word.partition("=")
        if word in {"-h", "--help"}:
            names.insert(0, "help")
        elif option in FLAGS and not equals:
            flags.add(option[2:])
        elif option in VALUED:
            options[option[2:]] = value if equals else _value(option, next(words, None))
        elif word.startswith("-"):
            raise refused(f"there is no option {option}")
        else:
            names.append(word)
    return Words(tuple(names), options, frozenset(flags))


SEE: Final = "see `callbox shell help`"


def refused(message: str, hint: str = SEE) -> Refused:
    """What was typed is not understood."""
    return Refused("refused.arguments", message, hint)


def _value(option: str, value: str | None) -> str:
    if value is None:
        raise refused(f"{option} needs a value")
    return value
