"""A recording is fetched and opened with stock tools, and drawn with what was withheld."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.demo import box
from firmware.demo.box import Paths
from firmware.demo.picture import Gap, Picture, as_svg, in_terminal

WAYS = {
    "in": "incoming: a caller id was heard; the number is in the sealed details, for the office's key alone",
    "out": "outgoing: a number was heard as it was dialled; it is in the sealed details, for the office's key alone",
    "unknown": "no number was heard",
}


def show_recording(paths: Paths, row: Mapping[str, Any]) -> None:
    """Fetch, open, check and draw one recording; every command is printed as IT would type it."""
    name, line = str(row["id"]), str(row["line"])
    sealed, flac = paths.office / f"{name}.age", paths.office / f"{line}.flac"
    print(f"\nLine {line}, recording {name}")
    print(f"  {WAYS[str(row['direction'])]}")
    print(f"  $ callbox shell get {name} --purpose training --ref demo > {sealed.name}")
    sealed.write_bytes(box.shell(paths, "get", name, "--purpose", "training", "--ref", "demo"))
    first = sealed.read_bytes()[:21].decode()
    print(f"    {sealed.stat().st_size:,} bytes; the file begins: {first}")
    print(f"  $ age -d -i {paths.key('office').name} {sealed.name} > {flac.name}")
    flac.write_bytes(box.tool("age", "-d", "-i", paths.key("office"), sealed))
    box.tool("flac", "-t", "-s", flac)
    print(f"  $ flac -t {flac.name}\n    ok: whole, and its checksum is right")
    picture = _picture(paths, name, flac)
    print()
    for each in in_terminal(picture):
        print(f"  {each}")
    _say_what_is_withheld(picture)
    drawing = paths.office / f"{line}.svg"
    drawing.write_text(as_svg(picture, f"Line {line}, recording {name}"))
    print(f"  drawn in {drawing.name}; listen to {flac.name} with any player")


def _picture(paths: Paths, name: str, flac: Path) -> Picture:
    manifest = json.loads(box.shell(paths, "show", name, "--json"))["manifest"]
    facts = manifest.get("facts", manifest)
    rate = int(facts["rate"])
    gaps = [Gap(gap["from"] / rate, gap["to"] / rate, _why(gap)) for gap in facts["gaps"]]
    return Picture(_samples(flac), rate, gaps)


def _why(gap: Mapping[str, Any]) -> str:
    return f"{gap['reason']}, {gap['keys']} keys" if gap.get("keys") else str(gap["reason"])


def _samples(flac: Path) -> NDArray[np.int16]:
    raw = box.tool("flac", "-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", flac)
    return np.frombuffer(raw, "<i2")


def _say_what_is_withheld(picture: Picture) -> None:
    for gap in picture.gaps:
        start, stop = round(gap.start * picture.rate), round(gap.stop * picture.rate)
        heard = int(np.count_nonzero(picture.samples[start:stop]))
        seconds = gap.stop - gap.start
        print(f"  of the {seconds:.1f} s withheld ({gap.reason}), {heard} samples are anything but silence")
