"""Another password: by the mailed link, once and within the hour, or with the present one."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency import guesses
from clients import mails, passwords
from clients.access import NotFound
from clients.models import Mail, PasswordReset
from tests import factories, signing
from tests.parallel import in_parallel
from tests.signing import signed_in

NEW = "three calm words"


@pytest.fixture(autouse=True)
def postbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_the_mailed_link_sets_a_password_once_and_ends_every_session(cast):
    guesses.right(cast.sam.email)
    old = signed_in(cast.sam.email)
    Browser().post("/forgotten/", {"email": f" {cast.sam.email.upper()} "})
    path = signing.link()

    shown, done, again = (Browser().get(path), Browser().post(path, {"password": NEW}), Browser().get(path))

    assert [answer.status_code for answer in (shown, done, again)] == [200, 302, 404]
    assert old.get("/account/").status_code == 302
    assert signed_in(cast.sam.email, NEW).get("/account/").status_code == 200
    assert [letter.subject for letter in signing.letters()] == ["Ihr Passwort für Resonanz wurde geändert"]


def test_known_and_unknown_addresses_are_answered_alike(cast):
    texts = set()
    for email in (cast.sam.email, "xam@people.example", "no address", "\0", "x" * 9_000):
        answer = Browser().post("/forgotten/", {"email": email})
        texts.add((answer.status_code, signing.without_forgery_key(answer.content)))

    assert (len(texts), Mail.objects.count()) == (1, 1)


def test_a_mailbox_is_not_flooded(cast):
    for _ask in range(3):
        passwords.forgot(cast.sam.email)

    assert len(signing.letters()) == 1


def test_the_link_ends_after_an_hour_and_with_the_account(cast):
    passwords.forgot(cast.sam.email)
    path = signing.link()
    PasswordReset.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    late = Browser().post(path, {"password": NEW})
    PasswordReset.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    cast.sam.is_active = False
    cast.sam.save()

    assert (late.status_code, Browser().post(path, {"password": NEW}).status_code) == (404, 404)


def test_a_weak_password_is_refused_and_the_link_still_works(cast):
    passwords.forgot(cast.sam.email)
    path = signing.link()

    weak = [Browser().post(path, {"password": given}).status_code for given in ("short", "passwordpassword1"[:8])]

    assert (weak, Browser().post(path, {"password": NEW}).status_code) == ([400, 400], 302)


def test_two_who_use_one_link_at_once_set_one_password(transactional_db):
    user = factories.person("sam")
    passwords.forgot(user.email)
    key = signing.link().split("/")[2]

    def reset():
        try:
            return passwords.reset(key=key, password=NEW) and "set"
        except NotFound:
            return "gone"

    assert sorted(in_parallel(reset, threads=3)) == ["gone", "gone", "set"]


def test_a_new_link_of_another_day_ends_with_the_first_that_is_used(cast):
    passwords.forgot(cast.sam.email)
    first = signing.link()
    PasswordReset.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    passwords.forgot(cast.sam.email)
    second = signing.link()

    Browser().post(second, {"password": NEW})

    assert Browser().get(first).status_code == 404


@pytest.mark.parametrize("kind", sorted(mails.KINDS))
def test_every_mail_reads_in_both_languages(db, kind):
    told = []
    for language in ("de", "en"):
        mails.post(kind, "a@b.example", language, inviter="Olga", agency="Nord", business="Backstube", name="Karla")
        letter = signing.letters()[-1]
        told.append((letter.subject, letter.body))

    assert told[0][0] != told[1][0]
    assert told[0][1] != told[1][1]


def test_what_is_over_is_tidied_away(cast):
    passwords.forgot(cast.sam.email)
    signing.letters()

    later = timezone.now() + timedelta(days=31)
    passwords.tidy(later)
    mails.tidy(later)

    assert (PasswordReset.objects.count(), Mail.objects.count()) == (0, 0)
