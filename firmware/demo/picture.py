"""A picture of a recording with its gaps: in the terminal, and as an SVG file.

What is withheld is drawn as such, never closed up: the picture is as long as the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

EIGHTHS = " ▁▂▃▄▅▆▇█"
WITHHELD = "░"
FLOOR_DB = -60.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap in seconds, and why."""

    start: float
    stop: float
    reason: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A recording to be drawn: samples of one side, their rate, the gaps in order."""

    samples: NDArray[np.int16]
    rate: int
    gaps: Sequence[Gap]

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.samples) / self.rate

    def loudness(self, columns: int) -> NDArray[np.float64]:
        """For each column, from 0 (silence) to 1 (full scale), on a scale of decibels."""
        cuts = np.array_split(self.samples.astype(np.float64) / 32768, columns)
        power = np.array([np.mean(cut**2) if len(cut) else 0.0 for cut in cuts])
        level = 10 * np.log10(np.maximum(power, 1e-9))
        return np.asarray(np.clip((level - FLOOR_DB) / -FLOOR_DB, 0, 1))

    def withheld(self, columns: int) -> list[bool]:
        """For each column, whether it lies in a gap."""
        at = (np.arange(columns) + 0.5) * self.seconds / columns
        return [any(gap.start <= each < gap.stop for gap in self.gaps) for each in at]


def in_terminal(picture: Picture, columns: int = 72, rows: int = 4) -> list[str]:
    """Lines of text: a bar a column, a gap as a grey block, a scale in seconds below."""
    levels, gaps = picture.loudness(columns), picture.withheld(columns)
    lines = []
    for row in range(rows - 1, -1, -1):
        cells = (
            WITHHELD if gap else _cell(level, row, rows) for level, gap in zip(levels, gaps, strict=True)
        )
        lines.append("".join(cells))
    end = f"{picture.seconds:.1f} s"
    lines.append("0 s".ljust(columns - len(end)) + end)
    lines += [f"{WITHHELD * 2} {gap.start:.2f} s to {gap.stop:.2f} s: {gap.reason}" for gap in picture.gaps]
    return lines


def _cell(level: float, row: int, rows: int) -> str:
    filled = min(max(level * rows - row, 0.0), 1.0)
    return EIGHTHS[round(filled * 8)]


def as_svg(picture: Picture, title: str, columns: int = 600) -> str:
    """The same as a drawing; the gaps are labelled in words."""
    width, height, middle = 900, 220, 110
    step = width / columns
    levels, gaps = picture.loudness(columns), picture.withheld(columns)
    bars = [
        f'<rect x="{index * step:.2f}" y="{middle - level * 80:.1f}" width="{step:.2f}" height="{level * 160:.1f}"/>'
        for index, (level, gap) in enumerate(zip(levels, gaps, strict=True))
        if not gap
    ]
    scale = width / picture.seconds if picture.seconds else 0
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            f'<text x="8" y="18" font-size="14">{escape(title)}</text>',
            f'<g fill="#205080">{"".join(bars)}</g>',
            *(_gap_svg(gap, scale) for gap in picture.gaps),
            f'<text x="8" y="{height - 8}" font-size="12">0 s</text>',
            f'<text x="{width - 8}" y="{height - 8}" font-size="12" text-anchor="end">{picture.seconds:.1f} s</text>',
            "</svg>",
            "",
        ]
    )


def _gap_svg(gap: Gap, scale: float) -> str:
    x, width = gap.start * scale, (gap.stop - gap.start) * scale
    return (
        f'<rect x="{x:.1f}" y="28" width="{width:.1f}" height="164" fill="#ddd" stroke="#888" stroke-dasharray="4 3"/>'
        f'<text x="{x + width / 2:.1f}" y="114" font-size="13" text-anchor="middle">{escape(gap.reason)}</text>'
    )
