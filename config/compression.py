"""How answers are packed on their way: text alone, since pictures and spreadsheets are packed already."""

from django.middleware.gzip import GZipMiddleware

PACKED = ("text/", "application/json", "application/problem+json", "application/vnd.oai.openapi")


class CompressionMiddleware(GZipMiddleware):
    """Django's, which adds a random number of bytes so that a length says nothing of the secrets in a page."""

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith(PACKED):
            return response
        return super().process_response(request, response)
