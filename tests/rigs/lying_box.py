"""A box that lies: `lying_box.py LIE COMMAND ... VERB ...` answers as the real shell would, but for one lie.

It stands where `reach` names the shell of a box. What it is asked is passed on, and the answer is changed.
"""

import json
import os
import re
import signal
import subprocess
import sys


def main() -> int:
    lie, command = sys.argv[1], sys.argv[2:]
    verb = command[command.index("--socket") + 2]
    kind, _, about = lie.partition(":")
    if kind == "kill" and verb == about:
        os.kill(os.getppid(), signal.SIGKILL)
        return 1
    if kind == "huge" and verb == about:
        sys.stdout.write("x" * (17 << 20))
        return 0
    done = subprocess.run(command, stdin=sys.stdin, stdout=subprocess.PIPE, check=False)
    answer = done.stdout.decode()
    sys.stdout.write(told_as(lie, verb, answer))
    return done.returncode


def told_as(lie: str, verb: str, answer: str) -> str:
    """An answer as this lie has it."""
    return LIES[lie, verb](answer) if (lie, verb) in LIES else answer


def _without_one(answer: str) -> str:
    """An entry is left out."""
    lines = answer.splitlines(keepends=True)
    return "".join(line for line in lines if '"get"' not in line)


def _another_person(answer: str) -> str:
    return re.sub(r'"person":"[^"]*"', '"person":"somebody-else"', answer)


def _without_recipient(answer: str) -> str:
    """Settings in which the period is the old one again."""
    told = json.loads(answer)
    return json.dumps({**told, "text": told["text"].replace("P60D", "P30D")})


def _other_roots(answer: str) -> str:
    return "".join(f"{line[::-1]}\n" for line in answer.split())


def _unsigned(answer: str) -> str:
    told = json.loads(answer)
    return json.dumps({**told, "note": told["note"].replace("settings sha256:", "settings sha256:00", 1)})


def _no_object(_answer: str) -> str:
    return "[]"


def _wrong_kinds(answer: str) -> str:
    return json.dumps({**json.loads(answer), "due": [{"on": 7}], "owed": {}})


def _escapes(answer: str) -> str:
    told = json.loads(answer)
    fault = {"code": "log.torn", "message": "\x1b[2J\x1b[31mall is well", "hint": "do\nnothing\x07"}
    return json.dumps({**told, "alarms": [fault]})


LIES = {
    ("omit", "entries"): _without_one,
    ("rename", "entries"): _another_person,
    ("settings", "settings"): _without_recipient,
    ("peaks", "peaks"): _other_roots,
    ("unsigned", "checkpoint"): _unsigned,
    ("nothing", "checkpoint"): _no_object,
    ("kinds", "days"): _wrong_kinds,
    ("escapes", "status"): _escapes,
}

if __name__ == "__main__":
    sys.exit(main())
