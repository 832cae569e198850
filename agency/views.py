"""The pages of the dashboard: signing in, and how the clients stand today."""

from datetime import datetime
from zoneinfo import ZoneInfo

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agency import guesses
from agency.doors import page
from clients import access
from clients.models import Calendar
from feedback import standing

HOUR, DAY = 3_600, 86_400

# The viewers of the API's description bring their own inline styles, but no inline script.
documents = csp_replace({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]})


class SignIn(LoginView):
    """Says the same for accounts that exist and those that don't, and counts guesses for both."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if seconds := guesses.guess(request.POST.get("username", "")):
            wait = _("Too many attempts. Please wait %(span)s.") % {"span": span(seconds)}
            answer = render(request, self.template_name, {"form": self.form_class(request), "wait": wait}, status=429)
            answer["Retry-After"] = str(seconds)
            return answer
        return super().post(request, *args, **kwargs)

    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        guesses.right(form.cleaned_data["username"])
        language = form.get_user().language
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.HTTPS)
        return answer


@page
def home(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Every client of the user with its running promises, the one in most trouble first."""
    now = timezone.now()
    stands = standing.of_clients(principal.client_ids, now)
    zones = dict(Calendar.objects.filter(client_id__in=principal.client_ids).values_list("client_id", "document__zone"))
    rows = [
        _row(client, stands.get(client.id, standing.Standing()), ZoneInfo(zones[client.id]), now)
        for client in access.clients(principal).order_by("name")
    ]
    rows.sort(key=lambda row: (-row["overdue"], row["due"] is None, row["due"] or now))
    total = {name: sum(row[name] for row in rows) for name in ("open", "overdue")}
    return render(request, "home.html", {"principal": principal, "rows": rows, "total": total})


def imprint(request: HttpRequest) -> HttpResponse:
    return render(request, "imprint.html", {"text": settings.IMPRINT})


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html", {"text": settings.IMPRINT})


def span(seconds: float) -> str:
    """A length of time in the one unit that tells most: 42 minutes, 3 hours, 2 days."""
    if seconds < 60:
        return ngettext("%d second", "%d seconds", int(seconds)) % int(seconds)
    if seconds < HOUR:
        return ngettext("%d minute", "%d minutes", int(seconds // 60)) % (seconds // 60)
    if seconds < 2 * DAY:
        return ngettext("%d hour", "%d hours", int(seconds // HOUR)) % (seconds // HOUR)
    return ngettext("%d day", "%d days", int(seconds // DAY)) % (seconds // DAY)


def _row(client, stand: standing.Standing, zone: ZoneInfo, now: datetime) -> dict:
    due = stand.next_due
    return {
        "client": client,
        "open": stand.open,
        "overdue": stand.overdue,
        "due": due,
        "zone": zone,
        "left": due and _("in %(span)s") % {"span": span((due - now).total_seconds())},
        "state": "overdue" if stand.overdue else "waiting" if stand.open else "calm",
    }
