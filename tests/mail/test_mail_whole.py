"""A real keeper, a run of the mail process, and a real SMTP server: what leaves the box, and what does not."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from firmware.clock import GivenClock
from firmware.keeper.door import Person
from firmware.keeper.mail_account import ACCOUNT, VERBS
from firmware.mail.__main__ import main
from firmware.vault.reading import Fields
from tests.keeper.keeper_rig import MORNING, NUMBER, House, Keeping
from tests.rigs.smtp import NAME, Taken, certificate, relay

IT, CONTACT = "it@example.org", "office@example.org"
REASON = "Bob from number 9 mends it"
HOUR = 3600
PASSWORD = "Violet-Harbour-31"  # noqa: S105  a test's own


@dataclass
class Post:
    """A box whose settings name a relay, and the mail process beside it."""

    folder: Path
    port: int
    tls: str = "none-on-lan"
    more: str = ""
    printed: pytest.CaptureFixture[str] | None = None
    house: House = field(init=False)

    def __post_init__(self) -> None:
        mail = (
            f'[mail]\nrelay = "{NAME}"\naddress = "127.0.0.1"\nport = {self.port}\ntls = "{self.tls}"\n'
            f'from = "callbox@example.org"\nto = ["{IT}"]\n{self.more}'
        )
        self.house = House(self.folder, GivenClock(MORNING), mail)
        self.state = self.folder / "state"
        self.state.mkdir()

    def run(self, keeping: Keeping | None) -> int:
        """One run of the mail process, while the keeper serves its door; `None` for a keeper that is not there."""
        ended: list[int] = []
        words = ["--socket", str(self.house.places.run / "keeper.sock"), "--state", str(self.state)]
        thread = threading.Thread(target=lambda: ended.append(main(words)))
        thread.start()
        while keeping is not None and (thread.is_alive() or keeping.keeper._door.visited):
            keeping.keeper.serve(0.01)
        thread.join()
        return ended[0]

    def later(self, keeping: Keeping, seconds: float) -> None:
        """Time goes by; the recorder has spoken."""
        assert isinstance(self.house.clock, GivenClock)
        self.house.clock.advance(seconds)
        self.house.write_lines(using=1)
        keeping.turn()

    def ask(self, keeping: Keeping, verb: str, **fields: object) -> dict[str, Any]:
        request = Fields("request", {"verb": verb, **fields})
        return dict(keeping.keeper._verbs.answer(Person("anna", 1000), request).content)


@pytest.fixture
def plain() -> Iterator[Taken]:
    """A relay of the office's own network, in clear."""
    with relay() as taken:
        yield taken


def test_new_faults_are_told_once_and_nothing_where_nothing_changed(tmp_path: Path, plain: Taken) -> None:
    """IT hears of all, the contact of what concerns keeping and loss; the next runs send nothing, until a day has passed."""
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        assert post.run(keeping) == 0
        assert plain.letters == []
        post.later(keeping, 31)
        assert post.run(keeping) == 0
        assert {to for _, to, _ in plain.letters} == {IT, CONTACT}
        it, contact = plain.texts()
        assert "[seal.nobody-proved]" in it
        assert "next: " in it
        assert "device.dead" in it
        assert "device.dead" not in contact
        assert plain.subjects() == [
            "Callbox of Test Office: 2 new faults",
            "Callbox of Test Office: 1 new fault",
        ]
        letter = plain.letters[0][2]
        assert (letter["Auto-Submitted"], letter.get_content_type()) == ("auto-generated", "text/plain")
        assert letter["Date"] == "Mon, 02 Mar 2026 09:30:31 +0000"
        for _ in range(3):
            post.later(keeping, HOUR)
            assert post.run(keeping) == 0
        assert len(plain.letters) == 2
        post.later(keeping, 21 * HOUR)
        assert post.run(keeping) == 0
        assert plain.subjects()[2:] == [
            "Callbox of Test Office: 2 still open",
            "Callbox of Test Office: 1 still open",
        ]


