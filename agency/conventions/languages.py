"""The language in which a request is refused: German where it is asked for, else English."""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT, SPOKEN = "en", ("de", "en")


def language_of(request: HttpRequest) -> str:
    """By Accept-Language alone: what a browser was told about pages is none of the API's business."""
    for wanted, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:500]):
        if (language := wanted.partition("-")[0]) in SPOKEN:
            return language
    return DEFAULT
