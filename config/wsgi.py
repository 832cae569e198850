"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from . import celery  # noqa: F401  (the application that nudges are sent through)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What was loaded until now lives as long as the process; looking it through again and again took a tenth of the time.
gc.collect()
gc.freeze()
# A page makes tens of thousands of objects that die with it: looked through every 700, as by default, it takes longer.
gc.set_threshold(20_000, 10, 10)
