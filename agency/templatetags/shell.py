"""What stands around every screen of the dashboard."""

from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> SafeString:
    """The ways to all screens, the present one marked: `screen` where it is told, else the name of its route."""
    request = context["request"]
    here = context.get("screen") or getattr(request.resolver_match, "url_name", "")
    principal = getattr(request, "principal", None)
    return _navigation(here, principal.rights if principal else frozenset(), get_language())


@lru_cache(maxsize=500)
def _navigation(here: str, rights: frozenset[str], language: str) -> SafeString:
    """In the language that is active: named so that no other is given what was drawn in it."""
    return render_to_string("parts/nav.html", {"here": here, "rights": rights})
