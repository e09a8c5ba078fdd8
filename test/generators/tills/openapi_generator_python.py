"""A till on what openapi-generator writes in Python: places an order and reads it again."""

import os

import openapi_client as written

configuration = written.Configuration(host=os.environ["API_URL"], access_token=os.environ["API_KEY"])
with written.ApiClient(configuration) as client:
    orders = written.OrdersApi(client)
    body = written.PlaceOrderBody.from_json(os.environ["ORDER"])
    placed = orders.place_order(body, prefer="wait=10")
    read = orders.get_order(placed.id)
print(read.id, read.status.value)
