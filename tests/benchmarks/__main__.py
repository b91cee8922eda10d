"""`make bench`: every benchmark beside its peers in the same run; a table here, and build/bench.json.

Names can be given to run some: `make bench ARGS="sealing lamp"`.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

NAMES = ("sealing", "decimation", "hearing", "path", "tap", "lamp", "million", "ssh")
REPORT = Path("build/bench.json")


def main(asked: Sequence[str]) -> int:
    """Run the benchmarks that were named, or all."""
    results = []
    for name in asked or NAMES:
        print(f"== {name}", flush=True)
        for result in import_module(f"tests.benchmarks.bench_{name}").run():
            results.append(result)
            beside = f"{result['peer']} {result['peer_value']}: ratio {result['ratio']}"
            print(f"{result['name']:58} {result['value']:>9} {result['unit']:22} {beside}", flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written to {REPORT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
