"""The console script: `callbox COMMAND ...` finds the command and starts it, or prints the fault in two lines.

Nothing of a command is imported before it is chosen, so that help is instant
and a fault in one command never hinders another.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from firmware.cli import CONFIG
from firmware.ending import ended

USAGE_STATUS = 2
"""What argparse too gives for a command line that cannot be read."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, what it does in one line, and the function that is it.

    The function is named `module:function`. It takes the path of the settings
    file, or the arguments as they were typed, and gives an exit status or nothing.
    """

    name: str
    line: str
    function: str
    takes_settings: bool = False

    def start(self, arguments: Sequence[str]) -> int | None:
        """Read the arguments, then import the function and call it."""
        given = self._settings_path(arguments) if self.takes_settings else list(arguments)
        module, _, name = self.function.partition(":")
        status: int | None = getattr(import_module(module), name)(given)
        return status

    def _settings_path(self, arguments: Sequence[str]) -> Path:
        parser = argparse.ArgumentParser(prog=f"callbox {self.name}", description=self.line)
        parser.add_argument(
            "--config", metavar="F", type=Path, default=CONFIG, help=f"settings file ({CONFIG})"
        )
        path: Path = parser.parse_args(arguments).config
        return path


COMMANDS = (
    Command(
        "demo", "the whole life of a call on this machine, without hardware", "firmware.demo.__main__:main"
    ),
    Command(
        "init",
        "make the box's keys, cell, first locks and folders",
        "firmware.cli.init:init",
        takes_settings=True,
    ),
    Command(
        "check",
        "say what the box will do, or all that is wrong",
        "firmware.cli.check:check",
        takes_settings=True,
    ),
    Command("apply", "show what new settings would do, then take them up", "firmware.cli.apply:main"),
    Command("run", "recorder and keeper in the foreground", "firmware.cli.run:main"),
    Command(
        "certificate",
        "whether a certificate of destruction is true, and what it says",
        "firmware.cli.certificate:main",
    ),
    Command(
        "lines",
        "how each line is wired and sounds, and whether each phone is where it should be",
        "firmware.cli.lines:main",
    ),
    Command("hear", "what the box would have heard in a recording of a line", "firmware.cli.hear:main"),
    Command("person", "who may ask over SSH: add, remove, list", "firmware.cli.person:main"),
    Command("shell", "what an SSH login may ask for: get ...", "firmware.shell.__main__:console"),
    Command(
        "office",
        "on the office's PC: fetch, open, hear and verify recordings",
        "firmware.office.__main__:main",
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Start the command named first; refuse one that is not there, with the list of those that are."""
    return ended(lambda: _started(list(sys.argv[1:] if argv is None else argv)))


def _started(arguments: Sequence[str]) -> int | None:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    command = next((each for each in COMMANDS if each.name == arguments[0]), None)
    if command is None:
        print(f"callbox: there is no command {arguments[0]!r}\n\n{usage()}", file=sys.stderr)
        return USAGE_STATUS
    return command.start(arguments[1:])


def usage() -> str:
    """The page that `callbox` alone prints: each command with its one line."""
    listed = "\n".join(f"  callbox {each.name:<11} {each.line}" for each in COMMANDS)
    return f"usage: callbox COMMAND ...\n\n{listed}\n\ncallbox COMMAND --help says more."
