"""Measured figures, kept beside the build: `build/figures/NAME.json`, and printed."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build" / "figures"


def keep(name: str, **figures: object) -> None:
    """Write the figures of one test in place of the last ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{name}: {json.dumps(figures)}")


def spread(values: list[float]) -> dict[str, float]:
    """The smallest, the middle, the 90th percentile and the largest of some values."""
    ranked = sorted(values)
    at = {"min": 0, "median": len(ranked) // 2, "p90": len(ranked) * 9 // 10, "max": len(ranked) - 1}
    return {name: round(ranked[each], 3) for name, each in at.items()} | {"count": len(ranked)}
