"""The verbs of the shell, and where each is: a verb's module is imported when it is typed."""

from typing import Final

HELP: Final = """\
callbox shell VERB ...

  list [--line L] [--on YYYY-MM-DD] [--limit N] [--json]
                                   the recordings there are, the newest first
  show ID                          everything known about one, as JSON
  get ID --purpose P --ref R [--armor] > FILE
                                   the sealed recording; open it with: age -d -i KEY.txt FILE
                                   (a cut one is a tar of small age files)
  status [--json]                  open faults, and how the box stands
  recipient [--json]               who can open recordings, and who has proved it
  recipient ask NAME               the word that was sealed to NAME, in armour
  recipient prove NAME WORD        give the word back
  help                             this page

  --config F or --socket S before or after the verb finds a box that is not installed as usual.
"""


VERBS: Final = {
    "list": "firmware.shell.asking:list_recordings",
    "status": "firmware.shell.asking:status",
    "recipient": "firmware.shell.asking:recipient",
    "show": "firmware.shell.fetching:show",
    "get": "firmware.shell.fetching:get",
}
"""Each is given the open conversation and the words that were typed."""
