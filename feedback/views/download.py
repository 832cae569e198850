"""A finished export as an answer: whole or a part of it, with the sum of the file as its tag (RFC 9110 §13, §14)."""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, parse_etags

from .. import exports
from ..models import Export

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def served(request: HttpRequest, export: Export) -> HttpResponseBase:
    """200, 206, 304 or 416. Raises access.NotFound where there is no file now."""
    tag, size = f'"{export.sha256}"', export.size or 0
    first, length = _asked(request, tag, size) or (0, size)
    blocks = exports.content(export, max(first, 0), length)
    if {tag, "*"} & set(parse_etags(request.headers.get("If-None-Match", ""))):
        blocks.close()
        answer = HttpResponse(status=304)
    elif first < 0:
        blocks.close()
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        answer = StreamingHttpResponse(blocks)
        answer["Content-Length"] = str(length)
        if length < size:
            answer.status_code = 206
            answer["Content-Range"] = f"bytes {first}-{first + length - 1}/{size}"
    return _headed(answer, export, tag)


def _headed(answer: HttpResponseBase, export: Export, tag: str) -> HttpResponseBase:
    answer["Content-Type"] = exports.FORMATS[export.format]
    answer["Content-Disposition"] = content_disposition_header(True, export.filename)
    answer["ETag"], answer["Accept-Ranges"] = tag, "bytes"
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(answer, ["Authorization", "Cookie"])
    return answer


def _asked(request: HttpRequest, tag: str, size: int) -> tuple[int, int] | None:
    """The first byte and how many; None for all of it, (-1, 0) where nothing of the range is in the file.

    Several ranges at once are answered with the whole file, as every server may.
    """
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or found.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else (-1, 0)
    start = int(first)
    return (start, min(int(last) + 1 if last else size, size) - start) if start < size else (-1, 0)
