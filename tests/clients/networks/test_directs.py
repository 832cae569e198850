"""Private messages of Meta: what webhooks tell of them, answers, and the end of the time for one."""

import pytest

from clients.networks import facebook, instagram
from clients.networks.types import Refused
from tests.clients.networks.fakes.base import NOW
from tests.clients.networks.fakes.meta import Facebook, Instagram, failure

NETWORKS = [(facebook, Facebook), (instagram, Instagram)]


@pytest.fixture(params=NETWORKS, ids=["facebook", "instagram"])
def place(request, standing):
    network, fake = request.param
    return network, standing(fake)


def test_message_comes_with_its_person_as_thread(place):
    network, fake = place

    [item] = network.parse(fake.direct(message={"mid": "m1", "text": "Offen?"}))

    assert (item.external_id, item.thread_id, item.direction, item.kind) == ("m1", "dm:99", "in", "message")
    assert (item.text, item.author.id, item.created_at) == ("Offen?", "99", NOW)


def test_answer_given_elsewhere_is_ours(place):
    network, fake = place

    [item] = network.parse(fake.direct(sender=fake.me, message={"mid": "m2", "text": "Ja", "is_echo": True}))

    assert (item.thread_id, item.direction, item.author.id) == ("dm:99", "out", fake.me)


def test_edit_and_taking_back_are_versions_of_the_message(place):
    network, fake = place

    [edited] = network.parse(fake.direct(message_edit={"mid": "m1", "text": "Morgen offen?", "num_edit": 1}))
    [gone] = network.parse(fake.direct(message={"mid": "m1", "is_deleted": True}))

    assert (edited.external_id, edited.text, edited.edited_at) == ("m1", "Morgen offen?", NOW)
    assert (gone.external_id, gone.text, gone.deleted_at) == ("m1", "", NOW)


def test_what_hangs_on_a_message_is_told_by_its_address(place):
    network, fake = place
    hangs = [{"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}, {"type": "fallback"}]

    [item] = network.parse(fake.direct(message={"mid": "m1", "text": "So?", "attachments": hangs}))

    assert item.text == "So?\n[image] https://cdn.example/1.jpg\n[fallback]"


@pytest.mark.parametrize("told", [{"read": {"watermark": 1}}, {"delivery": {"mids": ["m1"]}}, {"reaction": {"mid": "m1"}}])
def test_what_is_no_message_is_left_out(place, told):
    network, fake = place

    assert network.parse(fake.direct(**told)) == []


@pytest.mark.parametrize("told", [{"message": {"text": "x"}}, {"message": {"mid": "m"}, "timestamp": "soon"}])
def test_unreadable_message_is_said_to_be_unreadable(place, told):
    network, fake = place

    with pytest.raises(ValueError, match="unreadable webhook"):
        network.parse(fake.direct(**told))


def test_answer_is_sent_and_found_again(place):
    network, fake = place

    sent = network.reply(fake.account, "dm:99", "m1", "Ja, bis 18 Uhr.", "k1")
    found = network.find_reply(fake.account, "dm:99", "k1", "Ja, bis 18 Uhr.", NOW)
    other = network.find_reply(fake.account, "dm:98", "k1", "Ja, bis 18 Uhr.", NOW)

    assert (sent.external_id, found.external_id, other) == ("m_0", "m_0", None)


def test_answer_too_late_is_refused_and_breaks_no_channel(place):
    network, fake = place
    status, body = failure(10)
    body["error"]["error_subcode"] = 2018278
    fake.fail(status, body)

    with pytest.raises(Refused):
        network.reply(fake.account, "dm:99", "m1", "Ja", "k1")


def test_answer_too_long_is_refused_before_it_is_sent(place):
    network, fake = place

    with pytest.raises(Refused, match="at most"):
        network.reply(fake.account, "dm:99", "m1", "x" * 2001, "k1")
    assert fake.written == []
