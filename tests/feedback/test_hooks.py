"""A webhook's address: what it answers to a network that asks for it, and that Meta's comments come in by it."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients import credentials, directory
from feedback import events
from feedback.models import Interaction
from tests.clients.networks.fakes.base import ago
from tests.clients.networks.fakes.meta import SECRET, Facebook, signed


@pytest.fixture
def page(cast, in_scope, standing, settings):
    """The bakery's Facebook page and its address for webhooks."""
    fake = standing(Facebook)
    settings.ALLOW_PRIVATE_ADDRESSES = True
    channel = directory.add_channel(
        client=cast.bakery, slug="facebook", name="Facebook", network="facebook", actor=None, url=fake.url,
        account=fake.me, credentials={"token": "t", "app_secret": SECRET}, connected_at=ago(days=900),
    )  # fmt: skip
    return channel, fake, f"/hooks/facebook/{channel.hook_key}/"


def ask(address, word):
    query = {"hub.mode": "subscribe", "hub.verify_token": word, "hub.challenge": "1158201444"}
    return Browser().get(address, query)


def test_network_that_knows_our_word_gets_its_own_back(page):
    channel, _, address = page

    answer = ask(address, credentials.opened(channel)["webhook_secret"])

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"1158201444", "text/plain")


def test_others_get_nothing_back(page, social):
    _, _, address = page
    sandbox = f"/hooks/sandbox/{social[0].hook_key}/"

    codes = [ask(place, "guess").status_code for place in (address, sandbox, "/hooks/facebook/nothing/")]

    assert codes == [401, 401, 401]


def test_network_without_webhooks_has_no_such_address(line):
    assert Browser().post(f"/hooks/manual/{line.hook_key}/", b"{}", "application/json").status_code == 401


def test_comment_by_webhook_and_by_poll_is_one_interaction(page):
    channel, fake, address = page
    post = fake.own_post("Neu")
    id = fake.say("Offen?", post, at=ago(minutes=5))
    made = int(ago(minutes=5).timestamp())
    body = fake.hook("add", comment_id=id, parent_id=post, message="Offen?", created_time=made)

    answers = [
        Browser().post(address, raw, "application/json", headers=signed(body)).status_code for raw in (body, body + b" ")
    ]
    events.take_due(now=timezone.now())

    assert answers == [200, 401]
    assert list(Interaction.objects.values_list("external_id", "text")) == [(id, "Offen?")]
