import hashlib
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing_rig import (
    LIVE,
    OFFICE,
    Box,
    Model,
    at_once,
    decoded,
    flac_accepts,
    joined,
    open_header,
    opened,
    raw_decoded,
    some_facts,
    some_making,
)

from firmware.faults import VaultFault
from firmware.sealing import age, finish
from firmware.sealing.facts import LATE_CUT
from firmware.sealing.frames import BLOCK
from firmware.sealing.making import Live, Making
from firmware.sealing.recipients import parse
from firmware.sealing.stanza import read_header

HERE = Path(__file__).parent


def spool_of(box: Box) -> set[str]:
    return {path.name for path in box.spool.iterdir()}


def call(box: Box, seconds: int = 3) -> Model:
    """A call that was committed tick by tick and is still going on."""
    model = Model(some_making())
    for _ in range(seconds * 4):
        model.keep(2000)
        box.commit(model.making)
    return model


def test_a_minute_with_two_gaps_opens_everywhere(tmp_path: Path) -> None:
    """A finished recording opens for every kind of key with every stock tool, gaps, tags, length and MD5 right."""
    keys = {"X25519": tmp_path / "x", "ed25519": tmp_path / "ed25519", "rsa": tmp_path / "rsa"}
    keys["X25519"].write_text(OFFICE.text() + "\n")
    for kind in ("ed25519", "rsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", keys[kind]], check=True)
    office = [
        OFFICE.recipient(),
        *(parse(keys[kind].with_suffix(".pub").read_text()) for kind in ("ed25519", "rsa")),
    ]
    box = Box(tmp_path / "box", mib=4)
    model = Model(Making(some_facts(line="Länge 1"), office, Live(LIVE.recipient(), 9)))
    for second in range(60):
        if second in range(10, 25) or second in range(40, 45):
            model.gap(8000, "paused" if second < 30 else "keyed digits")
        else:
            model.keep(8000)
        box.commit(model.making)
    told = box.finish(model.making)
    sealed = open_header(told) + box.body(model.making.id)
    flac = opened(box, told)
    for key in keys.values():
        done = subprocess.run(["age", "-d", "-i", key], input=sealed, capture_output=True, check=True)
        assert done.stdout == flac
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(OFFICE.text())]) == flac
    assert flac_accepts(flac)
    assert np.array_equal(decoded(flac), model.samples)
    assert flac[26:42] == hashlib.md5(model.samples.tobytes()).digest()
    shown = probe(tmp_path, flac)
    assert float(shown["duration"]) == 60.0
    assert shown["tags"]["LINE"] == "Länge 1"
    assert shown["tags"]["ID"] == model.making.id
    assert shown["tags"]["GAPS"] == "10.000-25.000 s paused; 40.000-45.000 s keyed digits"
    assert told["facts"]["gaps"] == [
        {"from": 80_000, "to": 200_000, "reason": "paused"},
        {"from": 320_000, "to": 360_000, "reason": "keyed digits"},
    ]
    assert OFFICE.unwrap(read_header(sealed).stanzas[0]) not in {model.making.key, None}
    assert told["body"] == {
        "sha256": hashlib.sha256(box.body(model.making.id)).hexdigest(),
        "size": len(box.body(model.making.id)),
    }
    assert (told["kind"], told["live"], told["facts"]["samples"]) == ("finished", 9, 480_000)
    assert spool_of(box) == {f"{model.making.id}.json", f"{model.making.id}.body"}
    assert box.log.oldest is None


def probe(folder: Path, flac: bytes) -> dict[str, dict[str, str]]:
    path = folder / "call.flac"
    path.write_bytes(flac)
    command = ["ffprobe", "-v", "error", "-show_format", "-of", "json", path]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["format"]
    path.unlink()
    return found


