"""Another's ears and voice for telephone signals: Debian's libspandsp2 (0.0.6), through cffi without a compiler.

1. It judges and makes material; nothing of ours runs on it. Signatures are those of 0.0.6: later
   versions changed them, so another soname is refused by not being found.
2. Every receiver has `feed(samples)`, int16 at 8 kHz in blocks of any length, and a list `found`.
3. Traps (research: signalling, sections 2, 4 and 6): the caller id receiver hears nothing below about
   -30 dBm0, so it is fed eight times louder; a field of 16 bytes gets its length doubled by the sender;
   a silent element of a tone has frequency 0, the documented -1 finds nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from cffi import FFI
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE: Final = 8000
LIBRARY: Final = "libspandsp.so.2"

BELL202, V23, DTMF_CALLER_ID = 1, 2, 5
"""ADSI_STANDARD_CLASS, _CLIP and _CLIP_DTMF."""

DECLARATIONS: Final = """
typedef struct dtmf_rx_state_s dtmf_rx_state_t;
typedef void (*digits_rx_callback_t)(void *user_data, const char *digits, int len);
typedef void (*tone_report_func_t)(void *user_data, int code, int level, int delay);
dtmf_rx_state_t *dtmf_rx_init(dtmf_rx_state_t *s, digits_rx_callback_t callback, void *user_data);
void dtmf_rx_parms(dtmf_rx_state_t *s, int filter_dialtone, int twist, int reverse_twist, int threshold);
void dtmf_rx_set_realtime_callback(dtmf_rx_state_t *s, tone_report_func_t callback, void *user_data);
int dtmf_rx(dtmf_rx_state_t *s, const int16_t amp[], int samples);
int dtmf_rx_free(dtmf_rx_state_t *s);

typedef struct dtmf_tx_state_s dtmf_tx_state_t;
typedef void (*digits_tx_callback_t)(void *user_data);
dtmf_tx_state_t *dtmf_tx_init(dtmf_tx_state_t *s, digits_tx_callback_t callback, void *user_data);
void dtmf_tx_set_level(dtmf_tx_state_t *s, int level, int twist);
void dtmf_tx_set_timing(dtmf_tx_state_t *s, int on_time, int off_time);
int dtmf_tx_put(dtmf_tx_state_t *s, const char *digits, int len);
int dtmf_tx(dtmf_tx_state_t *s, int16_t amp[], int max_samples);
int dtmf_tx_free(dtmf_tx_state_t *s);

typedef struct adsi_rx_state_s adsi_rx_state_t;
typedef struct adsi_tx_state_s adsi_tx_state_t;
typedef void (*put_msg_func_t)(void *user_data, const uint8_t *msg, int len);
adsi_rx_state_t *adsi_rx_init(adsi_rx_state_t *s, int standard, put_msg_func_t put_msg, void *user_data);
int adsi_rx(adsi_rx_state_t *s, const int16_t amp[], int len);
int adsi_rx_free(adsi_rx_state_t *s);
adsi_tx_state_t *adsi_tx_init(adsi_tx_state_t *s, int standard);
int adsi_tx(adsi_tx_state_t *s, int16_t amp[], int max_len);
void adsi_tx_send_alert_tone(adsi_tx_state_t *s);
int adsi_tx_put_message(adsi_tx_state_t *s, const uint8_t *msg, int len);
int adsi_add_field(adsi_tx_state_t *s, uint8_t *msg, int len, uint8_t field_type, const uint8_t *field_body, int field_len);
int adsi_tx_free(adsi_tx_state_t *s);

typedef struct super_tone_rx_state_s super_tone_rx_state_t;
typedef struct super_tone_rx_descriptor_s super_tone_rx_descriptor_t;
super_tone_rx_descriptor_t *super_tone_rx_make_descriptor(super_tone_rx_descriptor_t *desc);
int super_tone_rx_add_tone(super_tone_rx_descriptor_t *desc);
int super_tone_rx_add_element(super_tone_rx_descriptor_t *desc, int tone, int f1, int f2, int min, int max);
super_tone_rx_state_t *super_tone_rx_init(super_tone_rx_state_t *s, super_tone_rx_descriptor_t *desc, tone_report_func_t callback, void *user_data);
int super_tone_rx(super_tone_rx_state_t *s, const int16_t amp[], int samples);
int super_tone_rx_free(super_tone_rx_state_t *s);
int super_tone_rx_free_descriptor(super_tone_rx_descriptor_t *desc);

