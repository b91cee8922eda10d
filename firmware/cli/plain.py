"""How the line of a file is taken: as one of the settings file, or as one of which nothing is known but where it is tapped.

A file holds sound alone, so its line has no hook sensor, whatever the settings say.
"""

from dataclasses import replace
from pathlib import Path

from firmware.call.rules import rules_of
from firmware.cli.listening import OnLine
from firmware.faults import Refused
from firmware.hearing.sense import sense_of
from firmware.settings import model
from firmware.settings.load import read

RATE = 8000
"""What a line is heard at, where no settings say another rate."""


def plain_line(position: str) -> OnLine:
    """A line at a position, with everything else as the settings have it where nothing is written."""
    at = model.Position(position)
    line = model.Line(
        name="file",
        department="file",
        never_record=False,
        tap="file",
        channels=(0,),
        rate=RATE,
        position=at,
        unclassified=model.Unclassified.RECORD,
        look_back=2.0,
        pre_roll=1.0,
        keyed_digits=model.KeyedDigits.BLANK,
        hook=None,
        same_call=2.0,
    )
    return _taken(_settings_of(line), line)


def line_of(path: Path, name: str | None) -> OnLine:
    """A line of the settings file; refuses a name that is none of a recorded line there."""
    settings = read(path)
    names = [line.name for line in settings.recorded_lines]
    if name not in names:
        told = "no --line is given" if name is None else f"{name} is no recorded line of {path}"
        raise Refused("refused.arguments", told, f"name one of them: --line {' | '.join(names)}")
    line = next(line for line in settings.recorded_lines if line.name == name)
    return _taken(settings, replace(line, hook=None))


def _taken(settings: model.Settings, line: model.Line) -> OnLine:
    opt_out = settings.department_of(line).opt_out
    return OnLine(rules_of(line, opt_out), sense_of(settings, line))


def _settings_of(line: model.Line) -> model.Settings:
    """The settings of a box that has this line and nothing else."""
    office = model.Office("", "", "", "", {}, (), "", "", "GB")
    return model.Settings(
        office=office,
        policies=(),
        departments=(model.Department("file", "file", model.OptOut.STOP, ""),),
        taps=(),
        lines=(line,),
        desks=(),
        numbering=model.NumberingSettings(),
        exempt=(),
        recipients=(),
        storage=model.Storage(Path("/nowhere"), 256, ""),
        cells=(),
        clock=model.ClockSettings(()),
        audit=model.AuditSettings("P6Y"),
        witnesses=(),
        mail=None,
        support=None,
        digest="",
        text="",
    )
