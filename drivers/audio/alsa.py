"""A card is opened by its ALSA card id, or by the exact name of a PCM, and never by anything weaker.

Rules of this module:

1. An index, `default`, `plug`, `pulse` and the like are never opened: the number of a card
   changes at a replug, and a sound server was seen to move a stream onto another line
   (research: audio-stack, section 1.B).
2. The configuration written here holds one card and a `default` that is `null`. PortAudio probes every
   PCM that it finds; so a tap can neither see nor occupy another line's card.
   (Without any `default`, Debian 12's PortAudio 19.6.0 aborts in BuildDeviceList.)
3. A name matches whole, upper and lower case as written, once.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from drivers.facts import DriverError

CARDS = Path("/proc/asound")
DEVICES = Path("/sys/class/sound")
PREFIX = "pcm:"
PCM = "callbox"
"""The one PCM of the configuration that `config_text` writes."""

CARD_ID = re.compile(r"[A-Za-z0-9_-]{1,15}")
"""An ALSA card id: at most 15 characters (Linux, sound/core/init.c)."""

REFUSED = re.compile(r"default|sysdefault|pulse|pipewire|jack|plug.*|dsnoop.*|hw.*|null")
"""PCMs that are another card tomorrow, or go through a server or a converter today."""

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
"""The rates that a range in a stream file is taken to contain (Linux, sound/core/pcm_native.c)."""


def pcm_name(card: str) -> str:
    """The exact name under which PortAudio lists a card: NAME of `pcm:NAME`, else the configuration's own."""
    if not card.startswith(PREFIX):
        check_card_id(card)
        return PCM
    name = card.removeprefix(PREFIX)
    if REFUSED.fullmatch(name):
        raise DriverError(f"PCM {name!r} does not name one card: name a PCM that does, or an ALSA card id")
    return name


def config_text(card_id: str) -> str:
    """The ALSA configuration of one card; its path is a tap's `ALSA_CONFIG_PATH`."""
    check_card_id(card_id)
    return (
        f"pcm.{PCM} {{ type hw card {card_id} hint {{ show on description {PCM} }} }}\n"
        "pcm.default { type null }\n"
    )


def check_card_id(card: str) -> None:
    """Refuse what is no card id: an index, or a name that would mean something to ALSA's grammar."""
    if not CARD_ID.fullmatch(card) or card.isdigit():
        raise DriverError(f"{card!r} is no ALSA card id: `cat /proc/asound/cards` shows them in brackets")


def present(card: str, cards: Path = CARDS) -> bool:
    """Whether the card is there now; a `pcm:` is taken to be."""
    return card.startswith(PREFIX) or (cards / card).exists()


def socket(card: str, cards: Path = CARDS, devices: Path = DEVICES) -> str | None:
    """Where a card is plugged in, by its path among the machine's devices; None for a `pcm:` or an absent card."""
    if card.startswith(PREFIX) or not present(card, cards):
        return None
    number = (cards / card).resolve().name
    device = devices / number / "device"
    return str(device.resolve()).rpartition("/devices/")[2] if device.exists() else None


def plugging(card: str, cards: Path = CARDS) -> str | None:
    """What changes whenever a USB card is plugged in anew: its address on the bus; None where there is none."""
    try:
        return (cards / card / "usbbus").read_text().strip()
    except (OSError, ValueError):
        return None


def only_index(names: Sequence[str], wanted: str) -> int:
    """Where the one input of exactly this name stands in PortAudio's list of this process."""
    if names.count(wanted) != 1:
        raise DriverError(
            f"input {wanted!r} is there {names.count(wanted)} times; listed: {', '.join(names)}"
        )
    return names.index(wanted)


def stream_rates(card_id: str, cards: Path = CARDS) -> tuple[int, ...]:
    """The capture rates that a USB card's stream files list; none for a card without such files."""
    texts = [path.read_text() for path in sorted((cards / card_id).glob("stream*"))]
    return tuple(sorted({rate for text in texts for rate in _rates_in(text)}))


def _rates_in(text: str) -> Iterator[int]:
    """Every rate in the `Rates:` lines of the capture half (Linux, sound/usb/proc.c)."""
    _, _, capture = text.partition("Capture:")
    for listed in re.findall(r"Rates: (.*)", capture.partition("Playback:")[0]):
        low, dash, high = listed.replace(" (continuous)", "").partition(" - ")
        if dash:
            yield from (rate for rate in RATES if int(low) <= rate <= int(high))
        else:
            yield from (int(rate) for rate in low.split(","))
