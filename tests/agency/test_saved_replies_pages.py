"""Saved replies: written once, filled in for the conversation, and never overwritten unseen."""

import pytest

from agency.models import Role
from clients.scope import scope
from feedback import saved
from feedback.models import Conversation, SavedReply
from tests import factories
from tests.agency.test_inbox_pages import at, now_of, talk

FIELDS = {"shortcut": "thanks", "title": "Thanks", "language": "de", "text": "Hallo {customer}, {colleague} für {client}"}


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam)
    return client


def kept(client, **more) -> SavedReply:
    with scope([client.id]):
        return saved.add_saved_reply(client=client, actor=None, **FIELDS | more)


def test_a_text_is_saved_for_each_client_that_is_ticked(cast, sam):
    answer = sam.post("/settings/saved-replies/", FIELDS | {"clients": ["bakery", "florist"]})

    assert answer.status_code == 302
    with scope([cast.bakery.id, cast.florist.id]):
        assert sorted(SavedReply.objects.values_list("client__slug", "shortcut")) == [
            ("bakery", "thanks"),
            ("florist", "thanks"),
        ]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"shortcut": "Not so"}, "shortcut"),
        ({"text": "Hi {nobody}"}, "text"),
        ({"text": " "}, "text"),
        ({"language": "xx"}, "language"),
        ({"clients": []}, "clients"),
    ],
)
def test_what_is_wrong_stands_at_its_field(cast, sam, more, field):
    answer = sam.post("/settings/saved-replies/", FIELDS | {"clients": ["bakery"]} | more)

    assert (answer.status_code, list(answer.context["trouble"].fields)) == (400, [field])


def test_gaps_are_filled_and_the_text_is_never_markup(cast, sam):
    kept(cast.bakery, text="<b>{customer}</b> {colleague}, {client}, {channel}")
    row = talk(cast.bakery)

    answer = sam.get(at(row, "saved/"), {"q": "than"})

    ((_reply, text),) = answer.context["offered"]
    assert text == f"<b>{row.author_name}</b> {cast.sam.name}, {cast.bakery.name}, {row.channel.name}"
    assert "<b>" not in answer.content.decode()


def test_a_gap_without_a_value_goes_with_its_space():
    assert saved.filled("Hallo {customer}, hier ist {client}", {"customer": "", "client": "A"}) == "Hallo, hier ist A"


def test_only_the_texts_of_the_conversations_client_are_offered(cast, sam):
    kept(cast.florist)

    assert sam.get(at(talk(cast.bakery), "saved/")).context["offered"] == []


def test_a_colleague_without_the_client_does_not_find_it(cast, client):
    row = kept(cast.florist)
    client.force_login(factories.member(cast.agency, "eve", Role.EDITOR, [cast.bakery]))

    assert client.get(f"/settings/saved-replies/{row.id}/").status_code == 404


def test_vip_is_set_and_taken_back(cast, sam):
    row = talk(cast.bakery)

    sam.post(at(row, "vip/"), {"vip": "yes"})
    was = now_of(row).vip
    sam.post(at(row, "vip/"), {"vip": "no"})

    assert (was, now_of(row).vip) == (True, False)


def test_blocking_is_taken_back_with_not_spam(cast, sam):
    row = talk(cast.bakery)

    sam.post(at(row, "block/"))
    was = now_of(row).status
    sam.post(at(row, "not-spam/"))

    assert (was, now_of(row).status) == ("spam", "open")


def test_a_conversation_is_merged_into_the_one_chosen(cast, sam):
    row, other = talk(cast.bakery, thread="a"), talk(cast.bakery, thread="b")

    choices = sam.get(at(row, "choices/"))
    sam.post(at(row, "merge/"), {"into": other.id})

    assert list(choices.context["others"]) == [other]
    assert (now_of(row).status, now_of(row).merged_into_id) == ("merged", other.id)


@pytest.mark.parametrize("into", ["", "x", "itself"])
def test_merging_into_nothing_is_refused(cast, sam, into):
    row = talk(cast.bakery)

    answer = sam.post(at(row, "merge/"), {"into": row.id if into == "itself" else into})

    assert (answer.status_code, now_of(row).status) == (400, "open")


def test_a_later_page_of_the_list_refreshes_where_it_is(cast, sam):
    for number in range(32):
        talk(cast.bakery, thread=f"t{number:02}")
    cursor = sam.get("/inbox/").context["page"].after

    later = sam.get("/inbox/", {"cursor": cursor})
    again = sam.get("/inbox/rows/", {"cursor": cursor})
    unchanged = sam.get("/inbox/rows/", {"cursor": cursor, "version": later.context["version"]})

    assert [one.conversation.id for one in again.context["rows"]] == [one.conversation.id for one in later.context["rows"]]
    assert "every 15s" in later.content.decode()
    assert unchanged.status_code == 204
    with scope([cast.bakery.id]):
        assert Conversation.objects.count() == 32
