"""`help VERB`: what the lines of the page do not say: what each word asks for, what becomes of it, and an example to type.

An example stands on a line of its own, indented by four, and is typed as it stands but for its names in capitals.
"""

from typing import Final

_WHY: Final = """\
--purpose   what for: one of the office's list, which `help` alone shows in its example
--ref       the case that it is for; entered as a commitment, shown by `show`
--because   who needs it and on what ground: for a purpose that the notice allows as an exception
--where     where the copy will lie, as you would find it again
"""

_HOLD: Final = """\
--case      the case that needs it        --owner    who answers for it
--reason    why, in a sentence            --review   when to look whether it is still needed (in 90 days)

It owes three things, each a fault once its day has passed: the person concerned is told within seven days (`told`), a
copy is in the office's hands within thirty (`copied`), and it is reviewed (`review`). It ends by `release` alone.
"""

MORE: Final = {
    "list": """\
The newest 100, where nothing else is asked for. Marks: cut (a loss of power ended it), gaps, held, restricted, erasure asked.

    callbox shell list --on yesterday --line line1
""",
    "show": """\
Its gaps with their reasons, policy, lawful basis and due day, holds, all that was done with it, and the copies that are out. No
number is in it. Of a destroyed one the certificate is named.

    callbox shell show ID
""",
    "get": f"""\
{_WHY}
Who, when and what for is in the audit log before the first byte leaves. It comes whole and sealed, and opens where the office's
key is. What is handed out is a copy, which is asked back when the recording falls due: `copies`.

    callbox shell get ID --purpose complaint --ref C12 --where "case file C12" > ID.age
    age -d -i KEY.txt ID.age > ID.flac
""",
    "details": f"""\
{_WHY}
Who called and who was called, sealed: a small age file of JSON. Few cases need it.

    callbox shell details ID --purpose complaint --ref C12 > ID.details.age
""",
    "find": """\
--purpose   what for: one of the office's list        --ref    the case that it is for
--json      what is sealed of each, too, for `age` or for the office's tool

The box does not know numbers: it names all recordings that may be of it, one in 256 of all others too. Those that are, only the
office's key tells: `callbox office find` does both. The number or name comes by standard input, never as a word.

    callbox shell find --purpose subject-access --ref SAR-14 < number.txt
""",
    "note": """\
The text comes by standard input. It is sealed to the office at once: the box cannot read it again. It is found by its
reference (`find --by-ref`), or by whom it is about (`find --subject`), and ends with its recording.

    callbox shell note ID --ref C12 < note.txt
""",
    "notes": f"""\
{_WHY}
One note comes as it is; where there are several they are listed, and NUMBER takes one.

    callbox shell notes ID 1 --purpose complaint --ref C12 | age -d -i KEY.txt
""",
    "hold": f"""\
{_HOLD}
    callbox shell hold ID --case C12 --owner anna --reason "complaint about a payment"
    callbox shell hold --line line1 --from "2026-03-02 14:00" --to "2026-03-02 15:00" --case C12 --owner anna --reason R
""",
    "restrict": f"""\
{_HOLD}
While it stands nobody is handed the recording: for a person who asked that it is not used.

    callbox shell restrict ID --case SAR-14 --owner anna --reason "asked not to use it"
""",
    "holds": """\
Each with what is owed and by when; --untold has those of which nobody was told yet.
""",
    "letter": """\
A text to look over and to send. --refusal answers who asked for erasure while this hold stands.

    callbox shell letter HOLD > letter.txt
""",
    "told": """\
--how       how the person was told        --exempt   why he need not be, or not yet

    callbox shell told HOLD --how "letter of 2 March"
""",
    "copied": """\
A hold keeps a recording on this box, and the box may die. Say where a copy is, or why none is wanted.

    callbox shell copied HOLD --where "case file C12"
""",
    "review": """\
It was looked at and is still needed: why, and when to look again.

    callbox shell review HOLD --on 2026-06-02 --reason "the case is not closed"
""",
    "release": """\
Nothing else ends a hold. What is past its day then goes with the next run, an hour later; the rest on its day.

    callbox shell release HOLD --reason "settled"
""",
    "destroy": """\
It goes with the next run, an hour later: until then `keep ID` or a hold stops it. A certificate proves it; what was handed
out before, the box cannot destroy.

    callbox shell destroy ID --reason "asked for erasure, case SAR-14"
""",
    "keep": """\
Stops an erasure that was asked for, as long as it is not carried out. It then goes on its day.
""",
    "date": """\
For a recording that began under a clock that was not to be believed. It gets the day that follows from when it began.

    callbox shell date ID --began "2026-03-02 14:05" --reason "by the office's diary"
""",
    "copies": """\
Each until somebody says that it is destroyed; a copy of what is due or destroyed is asked back, which is a fault until then.

    callbox shell copies --due
    callbox shell copies destroyed COPY
""",
    "certificates": """\
Those of each run that destroyed; `certificate NAME` hands one out.
""",
    "certificate": """\
It verifies with the box's public key alone, years later, without the box.

    callbox shell certificate NAME > NAME.json
    callbox certificate NAME.json --public signing.pub
""",
    "ledger": """\
Every second off the hook is recorded, withheld, or lost, and why. --at answers for a moment, --on for a day; neither is today. Times are London's.

    callbox shell ledger line1 --at "2026-03-02 14:05"
""",
    "stats": """\
Days, weeks or months that are over. A day with fewer than five calls counts with the days after it.

    callbox shell stats --from 2026-03-01 --to 2026-03-31 --by week
""",
    "status": """\
Each open fault with its code, since when, who acts, and the next step. --format nagios ends with 0 fine, 1 warning, 2
critical, 3 unknown.

    callbox shell status --format nagios
""",
    "ack": """\
It is known, and somebody is at it: off the lamps and the daily mail until a day (a week on, 90 at most), or until it gets
worse. It stays in `status`, with your name and reason. What says that nothing is recorded is never silenced.

    callbox shell ack CODE --reason "the card comes on Monday" --until 2026-03-09
""",
    "watch": """\
Keys: Tab goes from table to table, the arrows from row to row, Enter says all about one, [ and ] change the day, ? has the rest, q
ends it. Over SSH it needs a terminal: ssh -t. Levels are shown, sound never.

    callbox shell watch --once
""",
    "recipient": """\
A recipient counts once it has given back a word that the box sealed to it, and again every 180 days. `callbox office recipient
prove` does it all where the key is; by hand:

    callbox shell recipient ask NAME > word.age
    age -d -i KEY.txt word.age
    callbox shell recipient prove NAME WORD
""",
    "reseal": """\
After a recipient came or went in the settings. The same recordings are locked for the recipients of today; only headers leave. The
old ones stay until somebody opened a new one and says so (`confirm`); `drop` takes the new ones back.
""",
    "headers": """\
For `callbox office reseal`. A header opens nothing without its body, and is entered before it leaves.
""",
    "clock": """\
What is not believed destroys nothing. `confirm` takes date and time from your own watch, at most ten minutes off the box's.

    callbox shell clock confirm --now "2026-03-02 09:30"
""",
    "mend-cell": """\
Where the box has two cells and one was replaced. Destroy the old one: what lies in it opens old copies of the key table.
""",
    "log": """\
Who did what; never what was typed. --id has all of one recording, destroyed ones too.

    callbox shell log --limit 20
""",
    "verify": """\
Alone: every entry of the log against its tree and checkpoints. With ID: header, details and body from the disk against the signed
manifest, and that against its entry.
""",
    "checkpoint": """\
Keep it elsewhere: whoever has one sees later whether the log was cut or written anew. `callbox office witness` does it daily.
""",
    "consistency": "For a witness (C2SP tlog-checkpoint; RFC 6962, section 2.1.2).\n",
    "inclusion": "For a witness, and in certificates (RFC 6962, section 2.1.1).\n",
    "cosign": "For a witness that the settings name (C2SP tlog-cosignature).\n",
    "entries": "For a witness: what is hashed, to the byte, so that it makes its own root of it.\n",
    "peaks": "For a witness that goes on from a log of SIZE entries.\n",
    "persons": """\
`sudo callbox person add` and `remove` at the box change it.
""",
    "settings": """\
Without a name those in force; `log` names the others. Exempt numbers are left out.
""",
    "days": "For the daily run of a witness.\n",
    "help": "One word more: `help get`.\n",
}
"""One text a verb; those of the page's lines stand before it."""
