"""This PC's usual sound output without a sound card: ALSA `type file` over `null`; what is heard lies in a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FileSpeaker:
    """`environment` is what a child needs to have this output and no other."""

    folder: Path

    def __post_init__(self) -> None:
        pcm = f'type file slave.pcm {{ type null }} file "{self._heard}" format "raw"'
        self._configuration.write_text(f"pcm.!default {{ {pcm} }}\n")

    @property
    def _heard(self) -> Path:
        return self.folder / "heard.raw"

    @property
    def _configuration(self) -> Path:
        return self.folder / "speaker.conf"

    @property
    def environment(self) -> dict[str, str]:
        """As a person's own ALSA settings would say it."""
        return {"ALSA_CONFIG_PATH": str(self._configuration)}

    def heard(self) -> NDArray[np.int16]:
        """Every sample that was played."""
        return np.fromfile(self._heard, "<i2")
