"""Keys as text with a checksum: bech32 (BIP 173), the coding of age's own keys.

Refuses mixed case, foreign characters, a wrong checksum and left-over bits, all
as `ValueError` without the text itself: it may be a private key.
"""

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
"""BIP 173, section "Bech32"."""

GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
"""BIP 173, section "Checksum"."""

CHECKSUM = 6
"""Characters of checksum at the end."""


def encode(prefix: str, data: bytes) -> str:
    """The bytes as lower-case text that begins with `prefix` and `1`."""
    words = _regroup(data, 8, 5, pad=8)
    residue = _residue([*_spread(prefix), *words, *[0] * CHECKSUM]) ^ 1
    check = [(residue >> 5 * (CHECKSUM - 1 - i)) & 31 for i in range(CHECKSUM)]
    return prefix + "1" + "".join(ALPHABET[word] for word in [*words, *check])


def decode(text: str) -> tuple[str, bytes]:
    """Prefix and bytes of a text, its checksum proved."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("upper and lower case are mixed")
    prefix, separator, coded = text.lower().rpartition("1")
    if not separator or not prefix or len(coded) < CHECKSUM or not set(coded) <= set(ALPHABET):
        raise ValueError("it is not written in the alphabet of age keys")
    words = [ALPHABET.index(character) for character in coded]
    if _residue([*_spread(prefix), *words]) != 1:
        raise ValueError("its checksum is wrong: a character was mistyped or is missing")
    return prefix, bytes(_regroup(words[:-CHECKSUM], 5, 8, pad=0))


def _spread(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _residue(words: list[int]) -> int:
    residue = 1
    for word in words:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ word
        for bit, factor in enumerate(GENERATOR):
            residue ^= factor if top >> bit & 1 else 0
    return residue


def _regroup(values: bytes | list[int], width: int, into: int, *, pad: int) -> list[int]:
    """The same bits in groups of another width; `pad` is 8 to fill up the last group, 0 to refuse one."""
    bits = "".join(f"{value:0{width}b}" for value in values)
    rest = len(bits) % into
    if pad:
        bits += "0" * (-len(bits) % into)
    elif rest >= width or "1" in bits[len(bits) - rest :]:
        raise ValueError("it has left-over bits")
    whole = len(bits) - len(bits) % into
    return [int(bits[i : i + into], 2) for i in range(0, whole, into)]
