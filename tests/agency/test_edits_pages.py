"""Two people have the same form open: the second to save sees both versions, and nothing typed or stored is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from cryptography.fernet import Fernet
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from agency.models import Role
from campaigns import posts
from campaigns.strategy import signing as strategies
from clients import contacts
from clients.webhooks import endpoints
from feedback import saved
from feedback.models import Policy
from feedback.report import monthly
from tests import factories
from tests.forms import form
from tests.signing import with_app

CHANGED = "geändert"


@dataclass(frozen=True)
class Case:
    """A form: its address or what makes one, fields that tell it from others on the page, and what two people type.

    `field` is what both change, told in these `words`; `apart` is something else that one of them may change.
    """

    address: str | Callable
    has: tuple[str, ...]
    theirs: dict
    yours: dict
    field: str
    words: tuple[str, str]
    apart: dict


@pytest.fixture
def ours(cast):
    """Olga's browser."""
    return _browser(cast.olga)


@pytest.fixture
def theirs(cast):
    return _browser(factories.member(cast.agency, "otto", Role.OWNER, []))


def _browser(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def a_post(cast) -> str:
    at = datetime(2031, 3, 18, 9, 30, tzinfo=UTC)
    made = posts.add_post(
        client=cast.bakery, channels=["counter"], actor=cast.olga, text="Brot", kind="tip", publish_at=at
    )
    return f"/plan/bakery/{made.id}/"


def a_contact(cast) -> str:
    made = contacts.add(client=cast.bakery, actor=cast.olga, name="Ana", phone="040 1")
    return f"/clients/bakery/contacts/{made.id}/"


def a_promise(cast) -> str:
    return f"/clients/bakery/promises/{Policy.objects.filter(client=cast.bakery).order_by('id').first().id}/"


def a_draft(cast) -> str:
    strategies.write(client=cast.bakery, actor=cast.olga, document=strategies.EMPTY)
    return "/clients/bakery/strategy/edit/"


def a_saved_reply(cast) -> str:
    values = {"shortcut": "danke", "title": "Danke", "text": "Danke!", "language": "de"}
    return f"/settings/saved-replies/{saved.add_saved_reply(client=cast.bakery, actor=cast.olga, **values).id}/"


def a_report(cast) -> str:
    return f"/reports/bakery/{monthly.draft(client=cast.bakery, month=date(2026, 10, 1), actor=cast.olga).id}/"


def a_member(cast) -> str:
    return f"/settings/members/{factories.member(cast.agency, 'eve', Role.EDITOR, [cast.bakery]).memberships.get().id}/"


def a_channel(cast) -> str:
    return f"/clients/bakery/channels/{cast.bakery.channels.get(slug='counter').id}/"


def a_webhook(cast) -> str:
    values = {"url": "https://crm.example/hook", "description": "CRM", "events": ["post.*"], "clients": None}
    made, _secret = endpoints.add(principal=factories.principal(cast.olga), **values)
    return f"/settings/webhooks/{made.id}/"


FORMS = {
    "channel": Case(
        a_channel, ("name",), {"name": "Ihre Theke"}, {"name": "Meine Theke"}, "name", ("Ihre Theke", "Meine Theke"), {}
    ),
    "webhook": Case(
        a_webhook, ("url",), {"description": "Ihr CRM"}, {"description": "Mein CRM"}, "description",
        ("Ihr CRM", "Mein CRM"), {"events": ["post.*", "sla.*"]},
    ),
    "post": Case(
        a_post, ("text",), {"text": "Ihr Text"}, {"text": "Mein Text"}, "text", ("Ihr Text", "Mein Text"),
        {"title": "Beiseite"},
    ),
    "variant": Case(
        a_post, ("text",), {"variant-counter": "Ihre Fassung"}, {"variant-counter": "Meine Fassung"},
        "variant-counter", ("Ihre Fassung", "Meine Fassung"), {"tags": "brot"},
    ),
    "time": Case(
        a_post, ("text",), {"time": "11:00"}, {"time": "12:30"}, "time", ("18.03.2031 11:00", "18.03.2031 12:30"),
        {"title": "Beiseite"},
    ),
    "profile": Case(
        "/clients/bakery/", ("homepage",), {"name": "Backhaus"}, {"name": "Backstube"}, "name",
        ("Backhaus", "Backstube"), {"homepage": "https://brot.example"},
    ),
    "hours": Case(
        "/clients/bakery/hours/", ("mon-from",), {"mon-from": ["07:00"], "mon-to": ["12:00"]},
        {"mon-from": ["8"], "mon-to": ["1300"]}, "mon", ("07:00–12:00", "08:00–13:00"), {"closed": ["2031-12-24"]},
    ),
    "promise": Case(
        a_promise, ("warn_percent",), {"first": "3", "first_unit": "h"}, {"first": "90", "first_unit": "min"},
        "first", ("3 Stunden", "90 Minuten"), {"name": "Anders"},
    ),
    "contact": Case(
        a_contact, ("call_order",), {"phone": "040 22"}, {"phone": "040 33"}, "phone", ("040 22", "040 33"),
        {"notes": "Nicht vor 9"},
    ),
    "strategy": Case(
        a_draft, ("summary",), {"summary": "Ihr Plan"}, {"summary": "Mein Plan"}, "summary",
        ("Ihr Plan", "Mein Plan"), {"taboos": "Politik"},
    ),
    "rule": Case(
        "/clients/bakery/publishing/", ("tolerance",), {"tolerance": "30"}, {"tolerance": "45"}, "tolerance",
        ("30", "45"), {"remind_hours": "20"},
    ),
    "cadence": Case(
        "/clients/bakery/publishing/", ("least-counter",), {"least-counter": "2"},
        {"least-counter": "3", "most-counter": "5"}, "counter", ("2 bis ∞ je Woche", "3 bis 5 je Woche"), {},
    ),
    "mix": Case(
        "/clients/bakery/publishing/", ("share-tip",), {"share-tip": "60", "share-job": "40"},
        {"share-tip": "50", "share-job": "50"}, "tip", ("60", "50"), {},
    ),
    "saved reply": Case(
        a_saved_reply, ("shortcut",), {"title": "Ihrer"}, {"title": "Meiner"}, "title", ("Ihrer", "Meiner"),
        {"text": "Vielen Dank!"},
    ),
    "report": Case(
        a_report, ("comment",), {"comment": "Ihr Wort"}, {"comment": "Mein Wort"}, "comment",
        ("Ihr Wort", "Mein Wort"), {},
    ),
    "member": Case(
        a_member, ("role",), {"role": "manager"}, {"role": "analyst"}, "role", ("Kundenbetreuung", "Auswertung"),
        {"clients": ["bakery", "florist"]},
    ),
}  # fmt: skip


@pytest.fixture
def opened(cast, line):
    """A function that makes what the form is about."""

    def make(name: str) -> Case:
        case = FORMS[name]
        return replace(case, address=case.address(cast)) if callable(case.address) else case

    return make


@pytest.fixture(params=FORMS)
def case(request, opened):
    return opened(request.param)


def read(browser, case) -> dict:
    return form(browser.get(case.address), "read", *case.has)


def kept(browser, case, names) -> dict:
    """What the form shows of these fields when somebody opens it anew."""
    now = read(browser, case)
    return {name: now.get(name, []) for name in names}


def test_the_second_to_save_sees_both_versions_and_overwrites_only_on_purpose(case, ours, theirs):
    mine = read(ours, case) | case.yours
    theirs.post(case.address, read(theirs, case) | case.theirs)
    stored = kept(theirs, case, case.theirs)

    refused = ours.post(case.address, mine)
    after = kept(theirs, case, case.theirs)
    again = form(refused, "read", *case.has)
    done = ours.post(case.address, again)

    line = next(one for one in _edit(refused).lines if one.name == case.field)
    text = refused.content.decode()
    assert (refused.status_code, CHANGED in text, after) == (409, True, stored)
    assert ((line.theirs, line.yours), line.both, line.take) == (case.words, True, "mine")
    assert "otto" in text.lower() or _edit(refused).of is None
    assert (done.status_code, _shows(read(ours, case), mine, case.yours)) == (302, True)


def test_theirs_can_be_taken_instead(case, ours, theirs):
    mine = read(ours, case) | case.yours
    theirs.post(case.address, read(theirs, case) | case.theirs)
    stored = kept(theirs, case, case.theirs)

    refused = ours.post(case.address, mine)
    tokens = {f"take-{line.name}": line.token for line in _edit(refused).lines}
    done = ours.post(case.address, form(refused, "read", *case.has) | tokens)

    assert (refused.status_code, done.status_code, kept(ours, case, case.theirs)) == (409, 302, stored)


def test_what_only_they_changed_stays_theirs_and_what_only_you_changed_yours(case, ours, theirs):
    if not case.apart:
        pytest.skip("this form is a single field")
    mine = read(ours, case) | case.apart
    theirs.post(case.address, read(theirs, case) | case.theirs)
    stored = kept(theirs, case, case.theirs)

    refused = ours.post(case.address, mine)
    done = ours.post(case.address, form(refused, "read", *case.has))

    assert (refused.status_code, done.status_code, kept(ours, case, case.theirs)) == (409, 302, stored)
    assert _shows(read(ours, case), mine, case.apart)


def test_what_is_typed_after_the_choice_counts(opened, ours, theirs):
    case = opened("profile")
    mine = read(ours, case) | case.yours
    theirs.post(case.address, read(theirs, case) | case.theirs)
    refused = ours.post(case.address, mine)
    tokens = {f"take-{line.name}": line.token for line in _edit(refused).lines}

    ours.post(case.address, form(refused, "read", *case.has) | tokens | {"name": "Backwerk"})

    assert kept(ours, case, ["name"]) == {"name": ["Backwerk"]}


def test_a_third_save_is_refused_again(opened, ours, theirs):
    case = opened("profile")
    mine = read(ours, case) | case.yours
    theirs.post(case.address, read(theirs, case) | case.theirs)
    refused = form(ours.post(case.address, mine), "read", *case.has)
    theirs.post(case.address, read(theirs, case) | {"name": "Backofen"})

    answer = ours.post(case.address, refused)

    assert (answer.status_code, kept(ours, case, ["name"])) == (409, {"name": ["Backofen"]})


def test_the_same_change_by_both_is_no_quarrel(case, ours, theirs):
    mine = read(ours, case) | case.theirs
    theirs.post(case.address, read(theirs, case) | case.theirs)

    assert ours.post(case.address, mine).status_code == 302


def test_two_ways_to_sign_in_are_a_quarrel_too(cast, settings):
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]
    with_app(cast.olga)
    ours = _browser(cast.olga)
    case = Case("/settings/agency/", (), {"second_factor": "on"}, {}, "", ("", ""), {})
    mine = read(ours, case)
    ours.post(case.address, mine | case.theirs)

    refused = ours.post(case.address, mine)
    done = ours.post(case.address, form(refused, "read") | {"take-second_factor": "mine"})
    cast.agency.refresh_from_db()

    assert (refused.status_code, done.status_code, cast.agency.second_factor) == (409, 302, False)


