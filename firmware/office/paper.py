"""The paper backup of a private key: one page that needs nothing but a printer now and a keyboard later.

The page stands alone: no script, no picture from elsewhere, nothing that a browser would fetch. It carries the key
as a QR code and in groups of four that a person can type; bech32's own checksum finds what was mistyped.
"""

import io
from datetime import date
from html import escape
from typing import Final

from firmware.faults import SealFault
from firmware.sealing import bech32
from firmware.sealing.age import IDENTITY_PREFIX

BEGINS: Final = f"{IDENTITY_PREFIX}1".upper()
LOOKALIKE: Final = str.maketrans("OB", "08")
"""Letters that no key has (BIP 173), and the digits that they were misread for."""

GROUP: Final = 4
GROUPS_A_LINE: Final = 5

PAGE: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Callbox: private key on paper</title>
<style>body{{font:12pt serif;max-width:17cm;margin:1cm auto}}pre{{font:14pt monospace;line-height:1.6}}svg{{width:7cm;height:7cm}}</style>
</head><body>
<h1>A private key of {office}</h1>
<p><b>Whoever has this sheet can open every recording that is sealed to it.</b> Keep it in the safe; do not
copy, photograph or scan it. Made on {day}.</p>
{qr}
<pre>{typed}</pre>
<p>Its public half, which every box may know:<br><code>{recipient}</code></p>
<h2>What it is for</h2>
<p>The PC with the key is lost or broken: on another PC type<br><code>callbox office enrol --from-paper</code><br>
and then the lines above. Case, blanks and line breaks do not matter; a mistyped character is noticed.
Without this program: write the lines without blanks into a text file key.txt;
<code>age -d -i key.txt RECORDING.age &gt; call.flac</code> opens a recording.</p>
<p>Now, after printing: type the lines once with <code>callbox office enrol --check</code>, so that you know that they
can be read. Then delete the file that this was printed from, and empty the printer's memory where it has one.</p>
</body></html>
"""


def page(secret: str, recipient: str, office: str, made: date) -> str:
    """The sheet for one private key, as HTML."""
    return PAGE.format(
        office=escape(office or "the office"),
        day=made.isoformat(),
        qr=_qr(secret),
        typed="\n".join(lines(secret)),
        recipient=escape(recipient),
    )


def lines(secret: str) -> list[str]:
    """What every key begins with, then groups of four characters, five groups a line."""
    begin, coded = secret[: len(BEGINS)], secret[len(BEGINS) :]
    groups = [coded[at : at + GROUP] for at in range(0, len(coded), GROUP)]
    return [
        begin,
        *(" ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)),
    ]


def typed_in(text: str) -> str:
    """The key that was typed from paper; refuses a mistyped one without showing it."""
    secret = "".join(text.split()).replace("\N{HYPHEN}", "-").upper()
    secret = secret[: len(BEGINS)] + secret[len(BEGINS) :].translate(LOOKALIKE)
    try:
        prefix, content = bech32.decode(secret)
    except ValueError as error:
        hint = "compare group by group; behind KEY-1 stand no B, I, O and no 1"
        raise SealFault("seal.identity", f"what was typed is no key: {error}", hint) from None
    if prefix != IDENTITY_PREFIX or len(content) != 32:
        raise SealFault(
            "seal.identity", "what was typed is no private key of age", "it begins AGE-SECRET-KEY-1"
        )
    return secret


def _qr(secret: str) -> str:
    import segno  # noqa: PLC0415  only a paper backup needs it

    drawn = io.BytesIO()
    segno.make(secret, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True, nl=False
    )
    return drawn.getvalue().decode()
