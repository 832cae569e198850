"""Who brings whom into the agency, and that a link works once, in time, and gives no more than its sender has."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Membership, Role, User
from clients import access, invitations, people
from clients.access import NotFound
from clients.models import Invitation, Mail
from clients.refusal import Conflict, Refused
from tests import factories, signing
from tests.parallel import in_parallel

GIVEN = {"name": "Nora", "password": "three calm words"}


@pytest.fixture(autouse=True)
def postbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def invite(user, client, email="nora@new.example", role=Role.EDITOR):
    return invitations.invite(principal=access.of_user(user), email=email, role=role, clients=[client])


def test_the_link_of_the_mail_makes_an_account_and_signs_in(cast):
    invite(cast.olga, cast.bakery, " Nora@New.example")
    path, browser = signing.link(), Browser()

    shown = browser.get(path)
    answer = browser.post(path, GIVEN)

    assert (shown.status_code, answer.status_code, answer.headers["Location"]) == (200, 302, "/")
    assert [row["client"].slug for row in browser.get("/clients/").context["rows"]] == ["bakery"]
    assert signing.signed_in("nora@new.example", "three calm words").get("/clients/").status_code == 200
    assert Browser().get(path).status_code == 404


def test_looking_at_the_link_changes_nothing(cast):
    row = invite(cast.olga, cast.bakery)
    path = signing.link()

    answers = {Browser().get(path).status_code, Browser().head(path).status_code}
    row.refresh_from_db()

    assert (answers, row.accepted_at, User.objects.filter(email=row.email).exists()) == ({200}, None, False)


def test_the_key_is_stored_nowhere_once_it_is_mailed(cast):
    row = invite(cast.olga, cast.bakery)
    before = Mail.objects.get().sealed
    key = signing.link().split("/")[2]

    after = Mail.objects.get()
    assert (bool(before), key in before, after.sealed, after.mail_state) == (True, False, "", "sent")
    assert key not in str(row.__dict__)


@pytest.mark.parametrize("given", [{"name": "", "password": "three calm words"}, {"name": "Nora", "password": "short"}])
def test_a_refused_form_leaves_the_link_working(cast, given):
    invite(cast.olga, cast.bakery)
    path = signing.link()

    answer = Browser().post(path, given)

    assert (answer.status_code, Browser().post(path, GIVEN).status_code) == (400, 302)


@pytest.mark.parametrize("change", ["expired", "revoked", "sender left", "sender lost the client", "sender locked"])
def test_the_link_ends(cast, change):
    row = invite(cast.sam, cast.bakery, role=Role.VIEWER)
    path, sam = signing.link(), cast.sam.memberships.get()
    {
        "expired": lambda: Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        "revoked": lambda: invitations.revoke(principal=access.of_user(cast.sam), id=row.id),
        "sender left": lambda: people.remove_member(membership=sam, actor=None),
        "sender lost the client": lambda: people.change_member(membership=sam, actor=None, clients=[cast.florist]),
        "sender locked": lambda: User.objects.filter(id=cast.sam.id).update(is_active=False),
    }[change]()

    answers = [Browser().get(path), Browser().post(path, GIVEN), Browser().get("/invitation/unknown/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    pages = [signing.without_forgery_key(answer.content).replace(path, "/invitation/unknown/") for answer in answers]
    assert pages[0] == pages[2]
    assert User.objects.filter(email=row.email).exists() is False


def test_two_who_send_the_form_at_once_make_one_account(transactional_db):
    agency = factories.agency()
    client = factories.client(agency, "bakery", defaults=False)
    invite(agency.memberships.get().user, client)
    key = signing.link().split("/")[2]

    def accept():
        try:
            return invitations.accept(key=key, **GIVEN).email
        except NotFound:
            return "gone"

    assert sorted(in_parallel(accept, threads=3)) == ["gone", "gone", "nora@new.example"]
    assert Membership.objects.filter(user__email="nora@new.example").count() == 1


def test_somebody_with_an_account_joins_and_keeps_the_password(cast):
    before = cast.zoe.password
    invite(cast.olga, cast.bakery, cast.zoe.email, Role.VIEWER)
    path, browser = signing.link(), Browser()

    answer = browser.post(path, {"name": "Mallory", "password": "another long one"})
    cast.zoe.refresh_from_db()

    assert (answer.headers["Location"], cast.zoe.password, cast.zoe.name) == ("/sign-in/?joined=1", before, "Zoe")
    assert browser.get("/portal/").status_code == 302  # the mailbox alone does not open the account
    assert access.of_user(cast.zoe).client_ids == {cast.bakery.id}


def test_nothing_tells_whether_an_address_has_an_account(cast):
    known, unknown = cast.zoe.email, "nobody@people.example"

    told = [invite(cast.sam, cast.bakery, email, Role.VIEWER) for email in (known, unknown)]

    mailed = [re.sub(r"\S{43}/", "", mail.body) for mail in signing.letters()]
    assert len(told) == 2
    assert mailed[0] == mailed[1]


def test_a_person_of_another_client_is_invited_like_anybody(cast):
    mia = factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery])

    invite(mia, cast.bakery, cast.flo.email, Role.APPROVER)
    Browser().post(signing.link())

    assert access.of_user(cast.flo).client_ids == {cast.bakery.id, cast.florist.id}


def test_a_member_in_another_role_keeps_it(cast):
    mia = factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery])
    invite(mia, cast.bakery, cast.flo.email, Role.EDITOR)

    answer = Browser().post(signing.link())

    assert (answer.status_code, access.of_user(cast.flo).role) == (409, Role.APPROVER)


def test_nobody_gives_more_than_they_have(cast):
    editor = factories.member(cast.agency, "edith", Role.EDITOR, [cast.bakery])
    mia = factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery])

    with pytest.raises(access.Forbidden):
        invite(editor, cast.bakery)
    with pytest.raises(Refused, match="role"):
        invitations.invite(principal=access.of_user(mia), email="a@b.example", role=Role.OWNER, clients=[])
    with pytest.raises(Refused, match="clients"):
        invite(mia, cast.florist)
    with pytest.raises(Refused, match="clients"):
        invitations.invite(principal=access.of_user(mia), email="a@b.example", role=Role.VIEWER, clients=[])


def test_a_second_invitation_replaces_the_first(cast):
    invite(cast.olga, cast.bakery)
    first = signing.link()
    invite(cast.olga, cast.florist)

    assert [Browser().get(path).status_code for path in (first, signing.link())] == [404, 200]


def test_sending_again_makes_a_new_link_but_not_at_once(cast):
    row = invite(cast.olga, cast.bakery)
    first, olga = signing.link(), access.of_user(cast.olga)

    with pytest.raises(Conflict):
        invitations.resend(principal=olga, id=row.id)
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    invitations.resend(principal=olga, id=row.id)

    assert [Browser().get(path).status_code for path in (first, signing.link())] == [404, 200]


def test_a_manager_sees_and_ends_only_what_they_could_send(cast):
    mia = factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery])
    theirs, other = invite(cast.olga, cast.bakery), invite(cast.olga, cast.florist, "other@new.example")
    invitations.invite(principal=access.of_user(cast.olga), email="boss@new.example", role=Role.OWNER, clients=[])

    seen = list(invitations.visible(access.of_user(mia)).values_list("id", flat=True))

    assert seen == [theirs.id]
    with pytest.raises(NotFound):
        invitations.revoke(principal=access.of_user(mia), id=other.id)


def test_a_withdrawn_invitation_is_not_mailed_any_more(cast):
    row = invite(cast.olga, cast.bakery)

    invitations.revoke(principal=access.of_user(cast.olga), id=row.id)

    assert signing.letters() == []


def test_an_agency_mails_so_many_strangers_a_day(cast, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for number in range(2):
        invite(cast.olga, cast.bakery, f"n{number}@new.example")

    with pytest.raises(Conflict, match="At most 2"):
        invite(cast.olga, cast.bakery)


def test_the_api_lists_makes_and_takes_back(cast, api):
    caller = api(cast.sam)
    body = {"email": "nora@new.example", "role": "editor", "clients": ["bakery"]}

    made = caller.post("/api/v1/invitations/", body)
    listed = caller.get("/api/v1/invitations/").json()["results"]
    gone = caller.delete(f"/api/v1/invitations/{made.json()['id']}/")

    assert (made.status_code, listed, gone.status_code) == (201, [made.json()], 204)
    assert (made.json()["clients"], "key" in str(made.json())) == (["bakery"], False)
    assert caller.get("/api/v1/invitations/").json()["results"] == []


def test_a_token_gives_no_more_than_its_own_scopes(cast, api):
    caller = api(cast.olga, ["invitations:write", "clients:read"])

    answer = caller.post("/api/v1/invitations/", {"email": "a@b.example", "role": "editor", "clients": ["bakery"]})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "role")
