"""Who may pass into a view: finds the principal, checks the right, opens the wall for exactly its clients."""

from collections.abc import Collection
from functools import wraps

import structlog
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import translation
from rest_framework import exceptions, generics, mixins

from agency import rights, sessions
from agency.paging import Keyset
from agency.schema import Schema
from agency.strictjson import path
from clients import access, factors
from clients.refusal import Refused

SIGNED_IN = ""
LONGEST_QUERY_VALUE = 4_000


class Door:
    """Mixed into every API view. `rights` names the right each method needs, SIGNED_IN for just being known."""

    rights: dict[str, str] = {}
    metadata_class = None
    schema = Schema()

    def initial(self, request, *args, **kwargs):
        translation.activate("en")
        self.perform_authentication(request)
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated("Send a token: Authorization: Bearer rsz_…")
        super().initial(request, *args, **kwargs)
        self.principal = request.user
        self._check_right(request.method)
        check_query(request.query_params)
        access.enter(self.principal)
        structlog.contextvars.bind_contextvars(
            agency_id=self.principal.agency.id, user_id=self.principal.user.id
        )

    def _check_right(self, method: str) -> None:
        right = self.rights.get("GET" if method == "HEAD" else method)
        if right is None:
            raise exceptions.MethodNotAllowed(method)
        if right != SIGNED_IN:
            self.principal.need(right)

    def named_client(self):
        """The client of `?client=`, None without it. Raises access.NotFound."""
        slug = self.request.query_params.get("client")
        return None if slug is None else access.client(self.principal, slug)


class View(Door, generics.GenericAPIView):
    """An API view with a strict body."""

    def body(self, shape=None, *, partial: bool = False) -> dict:
        """The checked body; `partial` for a PATCH, in which every field may be missing."""
        read = (shape or self.get_serializer_class())(
            data=self.request.data, partial=partial, context=self.get_serializer_context()
        )
        read.is_valid(raise_exception=True)
        return read.validated_data

    def shown(self, row) -> dict:
        return self.get_serializer(row).data


class ListView(View, mixins.ListModelMixin):
    """A paged list of what `rows()` returns; set `queryset` to an empty one of its model, `page_ordering`."""

    pagination_class = Keyset
    page_ordering = "id"

    def get(self, request):
        return self.list(request)

    def filter_queryset(self, queryset):
        return self.rows()


def check_query(query) -> None:
    for name, values in query.lists():
        if "\0" in name or any("\0" in value for value in values):
            raise Refused(path("", name), "holds a NUL character")
        if any(len(value) > LONGEST_QUERY_VALUE for value in values):
            raise Refused(path("", name), f"is longer than {LONGEST_QUERY_VALUE} characters")


def page(view):
    """The same door for pages: sign-in first, then `view(request, principal, …)` inside the wall."""
    return _signed_in(view, True)


def account_page(view):
    """A page of one's own account: open also to who still has to set up the code that the agency wants."""
    return _signed_in(view, False)


def _signed_in(view, complete: bool):
    @login_required
    @wraps(view)
    def entered(request, *args, **kwargs):
        principal = access.of_session(request.user, request.session)
        if principal is None:
            raise PermissionDenied
        if complete and factors.missing(principal):
            return redirect("account")
        sessions.seen(request.session)
        check_query(request.GET)
        access.enter(principal)
        request.principal = principal
        return view(request, principal, *args, **kwargs)

    return entered


def office_page(view):
    """A page of the dashboard, which is for the agency's own people."""
    return page(_only(rights.STAFF, view))


def staff_page(view):
    """The same, but whoever belongs to a client is led to the portal."""
    return page(_only(rights.STAFF, view, "portal"))


def portal_page(view):
    """A page of the portal: the staff is led to the dashboard."""
    return page(_only(rights.PORTAL, view, "home"))


def _only(roles: Collection[str], view, others: str = ""):
    @wraps(view)
    def entered(request, principal, *args, **kwargs):
        if principal.role in roles:
            return view(request, principal, *args, **kwargs)
        if others:
            return redirect(others)
        raise PermissionDenied

    return entered
