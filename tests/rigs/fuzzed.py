"""Command lines that nobody should type, seeded: verbs, options, quotes, operators of a shell, foreign letters, lengths."""

import random
from collections.abc import Iterator

from firmware.shell.verbs import VERBS
from firmware.shell.words import FLAGS, VALUED

NASTY = (
    "$(id)",
    "`id`",
    "; id",
    "| cat /etc/passwd",
    "> /tmp/x",
    "< /etc/shadow",
    "&& reboot",
    "& sleep 9 &",
    "${HOME}",
    "*",
    "~root",
    "!!",
    "'",
    '"',
    "\\",
    "\t",
    "\n",
    "\r\n",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x7f",
    "\u009b31m",
    "\u202e",
    "\u2028",
    "\ufeff",
    "é",
    "录音",
    "\U0001f4de",
    "--",
    "-",
    "-x",
    "--socket",
    "--config=/etc/passwd",
    "--json=1",
    "%s%n",
    "../" * 8,
    "0" * 13,
    "07700900461",
    "-1",
    "1" * 40,
    "x" * 3000,
    "scp -f /",
    "internal-sftp",
    "rsync --server",
    "help",
    "--help",
)
RAW = (b"\xff\xfe", b"list \x80", b"\xc3", b"get \xed\xa0\x80")
"""No text at all."""


def command_lines(count: int, seed: int) -> Iterator[bytes]:
    """So many lines, the same for the same seed; none holds a zero byte, which no line can."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.03:
            yield chance.choice(RAW)
        else:
            yield _line(chance).encode()


def _line(chance: random.Random) -> str:
    words = [
        chance.choice((*VERBS, *NASTY, *VALUED, *FLAGS, "x", "line1"))
        if chance.random() < 0.9
        else _noise(chance)
        for _ in range(chance.randrange(1, 6))
    ]
    if chance.random() < 0.6:
        words[0] = chance.choice([*VERBS])
    return chance.choice((" ", "  ", "")).join(words) if chance.random() < 0.1 else " ".join(words)


def _noise(chance: random.Random) -> str:
    """Letters of any plane, surrogates and zero aside."""
    points = (chance.randrange(1, 0x2FF) for _ in range(chance.randrange(1, 40)))
    return "".join(map(chr, points))