def test_a_picture_chosen_for_a_stale_post_is_kept(opened, cast, ours, theirs):
    case = opened("post")
    mine = read(ours, case) | case.yours
    theirs.post(case.address, read(theirs, case) | case.theirs)

    refused = ours.post(case.address, mine | {"picture": SimpleUploadedFile("brot.png", factories.picture(), "image/png"), "picture_alt": "Ein Brot"})

    assert [one.alt for one in cast.bakery.media.all()] == ["Ein Brot"]
    again = form(refused, "read", "text")
    assert again["media"] == [str(cast.bakery.media.get().id)]
    tokens = {f"take-{line.name}": line.token for line in _edit(refused).lines}
    ours.post(case.address, again | tokens)
    assert kept(ours, case, ["media", "text"]) == {"media": [], "text": ["Ihr Text"]}


def _edit(answer):
    """The edit that was refused, on a page that may hold several."""
    found = [answer.context.get(name) for name in ("edit", "rule", "cadence", "shares")]
    return next(one for one in found if one is not None and one.stale)


def _shows(now: dict, mine: dict, changes: dict) -> bool:
    """Whether the form shows what was typed; 8 is shown as 08:00."""
    shown = {"8": "08:00", "1300": "13:00"}
    lists = {name: mine[name] if isinstance(mine[name], list) else [mine[name]] for name in changes}
    return all({shown.get(one, one) for one in lists[name] if one} <= set(now[name]) for name in changes)
