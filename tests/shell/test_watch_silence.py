"""Live listening does not exist: no verb, module or message of the shell or the keeper can carry sound to a person."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.shell.verbs import HELP, VERBS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for top in ("keeper", "shell") for path in (ROOT / "firmware" / top).rglob("*.py"))
SOUND = re.compile(
    r"\b(numpy|ndarray|int16|pcm|sounddevice|pyaudio|soundfile|alsa|aplay|ffmpeg|wave|opus|live_stream)\b",
    re.IGNORECASE,
)
LISTENING = {
    "listen",
    "listening",
    "monitor",
    "tap",
    "live",
    "hear",
    "play",
    "join",
    "barge",
    "whisper",
    "spy",
}
"""What such a verb would be called."""


def test_no_verb_of_that_kind_is_there() -> None:
    """Nor does any help speak of one, but to say that it is not there."""
    assert set(VERBS) & LISTENING == set()
    assert "levels (never sound)" in HELP
    assert re.findall(r"\b(listen\w*)", HELP) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_the_keeper_or_the_shell_has_a_name_for_samples_of_sound(path: Path) -> None:
    """No import, name or attribute in the code of either is one of sound's."""
    tree = ast.parse(path.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name in names if SOUND.search(name)} == set()


def test_neither_process_ever_loads_what_sound_is_made_of() -> None:
    """All modules of both, loaded: no numpy, no card, no codec, no detector is among what came with them."""
    modules = [str(path.relative_to(ROOT).with_suffix("")).replace("/", ".") for path in SOURCES]
    wanted = [each.removesuffix(".__init__") for each in modules]
    looks = (
        f"import sys, importlib; [importlib.import_module(each) for each in {wanted!r}]; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", looks], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    loaded = set(done.stdout.split())
    kinds = (
        "numpy",
        "sounddevice",
        "pyaudio",
        "soundfile",
        "drivers.audio",
        "firmware.signal",
        "firmware.hearing",
    )
    assert [each for each in loaded if each.startswith(kinds) or each == "firmware.sealing.flac"] == []


def test_the_recorder_tells_of_a_line_in_words_and_numbers_alone() -> None:
    """What it writes for the keeper is the file of notes: no field of a line there is made of samples."""
    tree = ast.parse((ROOT / "firmware/recorder/report.py").read_text())
    (line,) = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == "_line"]
    (told,) = [each for each in ast.walk(line) if isinstance(each, ast.Dict)]
    fields = {key.value for key in told.keys if isinstance(key, ast.Constant)}
    assert fields == {
        *(
            "lamp",
            "level_db",
            "off_hook",
            "in_call",
            "undecided",
            "reason",
            "withheld",
            "why",
            "class",
            "call",
        ),
        *("paused_ns", "since_ns", "until_ns", "earlier", "accounted_ns", "note"),
    }
