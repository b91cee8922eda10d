"""No fault shows the private half of a key or a telephone number, wherever it was written."""

import pytest

from firmware.faults import SettingsFault
from firmware.settings import parse
from tests.settings.sample import KEY_A, SCRIPTED, SMALL, edited

SECRET = "AGE-SECRET-KEY-1QQQSECRETQQQ"  # noqa: S105  the shape of one, no key
NUMBER = "02079460000"

PLACES = {
    "key": (KEY_A, SECRET),
    "lower case": (KEY_A, SECRET.lower()),
    "pem": (KEY_A, "-----BEGIN OPENSSH PRIVATE KEY----- QQQSECRETQQQ"),
    "escaped": (KEY_A, SECRET.replace("-", "\\u002d")),
    "another key": ('"announcement"', f'"{SECRET}"'),
    "a name": ('name = "front"', f'name = "{SECRET}"'),
    "a small name": ('name = "front"', 'name = "age-secret-key-1qqqsecretqqq"'),
    "a reference": ('tap = "card"', f'tap = "{SECRET}"'),
    "an enum": ('"port"', f'"{SECRET}"'),
    "a list": ('["front"]', f'["{SECRET}"]'),
    "an unknown key": ("[storage]", f"[storage]\n{SECRET} = 1"),
    "an unknown table": ("[storage]", f"[{SECRET}]\n[storage]"),
    "a comment": ("[storage]", f"# {SECRET}\n[storage]"),
    "a table twice": ("[storage]", f"[{SECRET}]\n[{SECRET}]\n[storage]"),
    "no TOML": ("[storage]", f"{SECRET}\n[storage]"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_private_half_is_refused_and_not_shown(place: str) -> None:
    """Wherever a private half stands, also in a comment, it is refused with its own sentence and never shown."""
    with pytest.raises(SettingsFault) as caught:
        parse(edited(SMALL, PLACES[place]), "box.toml")
    told = f"{caught.value}\n{caught.value!r}"
    assert "QQQSECRETQQQ" not in told.upper()
    assert "private half of a key" in told


@pytest.mark.parametrize(
    "edit",
    [
        ("[storage]", f"[[exempt]]\nnumber = {int(NUMBER)}\nreason = 'x'\n[storage]"),
        ("[storage]", f"[[exempt]]\nnumber = '{NUMBER}x'\nreason = 'x'\n[storage]"),
        ("[storage]", f"[[exempt]]\nnumber = ['{NUMBER}']\nreason = 'x'\n[storage]"),
        ("[storage]", f"[[exempt]]\nnumber = '{NUMBER}'\nreason = 'x'\n" * 2 + "[storage]"),
        ('contact = "office at quay"', f"contact = {int(NUMBER)}"),
    ],
)
def test_a_number_is_refused_and_not_shown(edit: tuple[str, str]) -> None:
    """A telephone number that is written wrongly, or twice, is refused without being shown."""
    with pytest.raises(SettingsFault) as caught:
        parse(edited(SCRIPTED, edit), "box.toml")
    assert NUMBER[1:] not in str(caught.value)
