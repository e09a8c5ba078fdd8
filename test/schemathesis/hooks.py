"""What the document cannot say of a request: numbers with check characters, whose merchant the key is, how long a test may take."""

import re
from datetime import date
from urllib.parse import quote

import schemathesis
from hypothesis import strategies as st

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
DNI = re.compile("[0-9]{8}[A-Z]")

schemathesis.openapi.format(
    "document-number", st.integers(0, 99_999_999).map(lambda number: f"{number:08}{DNI_LETTERS[number % 23]}")
)
schemathesis.openapi.format("mobile-phone", st.integers(600_000_000, 699_999_999).map(lambda number: f"+34{number}"))
schemathesis.openapi.format("date", st.dates(date(1900, 1, 1), date(2000, 1, 1)).map(str))


# Idempotency keys that have a request.
used_keys = set()


# What Temporal keeps of an id, and what an id has before the reference.
LONGEST_ID = 255
BEFORE_REFERENCE = len("order:merchant_1:")


def fitting(reference):
    """As much of it as an id has room for, percent-encoded."""
    while BEFORE_REFERENCE + len(quote(reference, safe="-_.!~*'()", errors="replace")) > LONGEST_ID:
        reference = reference[:-1]
    return reference


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def filter_case(_, case):
    """What some clients send for nothing is nothing: no violation, though the document does not offer it."""
    return not (case.body in (None, []) and case.operation.definition.raw["operationId"] in ("sendSms", "cancelOrder"))


@schemathesis.hook
def map_case(_, case):
    if is_valid(case):
        # A cursor is one that the API has given.
        case.query.pop("cursor", None)
        # Others are forbidden, whatever else there is.
        if isinstance(case.body, dict) and isinstance(case.body.get("merchant"), dict):
            case.body["merchant"]["id"] = "merchant_1"
        if isinstance(case.body, dict) and isinstance(case.body.get("reference"), str):
            case.body["reference"] = fitting(case.body["reference"])
        # Now and then it makes a text of nearly the greatest length, not of the format.
        if isinstance(case.body, dict) and isinstance(case.body.get("nin"), str) and not DNI.fullmatch(case.body["nin"]):
            case.body["nin"] = "12345678Z"
    return case


@schemathesis.hook
def before_call(_, case, kwargs):
    """Another request needs another key; those of the examples, too. And a second is enough to have waited, whatever else the request is."""
    if re.fullmatch("[0-9]+", str((case.query or {}).get("wait"))) and 1 < int(case.query["wait"]) <= 60:
        case.query["wait"] = 1
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str):
        if key.strip('"') in used_keys:
            case.headers["Idempotency-Key"] = key = f"key-{len(used_keys)}"
        used_keys.add(key.strip('"'))
