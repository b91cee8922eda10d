"""The letters that a hold asks for, in plain words; the office puts name and address on them.

HTS.15 and HAR.11: *you will be informed*. HTS.20, LAW.5: where to complain.
"""

from collections.abc import Mapping
from typing import Any

ICO = "Information Commissioner's Office, Wycliffe House, Water Lane, Wilmslow, Cheshire SK9 5AF, ico.org.uk"
"""The supervisory authority's published address (ico.org.uk)."""


def hold(told: Mapping[str, Any]) -> str:
    """The letter that tells the person concerned that a recording is kept longer, and why."""
    letter = told["letter"]
    use = (
        "While this restriction stands it is stored, and nobody is given it."
        if told["restricted"]
        else "It is used for this matter only, and every look at it is logged."
    )
    return f"""\
{letter["controller"]}
Our reference: {told["case"]}

A recording of a telephone call with you is kept longer

We record calls and destroy each recording on the day that our notice gives. One or more recordings that concern
you are kept beyond that day, since {told["made"]}, because: {told["reason"]}.

{use} We review whether it is still needed on {told["review"]}. Once it is no longer needed, what is past its day
is destroyed, and a certificate is kept that says so.

You may ask for a copy, ask us to correct, restrict or erase what we hold, or object. Write to {letter["contact"]}.
Our data protection officer: {letter["dpo"]}.
If you are not content with our answer you may complain to the {ICO}.
"""


def refusal(told: Mapping[str, Any]) -> str:
    """The letter that answers a request for erasure which a hold stands against (UK GDPR article 17(3))."""
    letter = told["letter"]
    return f"""\
{letter["controller"]}
Our reference: {told["case"]}

Your request to erase a recording

We have not erased the recording that you asked about. It is kept because: {told["reason"]}.
We review this on {told["review"]}, and destroy the recording once it is no longer needed and its day has passed.

Our data protection officer: {letter["dpo"]}. You may complain to the {ICO}.
"""
