"""The recorder's process: `python -m firmware.recorder --config F`."""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# before numpy is imported: two threads cost 2.4 times the CPU (DESIGN section 4)

from firmware.recorder.loop import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
