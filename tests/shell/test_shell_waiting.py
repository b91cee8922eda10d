"""A person may take the time to type: the keeper waits for nobody, and the shell begins the conversation anew."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.faults import VaultFault
from firmware.keeper.places_inside import QUIET_NS
from firmware.shell.client import Reply, connected
from tests.keeper.keeper_rig import MORNING, House, Keeping


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock(MORNING)


@pytest.fixture
def keeping(tmp_path: Path, clock: GivenClock) -> Iterator[Keeping]:
    with House(tmp_path, clock).keeper() as keeping:
        yield keeping


def pause(keeping: Keeping, clock: GivenClock) -> None:
    """As long as nobody who says nothing keeps his conversation."""
    keeping.keeper.serve(0)
    keeping.turn()
    clock.advance(QUIET_NS / 1e9)
    keeping.turn()


def served(keeping: Keeping, ask: Callable[[], Reply]) -> list[Reply]:
    """What another thread is answered, while the keeper is served in this one."""
    replies: list[Reply] = []
    asking = threading.Thread(target=lambda: replies.append(ask()))
    asking.start()
    while asking.is_alive():
        keeping.keeper.serve(0.01)
    asking.join()
    return replies


def test_who_types_for_long_is_answered(keeping: Keeping, clock: GivenClock) -> None:
    """The conversation that ended meanwhile is another one, and nothing is entered but what was asked."""
    with connected(str(keeping.box.places.run / "keeper.sock")) as client:
        pause(keeping, clock)
        assert not keeping.keeper._door.visited
        (reply,) = served(keeping, lambda: client.ask("status"))
        assert reply.content["ok"] is True
        pause(keeping, clock)
        (reply,) = served(keeping, lambda: client.ask("status"))
        assert reply.content["ok"] is True
    keeping.keeper.serve(0)
    assert not keeping.keeper._door.visited
    assert keeping.whats().count("looked") == 1


def test_a_conversation_that_ends_after_its_first_word_is_not_begun_anew(keeping: Keeping) -> None:
    """What was handed out in it is no longer known: the keeper is said to have ended it."""
    with connected(str(keeping.box.places.run / "keeper.sock")) as client:
        served(keeping, lambda: client.ask("status"))
        keeping.keeper._door.turn_out()
        with pytest.raises(VaultFault, match="it ended the conversation"):
            client.ask("status")


def test_a_keeper_that_is_gone_when_all_is_typed_is_absent(tmp_path: Path, clock: GivenClock) -> None:
    """It is told as at the beginning, however often it is asked."""
    with contextlib.ExitStack() as stack:
        with House(tmp_path, clock).keeper() as keeping:
            client = stack.enter_context(connected(str(keeping.box.places.run / "keeper.sock")))
            pause(keeping, clock)
        for _ in range(2):
            with pytest.raises(VaultFault) as raised:
                client.ask("status")
            assert raised.value.code == "vault.keeper-absent"


def test_a_keeper_that_says_nothing_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took the question and hangs: nobody waits for ever, a monitoring system least of all."""
    monkeypatch.setattr("firmware.shell.client.PATIENCE_S", 0.2)
    door = str(tmp_path / "keeper.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(door)
        listener.listen()
        with (
            connected(door) as client,
            pytest.raises(VaultFault, match=r"it said nothing for 0\.2 seconds") as fault,
        ):
            client.ask("status")
    assert fault.value.code == "vault.keeper-absent"
