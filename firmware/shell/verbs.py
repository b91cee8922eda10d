"""The verbs of the shell, and where each is: a verb's module is imported when it is typed."""

from typing import Final

HELP: Final = """\
callbox shell VERB ...

  list [--line L] [--department D] [--on today|yesterday|YYYY-MM-DD] [--limit N] [--json]
                                   the recordings there are, the newest first
  show ID [--json]                 the life of one: what it is, its gaps, why it is kept, what was done with it
  get ID --purpose P --ref R [--where PLACE] [--because REASON] [--armor] > FILE
                                   the sealed recording; open it with: age -d -i KEY.txt FILE
                                   (a cut one is a tar of small age files); by sftp or scp: /P/R/ID.age
  details ID --purpose P --ref R ... [--armor] > FILE
                                   the numbers of a recording, sealed; opened like it
  find --purpose P --ref R [--from YYYY-MM-DD] [--to ...] [--line L] [--department D] [--json] < NUMBER
                                   recordings that may be of a telephone number, which comes by standard input alone
  find --withheld ...              of callers without a number, within 31 days
  find --subject ... < NAME        those that may have been noted as about somebody
  find --by-ref CASE [--json]      all that was fetched, noted or held for a case
  note ID --ref CASE and/or --subject < TEXT
                                   sealed to the office at once; with --subject the first line is whom it is about
  notes ID [NUMBER] --purpose P --ref R [--json]
                                   what was noted, sealed; open it with: age -d -i KEY.txt
  hold ID | --line L --from "YYYY-MM-DD HH:MM" --to ...  --case C --owner O --reason R [--review YYYY-MM-DD]
                                   keep beyond the day: one recording, or a line's time, calls going on included
  restrict ...                     a hold whose recordings are not handed out either
  holds [--untold] [--json]        the holds that stand, and what is owed for each
  letter HOLD [--refusal]          the text that tells the person concerned, or that answers a request for erasure
  told HOLD --how T | --exempt R   the person was told, or why not
  copied HOLD --where P | --waived R
                                   a copy is safe, or why none is wanted
  review HOLD --on YYYY-MM-DD --reason R
                                   still needed; look again then
  release HOLD --reason R          what is past its day goes with the next run
  destroy ID --reason R            erase one before its day; refused under a hold
  keep ID                          stop an erasure that was asked for
  date ID --began "YYYY-MM-DD HH:MM" --reason R
                                   give a recording without a day the day that follows from when it began
  copies [--due] [--json], copies destroyed COPY
                                   what was handed out and is not confirmed destroyed; --due: asked back
  certificates [--json], certificate NAME
                                   what was destroyed, and the proof that verifies alone
  ledger LINE [--on YYYY-MM-DD | --at "YYYY-MM-DD HH:MM"] [--json]
                                   what became of a line's time off the hook, and why there is no recording
  stats [--from YYYY-MM-DD] [--to YYYY-MM-DD] [--by day|week|month] [--json]
                                   calls and time of each department; no figure tells of fewer than five calls
  status [--json | --format text|json|nagios]
                                   open faults, and how the box stands; nagios: one line and an exit status
  status --history [--limit N] [--json]
                                   which faults opened, closed and were acknowledged, the newest first
  ack CODE|SUBJECT --reason R [--until YYYY-MM-DD]
                                   an open fault is known: off the lamps and out of the daily mail until then
  watch [--once] [--on YYYY-MM-DD] [--json]
                                   a screen: lines with levels (never sound), recordings, holds, faults;
                                   without a terminal, or with --once, one look as text
  recipient [--json]               who can open recordings, and who has proved it
  recipient ask NAME               the word that was sealed to NAME, in armour
  recipient prove NAME WORD        give the word back
  reseal [--json]                  which recordings are sealed to others than the settings name, and what waits for a person
  reseal take < JSON, reseal waiting, reseal try [ID] [--with NAME], reseal confirm ID --with NAME < PROOF, reseal drop
                                   sealing anew, by headers alone: `callbox office reseal` does it all
  headers [--after PLACE] [--limit N]
                                   the headers of such recordings, as JSON
  clock [--json]                   whether the time is believed, and why not
  clock confirm --now "2026-03-02 09:30"
                                   say that the box shows the right time, from your own watch
  mend-cell                        copy the root key into a blank second cell
  log [--id ID] [--limit N] [--json]
                                   the newest entries of the audit log, or those of one recording
  verify [--json], verify ID       whether the whole audit log adds up, or one recording, and where it does not
  checkpoint [--json]              its size and root, signed by the box and by its witnesses
  consistency FROM TO              the proof that the log of FROM entries is the beginning of that of TO
  inclusion ENTRY                  the proof that an entry is in the log, as JSON
  cosign < NOTE                    give back a checkpoint that a witness signed
  persons [--json]                 who may ask, with which key and until when, and when each last did
  entries FROM TO                  entries of the audit log, as the JSON that is hashed
  peaks SIZE                       the roots from which its hash goes on
  settings [DIGEST] [--json]       the settings in force, or an earlier version; no exempt number is told
  days --from YYYY-MM-DD --to YYYY-MM-DD
                                   what the lines did, what is owed and what falls due, for programs
  help [VERB]                      this page, or the lines of one verb

  --config F or --socket S before or after the verb finds a box that is not installed as usual.
"""


VERBS: Final = {
    "list": "firmware.shell.listing:list_recordings",
    "ledger": "firmware.shell.accounts:ledger",
    "stats": "firmware.shell.accounts:stats",
    "status": "firmware.shell.standing:status",
    "ack": "firmware.shell.standing:acknowledge",
    "watch": "firmware.shell.watch.verb:watch",
    "recipient": "firmware.shell.asking:recipient",
    "reseal": "firmware.shell.resealing:reseal",
    "headers": "firmware.shell.resealing:headers",
    "clock": "firmware.shell.clock:clock",
    "mend-cell": "firmware.shell.asking:mend_cell",
    "show": "firmware.shell.life:show",
    "get": "firmware.shell.fetching:get",
    "details": "firmware.shell.fetching:details",
    "hold": "firmware.shell.holding:hold",
    "restrict": "firmware.shell.holding:restrict",
    "find": "firmware.shell.finding:find",
    "note": "firmware.shell.noting:note",
    "notes": "firmware.shell.noting:notes",
    "holds": "firmware.shell.holding:holds",
    "letter": "firmware.shell.holding:letter",
    "told": "firmware.shell.holding:told",
    "copied": "firmware.shell.holding:copied",
    "review": "firmware.shell.holding:review",
    "release": "firmware.shell.holding:release",
    "destroy": "firmware.shell.destroying:destroy",
    "keep": "firmware.shell.destroying:keep",
    "date": "firmware.shell.destroying:date",
    "copies": "firmware.shell.copies:copies",
    "certificates": "firmware.shell.destroying:certificates",
    "certificate": "firmware.shell.destroying:certificate",
    "log": "firmware.shell.witness_asking:log",
    "verify": "firmware.shell.witness_asking:verify",
    "checkpoint": "firmware.shell.witness_asking:checkpoint",
    "consistency": "firmware.shell.witness_asking:consistency",
    "inclusion": "firmware.shell.witness_asking:inclusion",
    "cosign": "firmware.shell.witness_asking:cosign",
    "persons": "firmware.shell.persons:persons",
    "entries": "firmware.shell.witness_telling:entries",
    "peaks": "firmware.shell.witness_telling:peaks",
    "settings": "firmware.shell.witness_telling:settings",
    "days": "firmware.shell.witness_telling:days",
}
"""Each is given the open conversation and the words that were typed."""
