"""A long recording, finished by the recorder's own code, as it lies in a spool: what a fetch takes its time with."""

from pathlib import Path
from typing import Final

import numpy as np

from firmware.sealing import finish
from firmware.sealing.live import LiveLog, create
from firmware.sealing.making import Making
from tests.keeper.keeper_rig import at_once

RATE: Final = 8000
STEP_S: Final = 10
LOUD: Final = 60
"""Noise this loud takes seven bits a sample, as speech on a line does."""

LOG_MIB: Final = 64


def spool_long(making: Making, spool: Path, folder: Path, seconds: int = 3600) -> str:
    """Its name; the live log that it needs lies in `folder` for so long."""
    noise, path = np.random.default_rng(1), folder / "long.log"
    create(path, LOG_MIB)
    log, _ = LiveLog.open(path)
    for _ in range(seconds // STEP_S):
        making.keep(noise.integers(-LOUD, LOUD, (STEP_S * RATE, 1)).astype(np.int16))
        log.commit(log.pack(making.records()))
    making.close("hung up")
    log.commit(log.pack(making.records()))
    log.commit(log.pack([finish.finish(making, log, spool, at_once)]))
    finish.reveal(making.id, spool)
    log.close()
    path.unlink()
    return making.id
