"""Requests to the API with bodies that a well-behaved client would not send."""

import json

from rest_framework.test import APIClient


def ask(api: APIClient, method: str, address: str, body=None, **headers):
    """A request to /api/v1; text and bytes are sent as they are, everything else as JSON. A PUT overwrites."""
    headers = ({"If-Match": "*"} if method == "PUT" else {}) | headers
    raw = body if isinstance(body, bytes | str) else "" if body is None else json.dumps(body)
    return api.generic(method, f"/api/v1{address}", raw, content_type="application/json", headers=headers)
