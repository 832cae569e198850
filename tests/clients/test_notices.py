"""Notices: once a person and occurrence, in their language, in the app and by mail."""

import pytest
from django.core import mail
from django.utils import timezone

from agency import rights
from campaigns.vocabulary import PostKind
from clients import notices
from clients.models import Notice
from clients.scope import scope
from tests.parallel import in_parallel


@pytest.fixture(autouse=True)
def postbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def tell(client, key="post 1", **more):
    notices.tell(client, "post_failed", key, channel="facebook", reason="Too long.", **more)


def test_occurrence_is_told_once_to_each_who_steers(cast, in_scope):
    for _ in range(2):
        tell(cast.bakery)

    told = Notice.objects.values_list("recipient__name", flat=True)
    assert sorted(told) == ["Olga", "Sam"]


def test_another_occurrence_is_another_notice(cast, in_scope):
    for key in ("post 1", "post 2"):
        tell(cast.bakery, key, people=[cast.sam])

    assert Notice.objects.count() == 2


def test_notice_reads_in_the_language_of_its_recipient(cast, in_scope):
    cast.ana.language = "en"
    cast.ana.save()
    tell(cast.bakery, roles=[*rights.ALERTED, "approver"])

    notices.mail_due(now=timezone.now())

    subjects = {letter.to[0].partition("@")[0]: letter.subject for letter in mail.outbox}
    assert subjects["ana"] == "Bakery: a post could not be published on facebook. Too long."
    assert subjects["sam"] == "Bakery: Ein Beitrag konnte auf facebook nicht veröffentlicht werden. Too long."


@pytest.mark.parametrize("kind", sorted(notices.KINDS))
def test_every_kind_has_a_sentence_in_both_languages(cast, kind):
    names = ("channel", "day", "reason", "at", "question", "days", "kind", "link", "sender", "shows", "webhook", "file")
    names += ("name", "title", "sender", "reason")
    values = {name: name.upper() for name in names} | {"at": "2026-03-27T09:30", "day": "2026-03-27"}
    told = []
    for language in ("de", "en"):
        cast.sam.language = language
        notice = Notice(client=cast.bakery, recipient=cast.sam, kind=kind, values=values)
        told.append(notices._letter(notice).subject)

    assert len(set(told)) == 2
    assert all(subject.startswith("Bakery: ") for subject in told)


def test_kinds_of_posts_are_called_by_their_names(cast, in_scope):
    cast.sam.language = "de"
    told = [
        notices._letter(Notice(client=cast.bakery, recipient=cast.sam, kind="mix_off", values={"kind": kind})).subject
        for kind in PostKind.values
    ]

    assert told[0].endswith("in den letzten 28 Tagen zu wenige Tipps.")
    assert [subject for subject in told for kind in PostKind.values if f" {kind}." in subject] == []


def test_unknown_kind_is_refused(cast, in_scope):
    with pytest.raises(ValueError, match="no notice is called 'gossip'"):
        notices.tell(cast.bakery, "gossip", "key")


@pytest.mark.django_db(transaction=True)
def test_notice_is_mailed_once_by_two_workers(cast):
    with scope([cast.bakery.id]):
        tell(cast.bakery)

    counts = in_parallel(lambda: notices.mail_due(now=timezone.now()))

    assert (sorted(counts), len(mail.outbox)) == ([0, 2], 2)


def test_notice_that_cannot_be_written_does_not_keep_the_others_waiting(cast, in_scope):
    notices.tell(cast.bakery, "silence_ahead", "odd", people=[cast.sam], channel="facebook", day="soon")
    tell(cast.bakery, people=[cast.sam])

    sent = notices.mail_due(now=timezone.now())

    odd, whole = Notice.objects.order_by("id")
    assert (sent, whole.mail_state, odd.mail_state) == (1, "sent", "queued")
    assert (odd.mail_error, odd.mail_at > timezone.now()) == ("Invalid isoformat string: 'soon'", True)


def test_people_see_and_read_their_own(cast, api):
    with scope([cast.bakery.id, cast.florist.id]):
        tell(cast.bakery, people=[cast.sam, cast.olga])
        tell(cast.florist, people=[cast.sam])
    sam = api(cast.sam)

    rows = sam.get("/api/v1/notices/").json()["results"]
    read = sam.post(f"/api/v1/notices/{rows[0]['id']}/read/").json()
    unread = sam.get("/api/v1/notices/?unread=true").json()["results"]
    foreign = api(cast.olga).post(f"/api/v1/notices/{rows[0]['id']}/read/").status_code

    assert [row["client"] for row in rows] == ["florist", "bakery"]
    assert (read["read_at"] is not None, [row["client"] for row in unread], foreign) == (True, ["bakery"], 404)