def test_a_cut_call_opens_with_a_shell_loop(tmp_path: Path) -> None:
    """Each part of a cut recording is an age file; joined they are an exact beginning of the call."""
    box = Box(tmp_path / "box")
    model = call(box)
    box = box.die()
    [cut] = box.recovered.cut
    told = box.salvage(cut)
    header, body, at = open_header(told), box.body(cut.id), 0
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, part in enumerate(told["facts"]["parts"]):
        length = int.from_bytes(body[at : at + 4])
        sealed = body[at + 4 : at + 4 + length]
        assert hashlib.sha256(sealed).hexdigest()[:32] == part["sha256"]
        (folder / f"{number:06}.age").write_bytes(header + sealed)
        at += 4 + length
    assert at == len(body) == told["body"]["size"]
    key = tmp_path / "key.txt"
    key.write_text(OFFICE.text())
    loop = f"for p in {folder}/*.age; do age -d -i {key} $p || exit 1; done"
    flac = subprocess.run(["bash", "-c", loop], capture_output=True, check=True).stdout
    assert flac == joined(box, told)
    heard = raw_decoded(flac)
    assert len(heard) == told["facts"]["samples"] > len(model.samples) - 8000
    assert np.array_equal(heard, model.samples[: len(heard)])
    assert (told["kind"], told["facts"]["ended"], told["facts"]["gaps"]) == ("cut", "cut", [])
    assert box.die().recovered.cut == ()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from("kkkgc"), st.integers(1, 9000)), min_size=1, max_size=20))
