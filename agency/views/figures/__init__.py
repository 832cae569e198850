"""How the clients do: how fast they are answered, what their posts did, how often they speak, what works."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agency import shared
from agency.doors import staff_page
from agency.markup import NOTHING
from clients import access

from .. import sheets
from . import answers, compare, content, effect, rhythm, words
from .asked import Asked, read

# What a page needs of each view; its `tables` are made when they are asked for, since only a file has them all.
VIEWS = {
    "answers": (_("Response times"), answers.told),
    "effect": (_("Reach and engagement"), effect.told),
    "rhythm": (_("Rhythm"), rhythm.told),
    "content": (_("Mix and best times"), content.told),
    "compare": (_("Comparison"), compare.told),
}


@staff_page
def figures(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """One of VIEWS for the chosen clients and days; what can't be read is said at its field."""
    principal.need("metrics:read")
    asked = read(request.GET, principal, VIEWS)
    told = NOTHING
    if asked.chosen and not asked.errors:
        told = shared.drawn(_drawn, asked.chosen, asked, while_same=asked.now)
    tabs = [(name, asked.query(view=name), name == asked.view, title) for name, (title, _told) in VIEWS.items()]
    context = {"asked": asked, "tabs": tabs, "told": told, "rates": words.RATES.items()}
    return render(request, "figures/page.html", context, status=400 if asked.errors else 200)


def _drawn(_chosen: tuple[access.Served, ...], asked: Asked) -> SafeString:
    """The figures as HTML."""
    return render_to_string(f"figures/{asked.view}.html", {"asked": asked} | VIEWS[asked.view][1](asked))


@staff_page
def export(request: HttpRequest, principal: access.Principal, form: str) -> HttpResponse:
    """The tables of the page as a file. Raises access.NotFound for another form."""
    principal.need("metrics:read")
    asked = read(request.GET, principal, VIEWS)
    if asked.errors:
        raise access.NotFound("There is no such file.")
    tables = VIEWS[asked.view][1](asked)["tables"]() if asked.chosen else ()
    return sheets.answer(tables, form, _file_name(asked))


def _file_name(asked: Asked) -> str:
    days: tuple[date, date] = asked.period.low, asked.period.high
    whose = asked.chosen[0].slug if len(asked.chosen) == 1 else f"{len(asked.chosen)}-clients"
    return f"resonanz-{asked.view}-{whose}-{days[0]}-{days[1]}"
