"""The ASGI application, for servers that speak it."""

import os

from django.core.asgi import get_asgi_application

from . import celery  # noqa: F401  (the application that nudges are sent through)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()
