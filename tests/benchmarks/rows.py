"""One figure beside its peer, as it stands in build/bench.json."""

from typing import Any


def row(name: str, value: float, unit: str, peer: tuple[str, float | None]) -> dict[str, Any]:
    """Three digits are enough; the ratio is left out where nobody is there to compare with."""
    beside = peer[1]
    return {
        "name": name,
        "value": float(f"{value:.3g}"),
        "unit": unit,
        "peer": peer[0],
        "peer_value": None if beside is None else float(f"{beside:.3g}"),
        "ratio": float(f"{value / beside:.3g}") if beside else None,
    }
