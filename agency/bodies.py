"""How the body of a request is read."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.parsers import BaseParser

from agency import strictjson


class StrictJSONParser(BaseParser):
    """Reads a JSON body, at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes of it."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return strictjson.loads(raw)