def test_a_cut_call_never_holds_what_was_cut_late(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Whenever the box dies after late cuts, what is left holds nothing of them, and its gaps say what is missing."""
    box = Box(tmp_path_factory.mktemp("box"))
    model, secret = Model(some_making()), list[bytes]()
    for what, size in [*steps, ("k", 9000)]:
        if what == "k":
            model.keep(size)
        elif what == "g":
            model.gap(size)
        else:
            before = model.samples
            model.late_cut(size)
            after = model.samples
            at = np.flatnonzero((before != after).any(axis=1))
            secret += [before[i : i + 8].tobytes() for i in at[:-8:97] if before[i : i + 8].all()]
        box.commit(model.making)
    box = box.die()
    [cut] = box.recovered.cut
    if cut.empty:
        return
    told = box.salvage(cut)
    flac = joined(box, told)
    heard = raw_decoded(flac)
    for pattern in secret:
        assert pattern not in heard.tobytes()
    gaps = [(gap["from"], gap["to"]) for gap in told["facts"]["gaps"]]
    assert gaps == sorted(gaps)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(gaps))
    if not model.making.cuts:
        assert np.array_equal(heard[: cut.samples], model.samples[: cut.samples])
    else:
        late = min(gap["from"] for gap in told["facts"]["gaps"] if gap["reason"] == LATE_CUT)
        assert np.array_equal(heard[:late], model.samples[:late])


def test_a_crash_before_the_decision_makes_it_a_cut_one(tmp_path: Path) -> None:
    """Body and facts written, decision not committed: they are taken away, and the parts are the recording."""
    box = Box(tmp_path)
    model = call(box)
    model.making.close("hung up")
    box.commit(model.making)
    finish.finish(model.making, box.log, box.spool, at_once)
    assert spool_of(box) == {f"{model.making.id}.tmp", f"{model.making.id}.body"}
    box = box.die()
    assert finish.roll_forward(box.recovered, box.spool) == ()
    assert spool_of(box) == set()
    [cut] = box.recovered.cut
    told = box.salvage(cut)
    assert told["kind"] == "cut"
    assert np.array_equal(raw_decoded(joined(box, told)), model.samples)


def test_a_crash_after_the_decision_is_rolled_forward(tmp_path: Path) -> None:
    """Decision committed, not yet revealed: the next start reveals it, once."""
    box = Box(tmp_path)
    model = call(box)
    model.making.close("hung up")
    box.commit(model.making)
    box.log.commit(box.log.pack([finish.finish(model.making, box.log, box.spool, at_once)]))
    box = box.die()
    assert box.recovered.cut == ()
    assert finish.roll_forward(box.recovered, box.spool) == (model.making.id,)
    assert finish.roll_forward(box.recovered, box.spool) == ()
    assert np.array_equal(decoded(opened(box, box.told(model.making.id))), model.samples)


def test_what_the_keeper_is_taking_is_left_alone(tmp_path: Path) -> None:
    """A body whose facts the keeper has already taken is not touched at a start."""
    box = Box(tmp_path)
    model = call(box)
    box.finish(model.making)
    (box.spool / f"{model.making.id}.json").unlink()
    box = box.die()
    finish.roll_forward(box.recovered, box.spool)
    assert spool_of(box) == {f"{model.making.id}.body"}


def test_a_part_that_does_not_read_back_is_a_fault(tmp_path: Path) -> None:
    """A rotten bit in the live log is found at the finish; nothing is left in the spool, and salvage keeps the rest."""
    box = Box(tmp_path)
    model = call(box)
    model.making.close("hung up")
    box.commit(model.making)
    rotten = box.log.places(model.making.id)[3]
    with box.path.open("r+b") as file:
        file.seek(rotten.offset + 100)
        file.write(bytes(4))
    with pytest.raises(VaultFault) as fault:
        finish.finish(model.making, box.log, box.spool, at_once)
    assert fault.value.code == "vault.read-back"
    assert spool_of(box) == set()


def test_a_recording_that_is_not_all_committed_is_not_finished(tmp_path: Path) -> None:
    """Bytes that never reached the live log are missed at the finish; nothing is left in the spool."""
    box = Box(tmp_path)
    model = call(box)
    model.making.close("hung up")
    model.making.records()
    with pytest.raises(VaultFault, match="not in the live log"):
        finish.finish(model.making, box.log, box.spool, at_once)
    assert spool_of(box) == set()


def test_no_byte_of_a_late_cut_is_salvaged(tmp_path: Path) -> None:
    """The parts that are left hold no byte of any frame that was cut, not even the beginning of one."""
    for back in range(3000, 20_000, 1111):
        box = Box(tmp_path / str(back))
        model = call(box, 4)
        model.late_cut(back)
        box.commit(model.making)
        [cut] = box.die().recovered.cut
        [gap] = model.making.cuts
        ends = np.cumsum([model.making.head_size, *model.making.sizes])
        first, last = ends[gap.start // BLOCK], ends[min(gap.stop // BLOCK, len(ends) - 1)]
        kept = sum(place.length - age.NONCE - age.TAG for place in cut.parts)
        assert 0 < kept <= first < last


def test_the_pace_is_kept(tmp_path: Path) -> None:
    """There is a rest after every MiB, and none for a short call."""
    box, rests = Box(tmp_path, slot=1 << 20, mib=12), list[int]()
    model = Model(some_making())
    for _ in range(20):
        model.keep(80_000)
        box.commit(model.making)
    model.making.close("hung up")
    box.commit(model.making)
    finish.finish(model.making, box.log, box.spool, lambda: rests.append(1))
    assert len(rests) == (box.spool / f"{model.making.id}.body").stat().st_size >> 20


def test_a_body_is_for_the_group_and_nobody_else(tmp_path: Path) -> None:
    """Spool files can be read by the recorder and its group, by no one else."""
    box = Box(tmp_path)
    model = call(box)
    box.finish(model.making)
    modes = {path.stat().st_mode & 0o777 for path in box.spool.iterdir()}
    assert modes <= {0o640, 0o600}


ONE_CALL = """
import sys
from pathlib import Path
from sealing_rig import Box, Model, some_making
box, model = Box(Path(sys.argv[1])), Model(some_making())
model.keep(9000)
box.commit(model.making)
box.finish(model.making)
"""


@pytest.mark.rig
def test_the_order_of_writes_and_syncs(tmp_path: Path) -> None:
    """Body synced, facts synced, directory synced, decision synced, and only then the name the keeper looks for."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    watched = "trace=openat,fsync,fdatasync,pwrite64,rename"
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    command = [
        "strace",
        "-f",
        "-y",
        "-o",
        trace,
        "-e",
        watched,
        sys.executable,
        "-c",
        ONE_CALL,
        tmp_path / "box",
    ]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("strace is not allowed here")
    lines = [
        line
        for line in trace.read_text().splitlines()
        if str(tmp_path / "box") in line and "O_RDONLY" not in line
    ]
    steps = [
        (
            line.split(maxsplit=1)[1].partition("(")[0],
            re.findall(r"live.log|[.]body|[.]tmp|[.]json|spool(?=[>])", line),
        )
        for line in lines
    ]
    told = [f"{call} {names[0]}" for call, names in steps if names]
    assert told[told.index("openat .body") :] == [
        "openat .body",
        "fsync .body",
        "openat .tmp",
        "fsync .tmp",
        "fsync spool",
        "pwrite64 live.log",
        "fdatasync live.log",
        "rename .tmp",
        "fsync spool",
    ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.rig
def test_a_full_disk_leaves_nothing_and_the_finish_is_tried_again(tmp_path: Path, small_disk: Path) -> None:
    """ENOSPC: body and facts are gone, the recording stays open in the log, and the next try succeeds."""
    box = Box(tmp_path / "box", mib=4)
    model = call(box, 30)
    model.making.close("hung up")
    box.commit(model.making)
    with pytest.raises(VaultFault) as fault:
        finish.finish(model.making, box.log, small_disk, at_once)
    assert fault.value.code == "vault.spool-full"
    assert list(small_disk.iterdir()) == []
    told = box.finish_closed(model.making)
    assert np.array_equal(decoded(opened(box, told)), model.samples)


def test_a_spool_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """A missing spool is a fault, not a bug."""
    box = Box(tmp_path)
    model = call(box, 1)
    model.making.close("hung up")
    box.commit(model.making)
    with pytest.raises(VaultFault) as fault:
        finish.finish(model.making, box.log, tmp_path / "nowhere", at_once)
    assert fault.value.code == "vault.spool-unwritable"


def test_nothing_lies_clear(tmp_path: Path) -> None:
    """Live log and spool hold no file key, no header line, no stanza, no run of FLAC, of a finished and of a cut call."""
    box = Box(tmp_path)
    ended, going = call(box), call(box)
    told = box.finish(ended.making)
    windows = opened(box, told)
    keys = [ended.making.key, going.making.key]
    box = box.die()
    cut = box.salvage(box.recovered.cut[0])
    headers = [open_header(told), open_header(cut)]
    windows += joined(box, cut)
    macs = [line[4:47] for header in headers for line in header.splitlines() if line.startswith(b"---")]
    stanzas = [line for header in headers for line in header.splitlines() if line.startswith(b"-> ")]
    flac = [windows[at : at + 24] for at in range(500, len(windows) - 24, 997)]
    wanted = [*keys, *(key.hex().encode() for key in keys), *macs, *stanzas, *flac]
    assert len(wanted) > 60
    lying = b"".join(path.read_bytes() for path in box.folder.rglob("*") if path.is_file())
    lying += b64decode(told["header"]) + b64decode(cut["header"])
    assert not [pattern for pattern in wanted if pattern in lying]


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment(tmp_path: Path, seed: int) -> None:
    """Kill -9: every call is exactly one of finished or cut, and nothing that was acknowledged is missing."""
    lines = random.Random(seed).randrange(2, 400)
    acked, names, done = kill_after(tmp_path / "box", lines)
    box = Box(tmp_path / "box")
    revealed = set(finish.roll_forward(box.recovered, box.spool))
    finished = {path.stem for path in box.spool.glob("*.json")}
    cuts = {cut.id: cut for cut in box.recovered.cut}
    assert not finished & cuts.keys()
    assert revealed <= finished
    for name, recording in names.items():
        seed_of = Model(some_making(), seed=name * 1000)
        if name in done:
            assert recording in finished
        if recording in finished:
            heard = decoded(opened(box, box.told(recording)))
        elif recording in cuts and not cuts[recording].empty:
            heard = raw_decoded(joined(box, box.salvage(cuts[recording])))
        else:
            assert not acked.get(name)
            continue
        assert len(heard) >= acked.get(name, 0)
        while seed_of.making.samples < len(heard):
            seed_of.keep(2000)
        assert np.array_equal(heard, seed_of.samples[: len(heard)])
    assert not list(box.spool.glob("*.tmp"))


def kill_after(folder: Path, lines: int) -> tuple[dict[int, int], dict[int, str], set[int]]:
    """Start the victim, kill it after so many lines; what it had acknowledged, named and revealed."""
    command = [sys.executable, str(HERE / "sealing_victim.py"), str(folder)]
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    acked: dict[int, int] = {}
    names: dict[int, str] = {}
    done: set[int] = set()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    ) as victim:
        assert victim.stdout
        for line in victim.stdout:
            lines -= 1
            if lines == 0:
                victim.kill()
            match line.split():
                case ["take", name, recording]:
                    names[int(name)] = recording
                case ["ack", name, samples]:
                    acked[int(name)] = int(samples)
                case ["done", name]:
                    done.add(int(name))
                case _:
                    pass
    assert victim.returncode == -9
    return acked, names, done


def test_the_office_reads_a_live_part_only_with_its_key() -> None:
    """A part opens for nobody else."""
    model = Model(some_making())
    model.keep(9000)
    [_, part, *_] = model.making.records()
    stranger = age.Identity.generate()
    header = age.header(model.making.key, [OFFICE.recipient()])
    assert age.open_bytes(header + part.body, OFFICE).startswith(b"fLaC")
    with pytest.raises(Exception, match="another"):
        age.open_bytes(header + part.body, stranger)
