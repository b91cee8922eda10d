"""A `callbox office reseal` in a process of its own, which is killed after so many answers of its boxes."""

import os
import sys
from pathlib import Path

from firmware.office import remote, resealing
from firmware.office.__main__ import main

if __name__ == "__main__":
    left = int(sys.argv[1])
    resealing.A_PAGE = 1  # type: ignore[misc]
    asked = remote.Remote.json

    def counted(self: remote.Remote, *words: str, said: bytes = b"") -> object:
        """The answer, and the end of this process once enough were given: before or after the box was asked."""
        global left  # noqa: PLW0603  this process is the count
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
        answer = asked(self, *words, said=said)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
        return answer

    remote.Remote.json = counted  # type: ignore[method-assign]
    sys.exit(main(["reseal", "--office", str(Path(sys.argv[2])), *sys.argv[3:]]))