typedef struct tone_gen_descriptor_s tone_gen_descriptor_t;
typedef struct tone_gen_state_s tone_gen_state_t;
tone_gen_descriptor_t *tone_gen_descriptor_init(tone_gen_descriptor_t *s, int f1, int l1, int f2, int l2, int d1, int d2, int d3, int d4, int repeat);
tone_gen_state_t *tone_gen_init(tone_gen_state_t *s, tone_gen_descriptor_t *t);
int tone_gen(tone_gen_state_t *s, int16_t amp[], int max_samples);
int tone_gen_free(tone_gen_state_t *s);
void tone_gen_descriptor_free(tone_gen_descriptor_t *s);
"""


@cache
def _bound() -> tuple[FFI, Any]:
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    return ffi, ffi.dlopen(LIBRARY)


def why_not() -> str | None:
    """Why it cannot judge here, `None` where it can."""
    try:
        _bound()
    except OSError:
        return f"not installed: {LIBRARY} (Debian: libspandsp2)"
    return None


needs_spandsp = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def louder(samples: Samples, gain: float) -> Samples:
    """The samples so many times louder; what would pass full scale stays there."""
    return np.clip(samples.astype(np.float64) * gain, -32768, 32767).astype(np.int16)


def _drained(call: Callable[..., int], state: object, most: int) -> Samples:
    """What a sender makes until it has no more, at most so many samples."""
    ffi, _ = _bound()
    made = np.zeros(most, np.int16)
    place = 0
    while place < most:
        got = call(state, ffi.cast("int16_t *", ffi.from_buffer(made[place:])), min(160, most - place))
        place += got
        if got == 0:
            break
    return made[:place]


class DtmfReceiver:
    """Reads digits; `found` has (digit, ms) pairs, the time that of its report: 26 to 54 ms after the onset.

    `twist` is how many dB the high or the low group may be the stronger, `None` as the library has it.
    """

    def __init__(self, twist: int | None = None, threshold: int = -42) -> None:
        self.found: list[tuple[str, float]] = []
        self._place = self._block = 0
        ffi, self._library = _bound()
        self._report = ffi.callback("tone_report_func_t", self._hear)
        self._state = self._library.dtmf_rx_init(ffi.NULL, ffi.NULL, ffi.NULL)
        self._state = ffi.gc(self._state, self._library.dtmf_rx_free)
        self._library.dtmf_rx_set_realtime_callback(self._state, self._report, ffi.NULL)
        if twist is not None:
            self._library.dtmf_rx_parms(self._state, 0, twist, twist, threshold)
        self._ffi = ffi

    def _hear(self, _user: object, code: int, _level: int, _delay: int) -> None:
        if code > 0:
            self.found.append((chr(code), self._place * 1000 / RATE))

    def feed(self, samples: Samples) -> None:
        """Hear on, in blocks of 2 ms, so that the times mean something."""
        for start in range(0, len(samples), 16):
            block = np.ascontiguousarray(samples[start : start + 16])
            self._place += len(block)
            self.feed_whole(block)

    def feed_whole(self, block: Samples) -> None:
        """Hear on in one call, for the benchmark; the times then mean nothing."""
        self._library.dtmf_rx(self._state, self._ffi.from_buffer("int16_t[]", block), len(block))


def read_digits(samples: Samples, gain: float = 1, twist: int | None = None) -> list[tuple[str, float]]:
    """Every digit it reads in the samples, with when; half a second of silence follows them."""
    receiver = DtmfReceiver(twist)
    receiver.feed(louder(_and_silence(samples), gain))
    return receiver.found


def read_greedily(samples: Samples) -> str:
    """The digits it reads where everything is made easy for it: four times louder, 12 dB of twist either way."""
    receiver = DtmfReceiver(twist=12)
    receiver.feed_whole(louder(_and_silence(samples), 4))
    return "".join(digit for digit, _ in receiver.found)


def _and_silence(samples: Samples) -> Samples:
    return np.concatenate([samples, np.zeros(RATE // 2, np.int16)])


def key_digits(digits: str, on_ms: int, off_ms: int, level: int, twist: int = 0) -> Samples:
    """The digits keyed: each group's level in dBm0 is `level` for the low one, `twist` more for the high one."""
    ffi, library = _bound()
    state = ffi.gc(library.dtmf_tx_init(ffi.NULL, ffi.NULL, ffi.NULL), library.dtmf_tx_free)
    library.dtmf_tx_set_level(state, level, twist)
    library.dtmf_tx_set_timing(state, on_ms, off_ms)
    left = library.dtmf_tx_put(state, digits.encode(), len(digits))
    if left:
        raise ValueError(f"{left} of {len(digits)} digits found no room in the sender")
    return _drained(library.dtmf_tx, state, len(digits) * (on_ms + off_ms) * RATE // 1000)


class CallerIdReceiver:
    """Reads caller id bursts of one standard; `found` has the messages, type and length first, checksum off."""

    def __init__(self, standard: int) -> None:
        self.found: list[bytes] = []
        ffi, self._library = _bound()
        self._report = ffi.callback("put_msg_func_t", self._hear)
        self._state = self._library.adsi_rx_init(ffi.NULL, standard, self._report, ffi.NULL)
        self._state = ffi.gc(self._state, self._library.adsi_rx_free)
        self._ffi = ffi

    def _hear(self, _user: object, message: object, size: int) -> None:
        self.found.append(bytes(self._ffi.buffer(message, size)))

    def feed(self, samples: Samples) -> None:
        """Hear on."""
        block = np.ascontiguousarray(samples)
        self._library.adsi_rx(self._state, self._ffi.from_buffer("int16_t[]", block), len(block))


def read_caller_ids(samples: Samples, standard: int, gain: float = 8) -> list[bytes]:
    """Every message it reads in the samples, 200 ms of silence behind them."""
    receiver = CallerIdReceiver(standard)
    receiver.feed(louder(np.concatenate([samples, np.zeros(RATE // 5, np.int16)]), gain))
    return receiver.found


def send_caller_id(
    standard: int, fields: Sequence[tuple[int, bytes]], *, message: int = 0x80, alert: bool = False
) -> Samples:
    """A caller id as the exchange sends it, at the library's own level (about -13 dBm0).

    `fields` are parameter types and bodies of SIN 227. By DTMF a field's type is the letter before its digits, and
    `message` the key that ends it all, as in `send_caller_id(DTMF_CALLER_ID, [(ord("A"), b"300")], message=ord("C"))`.
    """
    ffi, library = _bound()
    state = ffi.gc(library.adsi_tx_init(ffi.NULL, standard), library.adsi_tx_free)
    body = ffi.new("uint8_t[]", 256)
    size = library.adsi_add_field(state, body, -1, message, ffi.NULL, 0)
    for kind, text in fields:
        size = library.adsi_add_field(state, body, size, kind, ffi.new("uint8_t[]", text), len(text))
    if alert:
        library.adsi_tx_send_alert_tone(state)
    library.adsi_tx_put_message(state, body, size)
    return _drained(library.adsi_tx, state, 6 * RATE)


@dataclass(frozen=True, slots=True)
class Element:
    """One stretch of a call progress tone: its frequencies (0 for none) and how long it lasts, in ms."""

    first: int
    second: int
    least: int
    most: int


class ToneReceiver:
    """Finds call progress tones by their elements; `found` has the index of each tone found."""

    def __init__(self, tones: Sequence[Sequence[Element]]) -> None:
        self.found: list[int] = []
        ffi, library = _bound()
        self._descriptor = ffi.gc(
            library.super_tone_rx_make_descriptor(ffi.NULL), library.super_tone_rx_free_descriptor
        )
        for tone in tones:
            index = library.super_tone_rx_add_tone(self._descriptor)
            for each in tone:
                library.super_tone_rx_add_element(
                    self._descriptor, index, each.first, each.second, each.least, each.most
                )
        self._report = ffi.callback("tone_report_func_t", self._hear)
        self._state = library.super_tone_rx_init(ffi.NULL, self._descriptor, self._report, ffi.NULL)
        self._state = ffi.gc(self._state, library.super_tone_rx_free)
        self._ffi, self._library = ffi, library

    def _hear(self, _user: object, code: int, _level: int, _delay: int) -> None:
        if code >= 0:
            self.found.append(code)

    def feed(self, samples: Samples) -> None:
        """Hear on."""
        block = np.ascontiguousarray(samples)
        place = 0
        while place < len(block):
            rest = block[place:]
            place += self._library.super_tone_rx(
                self._state, self._ffi.from_buffer("int16_t[]", rest), len(rest)
            )


def tone(
    frequencies: tuple[int, int], levels: tuple[int, int], cadence: Sequence[int], seconds: float
) -> Samples:
    """A call progress tone, its levels in dBm0; `cadence` is on, off, on, off in ms, nothing for one without pauses."""
    ffi, library = _bound()
    ons = [*cadence, 0, 0, 0, 0][:4] if cadence else [round(seconds * 1000), 0, 0, 0]
    (f1, f2), (l1, l2) = frequencies, levels
    described = library.tone_gen_descriptor_init(ffi.NULL, f1, l1, f2, l2, *ons, bool(cadence))
    described = ffi.gc(described, library.tone_gen_descriptor_free)
    state = ffi.gc(library.tone_gen_init(ffi.NULL, described), library.tone_gen_free)
    return _drained(library.tone_gen, state, round(seconds * RATE))
