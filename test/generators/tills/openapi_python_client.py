"""A till on what openapi-python-client writes: places an order and reads it again."""

import json
import os

from written import AuthenticatedClient
from written.api.orders import get_order, place_order
from written.models import Order, PlaceOrderBody

client = AuthenticatedClient(base_url=os.environ["API_URL"], token=os.environ["API_KEY"])
body = PlaceOrderBody.from_dict(json.loads(os.environ["ORDER"]))
placed = place_order.sync(client=client, body=body, prefer="wait=10")
assert isinstance(placed, Order), placed
read = get_order.sync(placed.id, client=client)
assert isinstance(read, Order), read
print(read.id, read.status.value)
