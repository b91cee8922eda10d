"""An example of config/, with its devices replaced by files and scripts, so that it runs here; all else as it stands."""

import re
from pathlib import Path

from firmware.sealing.age import Identity

CONFIG = Path(__file__).resolve().parents[2] / "config"
OFFICES = ("hts", "harlow", "south-hams", "hammersmith-fulham", "north-herts")
NATIVE = re.compile(r'key = "age1[0-9a-z]+"')

DEVICES = (
    (r'kind = "sounddevice"', 'kind = "wav"'),
    (r"rate = 48000", "rate = 8000\nblock = 0.05\nlatency = 0.1"),
    (r'panel = "gpiozero"', 'panel = "script"'),
    (r"hook = \{.*\}", 'hook = { kind = "script", source = "" }'),
)
"""What is a device in the example, and what stands for it: a shipped driver without hardware."""


def example(office: str) -> str:
    """The example's text as it stands in config/."""
    return (CONFIG / f"{office}.toml").read_text()


def rigged(text: str, folder: Path, keys: tuple[Identity, Identity]) -> str:
    """The same office with its data in `folder`, its cards as files there, and these two recipients."""
    for real, stands_for in DEVICES:
        text = re.sub(real, stands_for, text)
    for identity in keys:
        text = NATIVE.sub(f'key = "{identity.recipient().text().upper()}"', text, count=1)
    text = re.sub(r'"AGE1[0-9A-Z]+"', lambda found: found[0].lower(), text)
    text = re.sub(r'card = "(\w+)"', rf'card = "{folder}/\1.raw"', text)
    return re.sub(r'data = ".*"', f'data = "{folder}/data"\nlive_log_mib = 32', text)
