"""The door of the dashboard: its screens are for the agency's own people, clients have their portal."""

from functools import wraps

from django.core.exceptions import PermissionDenied

from agency.doors import page
from agency.rights import STAFF


def desk(view):
    """`page`, for staff only: `view(request, principal, …)` inside the wall."""

    @page
    @wraps(view)
    def entered(request, principal, *args, **kwargs):
        if principal.role not in STAFF:
            raise PermissionDenied
        return view(request, principal, *args, **kwargs)

    return entered
