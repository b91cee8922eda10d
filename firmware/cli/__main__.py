"""`python -m firmware.cli` is `callbox`, where no script was installed."""

import sys

from firmware.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
