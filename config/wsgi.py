"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from . import celery  # noqa: F401  (the application that nudges are sent through)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
