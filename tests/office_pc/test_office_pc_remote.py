"""A box is asked as a person asks it: quoted, bounded, and its fault raised here as the same fault."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.faults import CODES, DeviceFault, Fault, Refused, SealFault
from firmware.office.answers import fault_of
from firmware.office.boxes import OfficeBox, read
from firmware.office.remote import MOST_REST, Remote
from firmware.office.texts import plain
from tests.keeper.keeper_rig import ROOT
from tests.rigs.office_pc import Pc
from tests.shell.test_shell_get import until

BOX = OfficeBox("town-hall", ("ssh", "anna@callbox"))


def harmless(text: str) -> bool:
    """Whether a terminal acts on nothing of it but line breaks."""
    return text.replace("\n", "").isprintable()


def saying(script: str) -> Remote:
    """A box whose shell is a few lines of Python."""
    return Remote(OfficeBox("town-hall", (sys.executable, "-c", f"import sys\n{script}")))


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
@example(["--ref=O'Brien; rm -rf /", "$(id)", "`id`", "\n", "a b", ""])
def test_words_are_one_argument_of_ssh_and_come_apart_again(words: list[str]) -> None:
    """Ssh joins its arguments with blanks: what it is given is one, and a shell finds the same words in it."""
    command = Remote(BOX).command(*words)
    assert command[-3:-1] == ["--", "anna@callbox"]
    assert shlex.split(command[-1]) == words


def test_the_persons_own_options_come_first() -> None:
    """Ssh takes the first value of an option: ours stand behind what the office's settings say."""
    box = OfficeBox("x", ("ssh", "-oConnectTimeout=3", "-p", "22022", "anna@box"))
    command = Remote(box, batch=True).command("status")
    assert command.index("-oConnectTimeout=3") < command.index("-oConnectTimeout=20")
    assert "-oBatchMode=yes" in command
    assert command[-3:] == ["--", "anna@box", "status"]


def test_ssh_of_windows_is_ssh_too() -> None:
    """`ssh.exe` by its whole path gets its words as one argument."""
    assert OfficeBox("x", ("C:/Windows/System32/OpenSSH/ssh.exe", "anna@box")).by_ssh
    assert not OfficeBox("x", (sys.executable, "-m", "firmware.shell")).by_ssh


def test_a_real_box_answers_text_and_json(pc: Pc) -> None:
    """Through the shell and the keeper: text as it is printed, JSON as an object."""
    remote = Remote(read(pc.settings).box("town-hall"))
    assert remote.json("status")["recordings"] == 3
    assert "clock" in remote.text("status")
    with pytest.raises(Refused) as refused:
        remote.text("show", "nobody")
    assert refused.value.code == "refused.unknown-recording"


@given(st.sampled_from(sorted(CODES)), st.text(max_size=50), st.text(max_size=50))
def test_a_fault_travels_with_its_code(code: str, message: str, hint: str) -> None:
    """Whatever a box says, its code comes out as the same kind of fault, without what a terminal acts on."""
    kinds = {each.kind: each for each in Fault.__subclasses__()}
    message, hint = plain(f"x{message}").strip(), plain(f"y{hint}").strip()
    fault = kinds[code.partition(".")[0]](code, message, hint)
    for told in (f"callbox: {fault}", f"warning of ssh\ncallbox: {fault}\ncode: {code}"):
        found = fault_of(BOX, 1, told)
        assert found.code == code
        assert type(found) is type(fault)
        assert harmless(found.message + found.hint)


@given(st.integers(1, 255), st.text(max_size=200))
def test_anything_else_is_a_fault_too(status: int, told: str) -> None:
    """No text of a box ends in a traceback here."""
    found = fault_of(BOX, status, told)
    assert found.code in CODES
    assert harmless(found.message)


def test_a_code_of_tomorrow_is_told_as_such() -> None:
    """A newer box has codes that are not known here; its message and the code are shown."""
    found = fault_of(BOX, 6, "callbox: no moonlight today [refused.moon]\nhint: wait")
    assert (found.code, found.message) == ("refused.by-box", "no moonlight today [refused.moon]")


def test_a_box_that_is_off_is_said_to_be() -> None:
    """What ssh says with status 255, or a command that is not there, is a box out of reach."""
    with pytest.raises(DeviceFault) as away:
        saying("sys.stderr.write('ssh: connect: No route to host'); sys.exit(255)").text("status")
    assert away.value.code == "device.box-away"
    assert "No route to host" in away.value.message
    with pytest.raises(DeviceFault) as absent:
        Remote(OfficeBox("x", ("no-such-program-here",))).text("status")
    assert absent.value.code == "device.box-away"


@pytest.mark.parametrize(
    "script",
    [
        "print('no json')",
        "print('[' * 100000)",
        "sys.exit(3)",
        "sys.stdout.buffer.write(b'x' * (65 << 20))",
    ],
)
def test_nonsense_is_a_fault(script: str) -> None:
    """No JSON, JSON that is too deep, silence with a status, or an answer without end."""
    with pytest.raises(DeviceFault) as fault:
        saying(script).json("status")
    assert fault.value.code == "device.box-answer"


