"""`watch`: the screen where there is a terminal for it, else one look as text."""

import json
import os
import sys
from typing import Final, TextIO

from firmware.shell.client import Client, socket_path
from firmware.shell.watch.snapshot import PIPE, snapshot
from firmware.shell.words import Words, refused
from firmware.showing import one_line

FAMILIES: Final = (
    *("xterm", "screen", "tmux", "rxvt", "linux", "vt1", "vt2", "vt3", "vt4", "vt5", "putty", "ansi"),
    *("alacritty", "foot", "kitty", "ghostty", "wezterm", "konsole", "gnome", "iterm", "mintty", "cygwin"),
    *("st-", "contour", "rio", "ms-terminal"),
)
"""Terminals that take the sequences of ECMA-48 that the screen is drawn with, by how their names begin; our list."""


def watch(client: Client, words: Words) -> None:
    """`watch`: nothing is changed by it, and there is no sound in it.

    The terminal is left in its usual way of sending keys, so that a session that is killed leaves it usable.
    """
    words.allow("once", "on", "json")
    if len(words.names) != 1:
        raise refused("`watch` takes no name; --on names the day")
    on = words.options.get("on")
    if "json" in words.flags:
        told = client.ask("watch", on=on).content
        print(json.dumps({name: value for name, value in told.items() if name != "ok"}, indent=2))
    elif "once" in words.flags or not _has_screen():
        print(snapshot(client.ask("watch", on=on).content, _columns()))
    else:
        os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
        from firmware.shell.watch.link import Link  # noqa: PLC0415  for the screen alone
        from firmware.shell.watch.screen import show  # noqa: PLC0415  it brings Textual with it

        show(Link(client, socket_path(words.options)), on)


def _has_screen() -> bool:
    """Whether all three streams are a terminal, and one that a screen can be drawn on; says why not where it is one."""
    if not all(map(_is_terminal, (sys.stdin, sys.stdout, sys.stderr))):
        return False
    kind = os.environ.get("TERM", "")
    if kind.startswith(FAMILIES):
        return True
    named = f"TERM={one_line(kind)}" if kind else "TERM is not set"
    hint = "one look as text follows; for the screen: TERM=xterm-256color in front of the command"
    print(f"callbox: no screen is known for this terminal ({named}); {hint}", file=sys.stderr)
    return False


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return PIPE
