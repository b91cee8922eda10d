"""One command line is served: its verb is found and started, with the open conversation."""

from importlib import import_module

from firmware.faults import Refused
from firmware.shell import helping
from firmware.shell.client import Client
from firmware.shell.verbs import VERBS
from firmware.shell.words import Words


def serve(client: Client, words: Words) -> None:
    """Start the verb of a person who logged in; refuses one that is none."""
    if words.verb == "help":
        print(_help(client, words), end="")
        return
    start(client, words)


def start(client: Client, words: Words) -> None:
    """Import the verb's module and call it; refuses a word that is no verb."""
    where = VERBS.get(words.verb)
    if where is None:
        raise unknown(words.verb)
    module, _, name = where.partition(":")
    getattr(import_module(module), name)(client, words)


def _help(client: Client, words: Words) -> str:
    told = client.ask("help").content
    return helping.of_verb(words.names[1]) if len(words.names) > 1 else helping.for_person(told)


def unknown(verb: str) -> Refused:
    """A word that is no verb: the one that was meant, where it is near; what may be a number is not said again."""
    import difflib  # noqa: PLC0415  only where somebody mistyped

    near = difflib.get_close_matches(verb[:20], VERBS, n=1)
    named = "that name" if any(map(str.isdigit, verb)) or len(verb) > 20 else f"the name {verb!r}"
    hint = f"did you mean {near[0]}?" if near else f"the verbs are: {', '.join(VERBS)}, help"
    return Refused("refused.verb", f"there is no verb of {named}", hint)
