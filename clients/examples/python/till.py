# A till with Python's standard library: API=… KEY=… python3 till.py REFERENCE
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

API, KEY = os.environ["API"], os.environ["KEY"]
REPEAT_FOR_SECONDS = 60


def call(method, path, body=None, headers=(), held=0):
    """Sends a request until it is answered for good: status, headers, body. `held`: for how many seconds the answer may wait."""
    data = None if body is None else json.dumps(body).encode()
    ours = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **dict(headers)}
    ends, gap = time.monotonic() + REPEAT_FOR_SECONDS, 0.5
    while True:
        request = urllib.request.Request(API + path, data, ours, method=method)
        try:
            with urllib.request.urlopen(request, timeout=15 + held) as answer:
                return answer.status, answer.headers, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as problem:
            status, answered = problem.status, problem.headers
            text = problem.read()
            # 502 with an order is what seQura has answered: it stays so.
            if not (status == 429 or (status >= 500 and not (status == 502 and b'"order":' in text))):
                return status, answered, json.loads(text or "null")
            pause = float(answered.get("Retry-After") or gap)
        except (OSError, http.client.HTTPException):
            status, pause = None, gap * random.uniform(0.5, 1)
        if time.monotonic() + pause > ends:
            sys.exit(f"no good answer to {method} {path}: {status}")
        time.sleep(pause)
        gap = min(gap * 2, 10)


def place(reference):
    order = {
        "merchant": {"id": "merchant_1", "store_ref": "store_1"},
        "operator_ref": "clerk@shop.example",
        "reference": reference,
        "mobile_phone": "+34666123456",
        "given_names": "María",
        "surnames": "García López",
        "date_of_birth": "1990-01-01",
        "nin": "12345678Z",
        "address": "Calle Mayor 1",
        "postal_code": "08001",
        "city": "Barcelona",
        "cart_items": [{"reference": "FRAME-001", "name": "Designer Frame", "price_with_tax": 25000, "quantity": 1}],
    }
    status, _, answer = call("POST", "/v1/orders", order, {"Prefer": "wait=5"}, held=5)
    if status not in (200, 201, 202):
        sys.exit(f"{answer['code']}: {answer['detail']}")
    return answer


def path_of(order):
    return "/v1/orders/" + urllib.parse.quote(order["id"], safe="")


def wait_for(order, holds):
    """The order as soon as `holds`: the long poll is answered when it changes."""
    status, headers, order = call("GET", path_of(order))
    while not holds(order):
        etag = headers["ETag"]
        status, headers, answer = call("GET", path_of(order) + "?wait=30", headers={"If-None-Match": etag}, held=30)
        order = order if status == 304 else answer
    return order


def has_ended(order):
    """Final, and no human has to look."""
    return order["closed_at"] is not None and order["attention"] is None


reference = sys.argv[1]
order = place(reference)
print("taken", order["id"])
# The same request again is the same order.
print("again", place(reference)["id"])

wait_for(order, lambda it: it["sms"]["sent"] > 0)
# Sent twice with one key, it is one more SMS.
for _ in range(2):
    _, _, answer = call("POST", path_of(order) + "/send_sms", {}, {"Idempotency-Key": f"{reference}-sms-2"})
print("sms", answer["order"]["sms"]["sent"])
_, _, answer = call("POST", path_of(order) + "/cancel")
print(answer["order"]["status"])

print(wait_for(place(f"signs-{reference}"), has_ended)["status"])
