"""One case a rule: the edit that breaks it, where the mistake is said to be, and a part of what is said."""

import pytest

from tests.settings.sample import KEY_A, KEY_B, SCRIPTED, SMALL, SSH, mistakes

TAP = '[[tap]]\nname = "other"\nkind = "wav"\ncard = "{}"\nrate = 8000\nchannels = 1\n[[line]]'
LINE = '[[line]]\nname = "{}"\ndepartment = "repairs"\ntap = "{}"\nposition = "port"\n[[desk]]'
EXEMPT = '[[exempt]]\nnumber = "{}"\nreason = "union"\n'
WITNESS = '[[witness]]\nname = "pc"\nkey = "{}"\n'
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
"""A witness's published key (remora.n621.de)."""

HOOK = '{ kind = "gpiozero", source = "GPIO22" }'
SKIPPED = 'position = "port"\nhook = ' + HOOK

CASES = {
    # tables and keys
    "unknown table": (("[storage]", "[storag]\n[storage]"), "storag", 'did you mean "storage"?'),
    "strange table": (("[storage]", "[zzz]\n[storage]"), "zzz", "the tables are office, policy,"),
    "unknown key": (
        ("channels = 2", "channels = 2\nchanels = 3"),
        "tap[1].chanels (card)",
        "no such key; did",
    ),
    "no storage": (("[storage]\n", "[clock]\n#"), "storage", "missing; at least one [storage] is needed"),
    "office as list": (("[office]", "[[office]]"), "office", "stands under the heading [office]"),
    "line as table": (("[[policy]]", "[policy]"), "policy", "stands under the heading [[policy]]"),
    "exempt as number": (("[office]", "exempt = [3]\n[office]"), "exempt[1]", "under the heading [[exempt]]"),
    "basis": (('staff = "contract"', ""), "office.lawful_basis.staff", "missing; it is a text"),
    "basis as text": (
        ('[office.lawful_basis]\ncallers = "public task"\nstaff = "contract"', 'lawful_basis = "task"'),
        "office.lawful_basis",
        'seen "task"; allowed is a table of callers, staff',
    ),
    # values
    "empty": (
        ('"announcement"', '" "'),
        "office.callers_told",
        'seen " "; allowed is a text that is not empty',
    ),
    "told": (('staff_told = "note"', ""), "office.staff_told", "missing"),
    "list": (
        ('["front"]', '["front", 3]'),
        "desk[1].lines (desk)",
        'seen ["front", 3]; allowed is a list of 1',
    ),
    "list in a list": (('["front"]', '[["front"]]'), "desk[1].lines (desk)", "seen a list of 1; allowed"),
    "no purpose": (('["complaint"]', "[]"), "office.purposes", "seen an empty list"),
    "purpose twice": (('["complaint"]', '["a", "a"]'), "office.purposes", "in the list twice"),
    "exceptional": (
        ("[office]", '[office]\nexceptional = ["complaints"]'),
        "office.exceptional",
        '"complaints" is not one of the purposes; did you mean "complaint"?',
    ),
    "country": (("[office]", '[office]\ncountry = "FR"'), "office.country", 'seen "FR"; allowed is "GB"'),
    "hours": (("[office]", '[office]\nhours = "9 to 5"'), "office.hours", "like Mon-Fri 09:00-17:00"),
    "hours backwards": (
        ("[office]", '[office]\nhours = "Fri-Mon 09:00-17:00"'),
        "office.hours",
        'seen "Fri-Mon 09:00-17:00"; allowed is days of the week',
    ),
    "no hours": (
        ('"port"', '"port"\nno_call_hours = 8'),
        "line[1].no_call_hours (front)",
        "the office does not say when it is open",
    ),
    "zero": (("P30D", "P0Y0D"), "policy[1].period (standard)", 'seen "P0Y0D"; zero never means now'),
    "weeks": (("P30D", "P4W"), "policy[1].period (standard)", "like P30D, P3M, P12M or P2Y130D"),
    "bare P": (("P30D", "P"), "policy[1].period (standard)", 'seen "P"'),
    "date as text": (("2026-01-05", '"2026-01-05"'), "policy[1].from (standard)", "a date without quotes"),
    "date with time": (("2026-01-05", "2026-01-05T00:00:00"), "policy[1].from (standard)", "a date without"),
    "rate": (("rate = 8000", "rate = 11025"), "tap[1].rate (card)", "seen 11025; allowed is 8000, 16000,"),
    "true is no number": (
        ("channels = 2", "channels = true"),
        "tap[1].channels (card)",
        "seen true; allowed",
    ),
    "nan": (
        ('"port"', '"port"\nlook_back = nan'),
        "line[1].look_back (front)",
        "seen nan; allowed is seconds",
    ),
    "far back": (('"port"', '"port"\nlook_back = 11'), "line[1].look_back (front)", "seconds from 0 to 10"),
    "huge": (
        ('"port"', '"port"\npre_roll = 0x' + "f" * 9999),
        "line[1].pre_roll (front)",
        "very large number",
    ),
    "enum": (('"stop"', '"stpo"'), "department[1].opt_out (repairs)", 'did you mean "stop"?'),
    "capital": (
        ('name = "front"', 'name = "Front"'),
        "line[1].name",
        'seen "Front"; allowed is a name of small',
    ),
    "data": (('"/var/lib/callbox"', '"../x"'), "storage.data", "allowed is an absolute path"),
    "upwards": (('"/var/lib', '"/var/../lib'), "storage.data", "without .."),
    "root": (('"/var/lib/callbox"', '"/"'), "storage.data", "not / itself"),
    "slots": (("[storage]", "[storage]\nlive_log_mib = 34"), "storage.live_log_mib", "a multiple of 4"),
    "a log too small for a call": (
        ("[storage]", "[storage]\nlive_log_mib = 28"),
        "storage.live_log_mib",
        "32",
    ),
    "audit log kept for nothing": (
        ("[storage]", '[audit]\nkeep = "P0D"\n[storage]'),
        "audit.keep",
        "zero never means now",
    ),
    "audit log kept for less than a year": (
        ("[storage]", '[audit]\nkeep = "P11M60D"\n[storage]'),
        "audit.keep",
        "it is less than a year",
    ),
    "witness of another kind": (
        (
            "[storage]",
            WITNESS.format("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6") + "[storage]",
        ),
        "witness[1].key (pc)",
        "its type is 1, and a witness signs with type 4",
    ),
    "witness of another hash": (
        ("[storage]", WITNESS.format(REMORA.replace("da77", "da78")) + "[storage]"),
        "witness[1].key (pc)",
        "its hash does not fit its name and key",
    ),
    "witness twice": (
        ("[storage]", WITNESS.format(REMORA) * 2 + "[storage]"),
        "witness[2].name (pc)",
        "witness[1] has this name already",
    ),
    "witness under two names": (
        ("[storage]", (WITNESS + WITNESS.replace('"pc"', '"pc2"')).format(REMORA, REMORA) + "[storage]"),
        "witness[2].key (pc2)",
        "witness[1] (pc) has this key already",
    ),
    "host": (("[storage]", '[clock]\nservers = ["a b"]\n[storage]'), "clock.servers", "each a host name"),
    "control": (('"announcement"', '"a\\u001b[2J"'), "office.callers_told", "seen 'a\\x1b[2J'"),
    # names and references
    "line twice": (('"helpline"', '"front"'), "line[2].name (front)", "line[1] has this name already"),
    "recipient twice": (('"safe"', '"office"'), "recipient[2].name (office)", "recipient[1] has this name"),
    "department unknown": (
        ('department = "repairs"', 'department = "repair"'),
        "line[1].department (front)",
        '"repair" is not the name of any [[department]]; did you mean "repairs"?',
    ),
    "policy unknown": (
        ('policy = "standard"', 'policy = "standrad"'),
        "department[1].policy (repairs)",
        "standard",
    ),
    "tap unknown": (('tap = "card"', 'tap = "crad"'), "line[1].tap (front)", 'did you mean "card"?'),
    "desk line unknown": (
        ('["front"]', '["fornt", "front"]'),
        "desk[1].lines (desk)",
        'did you mean "front"?',
    ),
    "desk acts on silence": (
        ('["front"]', '["front", "helpline"]'),
        "desk[1].lines (desk)",
        "never_record line",
    ),
    "same version": (
        (
            "[[department]]",
            '[[policy]]\nname = "standard"\nperiod = "P3M"\nfrom = 2026-01-05\nreason = "x"\n[[department]]',
        ),
        "policy[2].from (standard)",
        "seen 2026-01-05; policy[1] is the version from this date already",
    ),
    # lines and taps
    "no tap": (('tap = "card"\n', ""), "line[1].tap (front)", "missing; a recorded line has it"),
    "no position": ((SKIPPED, "hook = " + HOOK), "line[1].position (front)", "missing; a recorded"),
    "tap of silence": (
        ("never_record = true", 'never_record = true\ntap = "card"\nlook_back = 1'),
        "line[2].tap (helpline)",
        "never opened, so it has no tap; take the key out",
    ),
    "nothing recorded": (
        ('tap = "card"\n' + SKIPPED, "never_record = true"),
        "line[1] (front)",
        "no line is recorded; at least one is needed",
    ),
    "extension": (('"port"', '"extension"'), "line[1].unclassified (front)", "there is no default"),
    "port in doubt": (
        ('"port"', '"port"\nunclassified = "record"'),
        "line[1].unclassified (front)",
        'seen "record"; at a port every call is external; take the key out',
    ),
    "channel beyond": (
        ('"port"', '"port"\nchannels = [2]'),
        "line[1].channels (front)",
        "tap[1] (card) are 0 to 1",
    ),
    "channel twice": (
        ("[[desk]]", LINE.format("back", "card")),
        "line[3].channels (back)",
        "channel 0 of this tap is line[1] (front) already",
    ),
    "unused tap": (("[[line]]", TAP.format("b.wav")), "tap[2] (other)", "no line uses this tap"),
    "same card": (
        ("[[line]]", TAP.format("call.wav")),
        "tap[2].card (other)",
        "tap[1] (card) is this card already",
    ),
    "card by number": (
        ('kind = "wav"\ncard = "call.wav"', 'kind = "sounddevice"\ncard = "1"'),
        "tap[1].card (card)",
        'seen "1"; a card is named by its ALSA card id',
    ),
    "sound server": (
        ('kind = "wav"\ncard = "call.wav"', 'kind = "pyaudio"\ncard = "pcm:pulse"'),
        "tap[1].card (card)",
        "never default, plug or a sound server",
    ),
    "rate above tap": (
        ('"port"', '"port"\nrate = 16000'),
        "line[1].rate (front)",
        "seen 16000; tap[1] (card) gives only 8000 samples a second",
    ),
    "hook of nothing": ((', source = "GPIO22" ', ""), "line[1].hook.source (front)", "like GPIO22"),
    "hook kind": (("source", "sauce"), "line[1].hook.sauce (front)", 'did you mean "source"?'),
    # digits and numbers
    "blank": (
        ('"port"', '"port"\nkeyed_digits = "blank"\nlook_back = 1.9'),
        "line[1].look_back (front)",
        "seen 1.9; blanking keyed digits needs 2 s or more",
    ),
    "access": (
        ("[storage]", '[numbering]\naccess = "9x"\n[storage]'),
        "numbering.access",
        "like 9, or nothing",
    ),
    "pattern": (
        ("[storage]", '[numbering]\nextensions = ["3yy"]\n[storage]'),
        "numbering.extensions",
        "x for any digit",
    ),
    "area": (
        ("[storage]", '[numbering]\narea = "1632"\n[storage]'),
        "numbering.area",
        "with its 0, like 01632",
    ),
    "ring": (
        ("[storage]", '[numbering]\ninternal_ring = "singel"\n[storage]'),
        "numbering.internal_ring",
        'did you mean "single"?',
    ),
    "no extension": (
        ("[storage]", '[numbering]\naccess = "9"\n[storage]'),
        "numbering.access",
        "no line is an extension",
    ),
    # desks
    "three contacts": (
        ('["GPIO5", "GPIO6"]', '["GPIO5", "GPIO6", "GPIO7"]'),
        "desk[1].pause (desk)",
        "0 to 2",
    ),
    "panel none": (('panel = "gpiozero"', 'panel = "none"'), "desk[1].pause (desk)", "nothing to wire it to"),
    "no script": (
        ('panel = "gpiozero"', 'panel = "gpiozero"\nsource = "/run/x"'),
        "desk[1].source (desk)",
        'seen "/run/x"; only a "script" panel has one, and this is "gpiozero"',
    ),
    "pin twice": (
        ('lines = ["front"]', 'lamps = ["GPIO5"]\nlines = ["front"]'),
        "desk[1].lamps (desk)",
        "that desk[1].pause (desk) uses already",
    ),
    "pin of the hook": (
        ("GPIO6", "GPIO22"),
        "desk[1].pause (desk)",
        "that line[1].hook (front) uses already",
    ),
    "no pin": (("GPIO6", "GPIO06"), "desk[1].pause (desk)", "the pins are GPIO0 to GPIO27"),
    # recipients
    "one only": (
        ('[[recipient]]\nname = "safe"\nkey = "' + KEY_B + '"\nholder = "DPO"\n', ""),
        "recipient[1] (office)",
        "there is only one recipient",
    ),
    "same key": ((KEY_B, KEY_A), "recipient[2].key (safe)", "recipient[1] (office) has this key already"),
    "security key": (
        (KEY_A, "sk-ssh-ed25519@openssh.com AAAA"),
        "recipient[1].key (office)",
        "cannot open a sealed",
    ),
    "ecdsa": (
        (KEY_A, "ecdsa-sha2-nistp256 AAAA"),
        "recipient[1].key (office)",
        "no recipient of the ecdsa kind",
    ),
    "plugin": ((KEY_A, "age1yubikey1q2w3e4r5t6"), "recipient[1].key (office)", "the key of an age plugin"),
    "short": ((KEY_A, KEY_A[:-1]), "recipient[1].key (office)", "has 62 characters"),
    "capitals": ((KEY_A, KEY_A.upper()), "recipient[1].key (office)", "small letters"),
    "half ssh": ((KEY_A, "ssh-ed25519 AAAAC3"), "recipient[1].key (office)", "not a whole SSH public key"),
    "anything": ((KEY_A, "hello"), "recipient[1].key (office)", 'seen "hello"; allowed is a public key'),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_rule_is_said(case: str) -> None:
    """Each rule, broken once, is said at its place with the value seen and what is allowed."""
    edit, place, part = CASES[case]
    found = mistakes(SMALL, edit)
    assert any(line.startswith(f"{place}: ") and part in line for line in found), "\n".join(found)


@pytest.mark.parametrize(
    "case", sorted(set(CASES) - {"office as list", "line as table", "nothing recorded", "no storage"})
)
def test_a_broken_rule_is_said_alone(case: str) -> None:
    """One wrong edit brings at most the mistakes of its own key and of what refers to it."""
    edit, _, _ = CASES[case]
    assert len(mistakes(SMALL, edit)) <= 2


def test_two_contacts_one_or_none_are_right() -> None:
    """A changeover button, a single one and no button at all are right."""
    for pause in ('["GPIO5", "GPIO6"]', '["GPIO5"]', "[]"):
        assert mistakes(SMALL, ('["GPIO5", "GPIO6"]', pause)) == []


def test_one_recipient_accepted() -> None:
    """One native age key is right where the office accepts it, one SSH key is not."""
    one = ('[[recipient]]\nname = "safe"\nkey = "' + KEY_B + '"\nholder = "DPO"\n', "")
    accepted = ("[storage]", '[storage]\nsingle_recipient = "accepted"')
    assert mistakes(SMALL, one, accepted) == []
    assert "none of the recipients is a native age key" in mistakes(SMALL, one, accepted, (KEY_A, SSH))[0]


def test_the_same_ssh_key_under_two_comments() -> None:
    """The comment of an SSH key does not make it another key."""
    found = mistakes(SMALL, (KEY_A, f"{SSH} one"), (KEY_B, f"{SSH} two"))
    assert any("recipient[2].key (safe): recipient[1] (office) has this key" in line for line in found)


@pytest.mark.parametrize("text", [SMALL, SCRIPTED])
def test_blanked_digits_and_exempt_numbers_are_allowed_on_any_line(text: str) -> None:
    """A real line is heard as a script is told; the look-back of an example is enough."""
    exempt = ("[storage]", EXEMPT.format("0207946") + "[storage]")
    assert mistakes(text, exempt, ('"port"', '"port"\nkeyed_digits = "blank"')) == []


def test_what_leads_out_is_no_extension() -> None:
    """A pattern that begins with the access digit is refused, one that begins with any digit is not."""
    extension = ('"port"', '"extension"\nunclassified = "withhold"')
    numbering = '[numbering]\naccess = "9"\nextensions = ["90x", "xxx"]\ninternal_ring = "double"\n[storage]'
    assert mistakes(SMALL, extension, ("[storage]", numbering)) == [
        'numbering.extensions: "90x" begins with "9", which leads out of the office'
    ]


def test_mistakes_are_told_in_the_order_of_the_tables() -> None:
    """A rule between keys is told at its table, before the wrong value of a later table."""
    found = mistakes(
        SMALL, ('data = "/var', 'data = "var'), ('department = "repairs"', 'department = "rents"')
    )
    assert [line.split(" ")[0] for line in found] == ["line[1].department", "storage.data:"]


def test_the_same_mistake_is_told_once() -> None:
    """Two inputs of one button that are both taken make one line."""
    other = '[[desk]]\nname = "two"\npanel = "gpiozero"\npause = ["GPIO5", "GPIO6"]\nlines = ["front"]\n[[recipient]]'
    found = mistakes(SMALL, ("[[recipient]]", other))
    assert found == ["desk[2].pause (two): an input or output is used that desk[1].pause (desk) uses already"]


def test_one_path_is_one_script() -> None:
    """A script may speak for a desk or for a line, but not for both at one path."""
    panel = ('panel = "gpiozero"', 'panel = "script"\nsource = "line.fifo"')
    assert mistakes(SCRIPTED, panel) == [
        "desk[1].source (desk): an input or output is used that line[1].hook (front) uses already"
    ]
    assert mistakes(SCRIPTED, panel, ("line.fifo", "/run/desk.fifo")) == []


def test_inputs_of_different_kinds_do_not_meet() -> None:
    """Two panels of different kinds may use the same word for an input."""
    other = '[[desk]]\nname = "two"\npanel = "script"\npause = ["GPIO5"]\nlines = ["front"]\n[[recipient]]'
    assert mistakes(SMALL, ("[[recipient]]", other)) == []
