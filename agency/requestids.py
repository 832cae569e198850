"""Which ids of their own requests callers may choose; everything else gets one of ours."""

import re

from django.http import HttpRequest, HttpResponse

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestIdMiddleware:
    """Stands before the one that takes the id over: forgets an X-Request-ID that is not 8 to 64 plain characters."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not SANE.fullmatch(request.META.get("HTTP_X_REQUEST_ID", "")):
            request.META.pop("HTTP_X_REQUEST_ID", None)
        return self.get_response(request)