def test_an_acknowledged_fault_is_not_reminded_of_and_its_reason_stays_on_the_box(
    tmp_path: Path, plain: Taken
) -> None:
    """The reason may name a person: it is in no letter and in nothing that the mail process keeps; nor is an exempt number."""
    post = Post(tmp_path, plain.port, more=f'[[exempt]]\nnumber = "{NUMBER}"\nreason = "the union"\n')
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        post.later(keeping, 31)
        post.ask(keeping, "ack", fault="device.dead", reason=REASON)
        post.ask(keeping, "ack", fault="seal.nobody-proved", reason=REASON)
        post.run(keeping)
        post.later(keeping, 25 * HOUR)
        assert post.run(keeping) == 0
        reminded = plain.texts()[2:]
        assert ["[seal.nobody-proved]" in each for each in reminded] == [True, True]
        assert not any("device.dead" in each for each in reminded)
    whole = "".join(plain.texts()) + (post.state / "told.json").read_text()
    assert REASON not in whole
    assert NUMBER not in whole


def test_what_clears_is_told_once(tmp_path: Path, plain: Taken) -> None:
    """Once the keeper has entered its end, ten minutes after it."""
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        post.later(keeping, 31)
        post.run(keeping)
        lines = post.house.places.run / "lines"
        lines.write_text(lines.read_text().replace('"faults": [{', '"faults": [], "were": [{'))
        keeping.turn()
        assert post.run(keeping) == 0
        assert len(plain.letters) == 2
        assert isinstance(post.house.clock, GivenClock)
        post.house.clock.advance(601)
        keeping.turn()
        assert post.run(keeping) == 0
        assert (
            "CLEARED\n\n[device.dead] about: recorder, open since 2026-03-02 09:30 (+0000)"
            in plain.texts()[2]
        )


@pytest.mark.parametrize("at_once", [False, True])
def test_tls_is_proved_before_a_letter_or_a_password_leaves(tmp_path: Path, at_once: bool) -> None:
    """With the right certificate letters and password go under TLS; the connection goes to the address, the proof to the name."""
    shown = certificate(tmp_path)
    tls = "tls" if at_once else "starttls"
    with relay(shown, at_once=at_once) as taken:
        taken.password = PASSWORD
        post = Post(tmp_path, taken.port, tls, f'user = "callbox"\nca = "{shown.path}"\n')
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        (credentials / "callbox-relay").write_text(PASSWORD + "\n")
        with pytest.MonkeyPatch.context() as patch, post.house.keeper() as keeping:
            patch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
            post.later(keeping, 0)
            post.later(keeping, 31)
            assert post.run(keeping) == 0
        assert taken.under_tls == [True, True]
        assert taken.passwords == [b"\0callbox\0" + PASSWORD.encode()]
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != credentials]
    assert not any(PASSWORD.encode() in path.read_bytes() for path in kept)


@dataclass(frozen=True)
class Wrong:
    """A relay that is not what the settings say, and the word that the keeper is told."""

    outcome: str
    said: str
    shown: str = NAME
    trusted: bool = True
    starttls: bool = True
    greeting: str = "220 relay ready"
    user: str = ""
    password: str | None = None


