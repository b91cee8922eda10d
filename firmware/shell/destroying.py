"""`destroy`, `keep`, `date`, `certificates`, `certificate`: erasure on request, and the proof of it."""

import json

from firmware.shell import tables
from firmware.shell.calling import called
from firmware.shell.client import Client
from firmware.shell.holding import instant
from firmware.shell.words import Words, refused


def destroy(client: Client, words: Words) -> None:
    """`destroy ID --reason R`."""
    words.allow("reason")
    recording = words.one_name("recording")
    answer = client.ask("destroy", id=recording, reason=words.options.get("reason"))
    print(
        f"{recording} will be destroyed not before {tables.moment(answer.content['not_before_ns'])}. Until then "
        f"`{called()} keep {recording}` or a hold stops it. The certificate comes once the live key of its time is gone."
    )


def keep(client: Client, words: Words) -> None:
    """`keep ID`: an erasure that was asked for is not carried out."""
    words.allow()
    client.ask("keep", id=words.one_name("recording"))
    print(f"{words.names[1]} is kept until its day.")


def date(client: Client, words: Words) -> None:
    """`date ID --began "YYYY-MM-DD HH:MM" --reason R`: a recording without a day gets one."""
    words.allow("began", "reason")
    if "began" not in words.options:
        raise refused('`date` takes --began "YYYY-MM-DD HH:MM", in London')
    began = instant(words.options["began"])
    name, reason = words.one_name("recording"), words.options.get("reason")
    answer = client.ask("date", id=name, began_ns=began, reason=reason)
    print(f"{answer.content['id']} falls due on {answer.content['due']}.")


def certificates(client: Client, words: Words) -> None:
    """`certificates`."""
    words.allow("json")
    content = client.ask("certificates").content
    told = {name: content[name] for name in ("certificates", "waiting")}
    rows = [(each["run"], tables.moment(each["destroyed_ns"])) for each in told["certificates"]]
    rows += [(each["run"], "waits for the live key to go") for each in told["waiting"]]
    text = tables.table(("certificate", "destroyed"), rows) if rows else "Nothing was destroyed yet."
    print(json.dumps(told, indent=2) if "json" in words.flags else text)


def certificate(client: Client, words: Words) -> None:
    """`certificate NAME`: as it is signed, for whoever verifies it."""
    words.allow()
    print(
        json.dumps(
            client.ask("certificate", run=words.one_name("certificate")).content["certificate"], indent=2
        )
    )
