"""Requests to the API with bodies that a well-behaved client would not send."""

import json

from rest_framework.test import APIClient


def ask(api: APIClient, method: str, address: str, body=None, **headers):
    """A request to /api/v1; text and bytes are sent as they are, everything else as JSON.

    All of them have one name, so that answers can be compared; a PUT overwrites.
    """
    headers = {"X-Request-ID": "asked-by-tests"} | ({"If-Match": "*"} if method == "PUT" else {}) | headers
    raw = body if isinstance(body, bytes | str) else "" if body is None else json.dumps(body)
    return api.generic(method, f"/api/v1{address}", raw, content_type="application/json", headers=headers)
