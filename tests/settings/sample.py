"""Settings texts for tests: a small right one, and ways to make it wrong."""

from pathlib import Path

from firmware.faults import SettingsFault
from firmware.settings import Settings, parse

EXAMPLE = Path(__file__).resolve().parents[2] / "config/callbox.toml"

KEY_A = "age1uyeqw2qfkg59f7d0w02pj2styenjacgmma5ewlx4wfr4sk0cpeqs7xea4g"
KEY_B = "age1lxa3zpm0j4e5wpnt453d024ps43yd63wdmv9hr0yk35c9jym6f5sz66h5s"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "Q" * 43
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB" + "Q" * 340

SMALL = f"""
[office]
name = "Quay"
controller = "Quay Limited"
contact = "office at quay"
dpo = "dpo at quay"
purposes = ["complaint"]
callers_told = "announcement"
staff_told = "note"
[office.lawful_basis]
callers = "public task"
staff = "contract"
[[policy]]
name = "standard"
period = "P30D"
from = 2026-01-05
reason = "enough"
[[department]]
name = "repairs"
policy = "standard"
opt_out = "stop"
[[tap]]
name = "card"
kind = "wav"
card = "call.wav"
rate = 8000
channels = 2
[[line]]
name = "front"
department = "repairs"
tap = "card"
position = "port"
hook = {{ kind = "gpiozero", source = "GPIO22" }}
[[line]]
name = "helpline"
department = "repairs"
never_record = true
[[desk]]
name = "desk"
panel = "gpiozero"
pause = ["GPIO5", "GPIO6"]
lines = ["front"]
[[recipient]]
name = "office"
key = "{KEY_A}"
holder = "IT"
[[recipient]]
name = "safe"
key = "{KEY_B}"
holder = "DPO"
[storage]
data = "/var/lib/callbox"
"""

SCRIPTED = SMALL.replace('kind = "gpiozero", source = "GPIO22"', 'kind = "script", source = "line.fifo"')
"""The same with a line that a script tells about, so that numbers and digits are heard."""


def edited(text: str, *edits: tuple[str, str]) -> str:
    """A text with its first occurrence of each old part replaced by the new one."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def settings_of(text: str, *edits: tuple[str, str]) -> Settings:
    """The settings of an edited text."""
    return parse(edited(text, *edits), "box.toml")


def mistakes(text: str, *edits: tuple[str, str]) -> list[str]:
    """The mistakes of an edited text, a line each; none where it is right."""
    try:
        settings_of(text, *edits)
    except SettingsFault as caught:
        fault = caught
    else:
        return []
    first, *lines = fault.message.splitlines()
    assert (fault.code, first[:18]) == ("settings.invalid", "box.toml contains ")
    return [line.removeprefix("  ") for line in lines]
