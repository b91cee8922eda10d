"""A recorder in small, made to be killed: three calls at a time, what is acknowledged is said on standard output.

Lines: `take MAKING ID`, `ack MAKING SAMPLES` after a commit, `done MAKING` after a reveal.
"""

import sys
from pathlib import Path

from sealing_rig import Box, Model, at_once, some_making

from firmware.sealing import finish
from firmware.sealing.records import Kind

TURNS = 25
"""Ticks a call lasts."""


def run(folder: Path) -> None:
    box = Box(folder)
    say(f"cut {len(box.recovered.cut)}")
    finish.roll_forward(box.recovered, box.spool)
    for cut in box.recovered.cut:
        if cut.empty:
            box.decide(cut.id)
        else:
            box.salvage(cut)
    names = iter(range(1000))
    calls = {next(names): None for _ in range(3)}
    makings = {name: begin(name) for name in calls}
    for turn in range(2000):
        tick(box, makings)
        if turn % (TURNS // 3) == 0:
            oldest = min(makings)
            end(box, oldest, makings.pop(oldest))
            fresh = next(names)
            makings[fresh] = begin(fresh)


def begin(name: int) -> Model:
    model = Model(some_making(), seed=name * 1000)
    say(f"take {name} {model.making.id}")
    return model


def tick(box: Box, makings: dict[int, Model]) -> None:
    batch = []
    for model in makings.values():
        model.keep(2000)
        batch += model.making.records()
    box.log.commit(box.log.pack(batch))
    names = {model.making.id: name for name, model in makings.items()}
    for record in batch:
        if record.kind is Kind.PART:
            say(f"ack {names[record.id]} {record.second}")


def end(box: Box, name: int, model: Model) -> None:
    model.making.close("hung up")
    box.commit(model.making)
    say(f"ack {name} {model.making.samples}")
    box.log.commit(box.log.pack([finish.finish(model.making, box.log, box.spool, at_once)]))
    finish.reveal(model.making.id, box.spool)
    say(f"done {name}")


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
