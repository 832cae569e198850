"""The pages before the door: signing in, who we are, and the API's description."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clients import factors

from . import entrance

# The viewers of the API's description bring their own inline styles, but no inline script.
documents = csp_replace({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]})


class SignIn(LoginView):
    """Says the same for accounts that exist and those that don't, and counts guesses for both."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        wait, seconds = entrance.too_many(request.POST.get("username", ""))
        if seconds:
            answer = render(request, self.template_name, {"form": self.form_class(request), "wait": wait}, status=429)
            answer["Retry-After"] = str(seconds)
            return answer
        return super().post(request, *args, **kwargs)

    def form_valid(self, form) -> HttpResponse:
        user, to = form.get_user(), self.get_success_url()
        return (entrance.ask_code if factors.active(user) else entrance.admit)(self.request, user, to)


def imprint(request: HttpRequest) -> HttpResponse:
    return render(request, "imprint.html", {"text": settings.IMPRINT})


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html", {"text": settings.IMPRINT})