def test_a_terminal_is_safe_from_a_box() -> None:
    """Escapes, bells and turned writing are replaced in texts and in messages."""
    hostile = "\\x1b]0;owned\\x07\\x1b[2J\\u202ecod.exe"
    told = saying(f"print('{hostile}')").text()
    assert harmless(told)
    with pytest.raises(Refused) as refused:
        saying(
            f"sys.stderr.write('callbox: {hostile} [refused.purpose]\\nhint: {hostile}\\n'); sys.exit(6)"
        ).text()
    assert harmless(str(refused.value))


def test_what_is_said_goes_by_standard_input_and_on_no_command_line() -> None:
    """A number or a word is read by the box from its standard input."""
    script = "word = sys.stdin.read(); assert word not in ' '.join(sys.argv); print(word[::-1])"
    assert saying(script).text("find", said=b"07700900123").strip() == "32100900770"


def test_a_stream_comes_as_it_is_sent_and_its_fault_at_the_end() -> None:
    """Bytes are not touched; the fault that ends them is raised when they were read."""
    with saying("sys.stdout.buffer.write(bytes(range(256)) * 4096)").stream("get") as out:
        assert out.read() == bytes(range(256)) * 4096
    with (
        pytest.raises(SealFault),
        saying(
            "sys.stdout.write('abc'); sys.stderr.write('callbox: x [seal.damaged]\\nhint: y\\n'); sys.exit(4)"
        ).stream("get") as out,
    ):
        assert out.read() == b"abc"


def test_a_stream_that_goes_on_for_ever_is_ended() -> None:
    """What follows what was asked for is bounded, and nothing of the command stays."""
    endless = saying(f"while True: sys.stdout.buffer.write(b'x' * {MOST_REST})")
    with pytest.raises(DeviceFault, match="more than it was asked for"), endless.stream("get") as out:
        out.read(10)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "@@@\nREMOTE HOST IDENTIFICATION HAS CHANGED!\nremove with:\nssh-keygen -R box\nHost key verification failed.",
            "another host key",
        ),
        (
            "No ED25519 host key is known for box.\nHost key verification failed.",
            "does not know its host key yet",
        ),
    ],
)
def test_a_host_key_is_never_forgotten_on_our_word(said: str, wanted: str) -> None:
    """What ssh says to remove is not passed on; whom to ask, and where to compare, is."""
    found = fault_of(BOX, 255, said)
    assert found.code == "device.box-away"
    assert wanted in found.message
    assert "at the box's console: ssh-keygen -lf" in found.hint
    assert "-R" not in str(found)


def test_leaving_early_leaves_nothing_running() -> None:
    """A reader who stops in the middle takes the command with him."""
    box = saying("import os; print(os.getpid(), flush=True); import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt), box.stream("get") as out:  # noqa: PT012  as above
        pid = int(out.readline())
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_connection_that_stays_open_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Ssh may leave a master behind that holds the pipe of messages; the command has ended all the same."""
    held = tmp_path / "held"
    os.mkfifo(held)
    script = f"import subprocess; subprocess.Popen(['cat', {str(held)!r}], stdout=2); print('done')"
    assert saying(script).text().strip() == "done"
    subprocess.run(["sh", "-c", f": > {held}"], check=True, timeout=20)


@pytest.mark.parametrize("batch", [True, False])
def test_a_silent_command_that_started_another_is_away_all_the_same(*, batch: bool) -> None:
    """The one that it started holds the pipe: what it never says is waited for no longer than an answer may take."""
    reach = (sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '20'])")
    began = time.monotonic()
    with pytest.raises(DeviceFault, match=r"gave no answer for 0\.5 seconds"):
        Remote(OfficeBox("depot", reach), batch=batch, patience_s=0.5).text("status")
    assert time.monotonic() - began < 30


def test_what_is_ended_in_batch_takes_along_what_it_started(tmp_path: Path) -> None:
    """Nothing of it runs on behind the witness."""
    told = tmp_path / "pid"
    script = (
        f"import subprocess; one = subprocess.Popen(['sleep', '600']); "
        f"open({str(told)!r}, 'w').write(str(one.pid)); one.wait()"
    )
    with pytest.raises(DeviceFault, match="gave no answer"):
        Remote(OfficeBox("depot", (sys.executable, "-c", script)), batch=True, patience_s=2).text("status")
    until(lambda: state_of(int(told.read_text())) in {None, "Z"}, "it runs on")


def state_of(pid: int) -> str | None:
    """How a process stands (proc(5)), `None` where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return None


AT_A_TERMINAL = """
import signal, sys
def stop(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, stop)
from firmware.ending import ended
from firmware.office.__main__ import main
sys.exit(ended(main))
"""
"""What runs behind a shell's back, as these tests may, ignores Ctrl-C."""


def test_ctrl_c_ends_a_list_that_waits_for_a_silent_box(tmp_path: Path) -> None:
    """At once, with what a shell expects, though a box says nothing."""
    began = tmp_path / "began"
    silent = ["sh", "-c", f": > {began}; exec sleep 60"]
    office = tmp_path / "office.toml"
    office.write_text(f'[[box]]\nname = "depot"\nreach = {json.dumps(silent)}\n')
    argv = [sys.executable, "-c", AT_A_TERMINAL, "list", "--office", str(office)]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE) as process:
        until(began.exists, "nobody was asked")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
