"""One command line is served: its verb is found and started, with the open conversation."""

from importlib import import_module

from firmware.faults import Fault, Refused
from firmware.shell import helping
from firmware.shell.client import Client
from firmware.shell.verbs import VERBS
from firmware.shell.words import SEE, Words, refused


def serve(client: Client, words: Words) -> int:
    """Start the verb of a person who logged in, and give its exit status; refuses one that is none."""
    if words.verb == "help":
        print(_help(client, words), end="")
        return 0
    return start(client, words)


def start(client: Client, words: Words) -> int:
    """Import the verb's module and call it; refuses a word that is no verb. A verb that gives no exit status ended well."""
    where = VERBS.get(words.verb)
    if where is None:
        raise no_verb(words.verb)
    module, _, name = where.partition(":")
    try:
        return getattr(import_module(module), name)(client, words) or 0
    except Refused as refusal:
        if refusal.hint != SEE:
            raise
        raise refused(refusal.message, f"see `callbox shell help {words.verb}`") from None


def monitored(words: Words) -> bool:
    """Whether a monitoring system asks, which wants its one line also where there is no answer."""
    return words.verb == "status" and words.options.get("format") == "nagios"


def unknown(fault: Fault) -> int:
    """That line, and its exit status."""
    from firmware.shell import standing  # noqa: PLC0415  only where a monitoring system asks

    return standing.unknown(fault)


def _help(client: Client, words: Words) -> str:
    told = client.ask("help").content
    return helping.of_verb(words.names[1]) if len(words.names) > 1 else helping.for_person(told)


def no_verb(verb: str) -> Refused:
    """A word that is no verb: the one that was meant, where it is near; what may be a number is not said again."""
    import difflib  # noqa: PLC0415  only where somebody mistyped

    near = difflib.get_close_matches(verb[:20], VERBS, n=1)
    named = "that name" if any(map(str.isdigit, verb)) or len(verb) > 20 else f"the name {verb!r}"
    hint = f"did you mean {near[0]}?" if near else f"the verbs are: {', '.join(VERBS)}, help"
    return Refused("refused.verb", f"there is no verb of {named}", hint)
