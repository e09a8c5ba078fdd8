# Receives notifications: NOTIFY_SECRET=whsec_… PORT=… python3 receiver.py
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["NOTIFY_SECRET"].removeprefix("whsec_"))
newest = {}  # the highest revision of each order; yours is in your database
lock = threading.Lock()


def is_ours(headers, body):
    """Standard Webhooks 1.0, over the bytes as they came."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = b"v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256))
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(wanted, one) for one in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_ours(self.headers, body):
            return self.answer(401)
        message = json.loads(body)
        if message["type"] == "order.updated":
            self.told(message["data"])
        return self.answer(204)

    def told(self, order):
        with lock:
            # It may come twice, and out of order: only what is newer counts.
            if order["revision"] > newest.get(order["id"], 0):
                newest[order["id"]] = order["revision"]
                print(order["id"], order["status"], flush=True)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
