"""What a person reads of this shell is our own: two lines and a code, or an answer; never another program's words."""

import re
import subprocess

FAULT = re.compile(
    r"callbox: [^\n]+ \[(?P<code>[a-z]+\.[a-z-]+)\]\nhint: [^\n]+(\n[^\n]+)*?\ncode: (?P=code)\n"
)
FOREIGN = ("Traceback", "/bin/sh", "sh:", "Error:", "usage:", "bug of the box", 'File "')


def code_of(done: subprocess.CompletedProcess[bytes]) -> str | None:
    """The code of the fault that was printed, `None` where there was none; asserts that there is nothing but our sentences."""
    return code_in(done.returncode, done.stderr.decode())


def code_in(status: int, printed: str) -> str | None:
    """The same, of an exit status and what stood on standard error."""
    assert not any(word in printed for word in FOREIGN), printed
    if status == 0:
        assert printed == "", printed
        return None
    found = FAULT.fullmatch(printed)
    assert found, (status, printed)
    assert all(each == "\n" or each.isprintable() for each in printed)
    return found["code"]