WRONG = {
    "another name": Wrong("unsafe", "TLS fails", shown="other.example"),
    "not trusted": Wrong("unsafe", "TLS fails", trusted=False),
    "no starttls": Wrong("unsafe", "it does not offer STARTTLS", starttls=False),
    "busy": Wrong("refused", "it greets with 421", greeting="421 too many"),
    "no credential": Wrong("password", "holds none", user='user = "callbox"\n', password=PASSWORD),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_relay_that_is_not_what_was_set_up_gets_nothing(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """No letter and no password leave; the run fails with a sentence, and the keeper has a fault until one succeeds."""
    wrong = WRONG[name]
    shown = certificate(tmp_path, wrong.shown)
    ca = f'ca = "{shown.path}"\n' if wrong.trusted else ""
    with relay(shown) as taken:
        taken.starttls, taken.greeting, taken.password = wrong.starttls, wrong.greeting, wrong.password
        post = Post(tmp_path, taken.port, "starttls", wrong.user + ca)
        with post.house.keeper() as keeping:
            post.later(keeping, 0)
            post.later(keeping, 31)
            assert post.run(keeping) == 3
            assert keeping.keeper._watch.outbox._outcome == wrong.outcome
            keeping.turn()
            assert "device.relay-silent" in post.house.codes()
        assert (taken.letters, taken.passwords) == ([], [])
        assert {"MAIL", "AUTH"}.isdisjoint(taken.commands)
    said = capfd.readouterr().err
    assert wrong.said in said
    assert "[device.relay-silent]\nhint: " in said
    assert PASSWORD not in said


def test_a_relay_that_is_down_is_tried_again_and_is_a_fault_until_then(tmp_path: Path) -> None:
    """Nothing is kept as told; once the relay is back the same letter goes, and the fault about mail is in none."""
    with relay() as taken:
        port = taken.port
    post = Post(tmp_path, port)
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        post.later(keeping, 31)
        assert post.run(keeping) == 3
        post.later(keeping, 60)
        assert "device.relay-silent" in post.house.codes()
        told = json.loads((post.state / "told.json").read_text())["told"]
        assert told == {IT: [], CONTACT: []}
        with relay(port=port) as taken:
            assert post.run(keeping) == 0
        assert taken.subjects()[0] == "Callbox of Test Office: 2 new faults"
        assert not any("relay-silent" in each for each in taken.texts())
        keeping.turn()
        assert "device.relay-silent" not in post.house.codes()


def test_an_addressee_that_is_refused_keeps_nobody_else_from_being_told(tmp_path: Path, plain: Taken) -> None:
    """The other letter goes and is not sent again; the refusal is a fault and is tried again."""
    plain.refuse.add(IT)
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        post.later(keeping, 31)
        assert [post.run(keeping), post.run(keeping)] == [3, 3]
        assert [to for _, to, _ in plain.letters] == [CONTACT]
        plain.refuse.clear()
        assert post.run(keeping) == 0
        assert [to for _, to, _ in plain.letters] == [CONTACT, IT]


def test_a_keeper_that_does_not_answer_is_told_with_what_it_last_said(tmp_path: Path, plain: Taken) -> None:
    """Not in the first run, once in the next ones; when it is back, that has cleared and the rest was not told twice."""
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        post.later(keeping, 0)
        post.later(keeping, 31)
        post.run(keeping)
    assert [post.run(None) for _ in range(3)] == [5, 5, 5]
    assert plain.subjects()[2:] == ["Callbox of Test Office: 1 new fault"] * 2
    assert "[vault.keeper-absent]" in plain.texts()[2]
    with post.house.keeper() as keeping:
        post.later(keeping, 5)
        assert post.run(keeping) == 0
    assert plain.subjects()[4:] == ["Callbox of Test Office: 1 cleared"] * 2


def test_a_box_without_mail_sends_none_and_says_so_nowhere(tmp_path: Path) -> None:
    """No relay in the settings: the run ends well, nothing is kept, and no fault stands."""
    house = House(tmp_path)
    post = Post.__new__(Post)
    post.house, post.state = house, tmp_path
    with house.keeper() as keeping:
        post.later(keeping, 0)
        assert post.run(keeping) == 0
        post.later(keeping, 2 * HOUR)
        assert "device.relay-silent" not in house.codes()


def test_a_timer_that_does_not_run_is_a_fault(tmp_path: Path, plain: Taken) -> None:
    """Nobody asked for an hour what is to be mailed; a run ends that."""
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        post.later(keeping, HOUR)
        assert "device.relay-silent" in post.house.codes()
        assert post.run(keeping) == 0
        keeping.turn()
        assert "device.relay-silent" not in post.house.codes()


def test_only_the_mail_process_asks_and_says_only_words_of_its_list(tmp_path: Path, plain: Taken) -> None:
    """Another person is refused both verbs, and the mail process every other word."""
    post = Post(tmp_path, plain.port)
    with post.house.keeper() as keeping:
        for verb in VERBS:
            with pytest.raises(Exception, match="does not send the mail"):
                post.ask(keeping, verb, outcome="sent")
        looks, answer = keeping.keeper._looks, keeping.keeper._verbs.answer
        looks.admit(Person(ACCOUNT, 999))
        for verb in looks._verbs - VERBS:
            with pytest.raises(Exception, match="and for nothing else"):
                answer(Person(ACCOUNT, 999), Fields("request", {"verb": verb}))
        request = Fields("request", {"verb": "mailed", "outcome": "all is well"})
        with pytest.raises(Exception, match="no word for what became"):
            keeping.keeper._verbs.answer(Person(ACCOUNT, 999), request)
