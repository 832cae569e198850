"""Who may pass into a view: finds the principal, checks the right, opens the wall for exactly its clients."""

from collections.abc import Collection
from datetime import datetime
from functools import wraps

import structlog
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import translation
from rest_framework import exceptions, generics, mixins
from rest_framework.response import Response

from agency import rights, sessions
from agency.conventions import expansions, keys, limits, queries, tags
from agency.conventions.languages import language_of
from agency.fields import moment
from agency.paging import Keyset
from agency.schema import Schema
from clients import access, factors
from clients.refusal import Refused

SIGNED_IN = ""


class Replayed(Exception):
    """The request was answered before."""

    def __init__(self, response):
        self.response = response


class Door:
    """Mixed into every API view. `rights` names the right each method needs, SIGNED_IN for just being known.

    It keeps the promises of `agency.conventions`, whatever the view does. `needs_match`: a PUT that replaces a whole
    document, which nobody may do without saying what they have read.
    """

    rights: dict[str, str] = {}
    needs_match = False
    metadata_class = None
    schema = Schema()
    allowance = keyed = None
    matched = False
    wanted = queries.Wanted()

    def initial(self, request, *args, **kwargs):
        translation.activate("en")
        self._know(request)
        super().initial(request, *args, **kwargs)
        self.principal = request.user
        self._check_right(request.method)
        taken = queries.known(self, request.method)
        query, language = request.query_params, language_of(request)
        request._request.GET, self.wanted = queries.read(query, taken, self.principal, language)
        access.enter(self.principal)
        structlog.contextvars.bind_contextvars(
            agency_id=self.principal.agency.id, user_id=self.principal.user.id
        )
        if request.method in tags.UNSAFE:
            self._before_a_change(request)

    def _know(self, request) -> None:
        """Who asks, counted; who can't say is counted by address. Raises NotAuthenticated, Throttled."""
        try:
            self.perform_authentication(request)
            if not request.user.is_authenticated:
                raise exceptions.NotAuthenticated("Send a token: Authorization: Bearer rsz_…")
        except exceptions.APIException:
            self.allowance = limits.of_stranger(request)
            limits.check(self.allowance)
            raise
        self.allowance = limits.of_principal(request.user)
        limits.check(self.allowance)

    def _check_right(self, method: str) -> None:
        right = self.rights.get("GET" if method == "HEAD" else method)
        if right is None:
            raise exceptions.MethodNotAllowed(method)
        if right != SIGNED_IN:
            self.principal.need(right)

    def _before_a_change(self, request) -> None:
        self.keyed, kept = keys.begin(request._request, self.principal)
        if kept is not None:
            raise Replayed(kept)
        if self.kwargs:
            noun = request.path.removeprefix("/api/v1/").partition("/")[0]
            tags.alone(self.principal.agency.id, noun, self.kwargs.values())
        if request.method in tags.EDITS:
            current = self._current if hasattr(self, "get") else None
            self.matched = tags.check(request, self.needs_match and request.method == "PUT", current)

    def _current(self) -> object:
        return self.get(self.request, *self.args, **self.kwargs).data

    def handle_exception(self, error):
        return error.response if isinstance(error, Replayed) else super().handle_exception(error)

    def finalize_response(self, request, response, *args, **kwargs):
        if isinstance(response, Response) and response.status_code == 200:
            response = self._shaped(request, response)
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.keyed is not None and response.status_code < 400:
            if isinstance(response, Response):
                response.render()
            self.keyed.keep(response)
        if self.allowance is not None:
            for name, value in self.allowance.headers().items():
                response[name] = value
        return response

    def _shaped(self, request, response: Response) -> Response:
        if request.method not in ("GET", "HEAD"):
            if self.matched:
                response["ETag"] = tags.of(self._current())
            return response
        single, whole = self.paginator is None, response.data
        response.data, expanded = queries.shaped(self, whole, self.wanted)
        if not single:
            return response
        if expanded:
            whole = {name: value for name, value in whole.items() if name != expansions.EXPANDED}
        return self._tagged(request, response, tags.of(whole, expanded))

    def _tagged(self, request, response: Response, tag: str) -> Response:
        response = Response(status=304) if tags.unchanged(request, tag) else response
        response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
        return response

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
        with translation.override(language_of(self.request)):
            read.is_valid(raise_exception=True)
        return read.validated_data

    def shown(self, row) -> dict:
        return self.get_serializer(row).data


class ListView(View, mixins.ListModelMixin):
    """A paged list of what `rows()` returns; set `queryset` to an empty one of its model, `page_ordering`.

    Where rows show when they changed, the list can be asked for changes. `orderings` are those it can be asked for,
    its own first; by default that one and the order of change, both ways.
    """

    pagination_class = Keyset
    page_ordering = "id"
    orderings: tuple[str, ...] = ()

    def get(self, request):
        return self.list(request)

    @property
    def changes(self) -> bool:
        return "updated_at" in self.get_serializer_class()().fields and hasattr(self.queryset.model, "updated_at")

    def orderings_known(self) -> tuple[str, ...]:
        own = self.orderings or (self.page_ordering, _reverse(self.page_ordering))
        return tuple(dict.fromkeys((*own, *(("updated_at", "-updated_at") if self.changes else ()))))

    def get_page_ordering(self) -> str:
        """What `?ordering=` says, else by change where changes are asked for, else the list's own. Raises Refused."""
        query = self.request.query_params
        if queries.ORDERING not in query:
            return "updated_at" if queries.SINCE in query else (self.orderings or (self.page_ordering,))[0]
        if (chosen := query[queries.ORDERING]) not in (known := self.orderings_known()):
            raise Refused(queries.ORDERING, f"must be one of {', '.join(known)}")
        return chosen

    def filter_queryset(self, queryset):
        rows, since = self.rows(), self.request.query_params.get(queries.SINCE)
        return rows if since is None else rows.filter(updated_at__gte=_instant(since))


def _reverse(ordering: str) -> str:
    return ordering.removeprefix("-") if ordering.startswith("-") else f"-{ordering}"


def _instant(text: str) -> datetime:
    try:
        # A plus sign that was not escaped arrives as a space.
        return moment(text.replace(" ", "+") if "T" in text else text)
    except ValueError as error:
        raise Refused(queries.SINCE, str(error)) from None


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
        queries.check(request.GET)
        if complete:  # the few forms of one's own account say it at their fields
            queries.check_text(request.POST)
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
