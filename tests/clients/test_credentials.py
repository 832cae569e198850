"""Credentials: renewed in time, announced where nothing renews them, told once when broken, under the newest key."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from clients import credentials, directory, notices
from clients.models import Channel, Event, Notice
from clients.networks import googleapis, linkedin
from clients.scope import scope
from feedback import desk, polling, sending
from feedback.models import Reply
from tests import factories
from tests.clients.networks import town
from tests.clients.networks.fakes.bluesky import Bluesky, token
from tests.clients.networks.fakes.googles import SECRETS, Google
from tests.parallel import in_parallel

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def google(standing, monkeypatch):
    fake = standing(Google)
    monkeypatch.setattr(googleapis, "TOKENS", f"{fake.url}/token")
    return fake


@pytest.fixture
def channel(cast, settings):
    """A function that gives the bakery a channel of a network, whose server may run on this machine."""
    settings.ALLOW_PRIVATE_ADDRESSES = True

    def make(network, client=None, **more):
        given = {"slug": network, "name": network.title(), "network": network, "actor": None, "account": "a"}
        owner = client or cast.bakery
        with scope([owner.id]):
            return directory.add_channel(client=owner, **(given | more))

    return make


def told(client, kind):
    with scope([client.id]):
        rows = Notice.objects.filter(client=client, kind=kind).order_by("id")
        return [(row.recipient.name, row.values) for row in rows]


def events(client, action):
    with scope([client.id]):
        return list(Event.objects.filter(client=client, action=action).values_list("after", flat=True))


def again(channel):
    channel.refresh_from_db()
    return channel


def change(channel, actor, **values):
    with scope([channel.client_id]):
        directory.change_channel(channel=channel, actor=actor, **values)


def look(channel):
    """Make the channel due at once."""
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())


def test_token_that_is_bought_is_bought_at_once_and_again_before_it_ends(channel, google):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS)

    seen = [credentials.renew_due(now=timezone.now()) for _ in range(2)]

    secrets = credentials.opened(again(made))
    assert (seen, secrets["token"], secrets["refresh_token"]) == ([1, 0], "tok-fresh", "ref-1")
    assert made.expires_at - 16 * timedelta(minutes=1) < made.renew_at < made.expires_at
    assert events(made.client, "channel.renewed")[0]["renewed"] == ["token"]
    assert "tok-fresh" not in str(events(made.client, "channel.renewed"))


def test_long_token_is_renewed_in_its_last_week(channel):
    made = channel("linkedin", credentials={"token": "t"}, expires_at=timezone.now() + 60 * DAY)

    assert made.expires_at - made.renew_at == 7 * DAY


@pytest.mark.django_db(transaction=True)
def test_renewing_by_two_workers_is_done_once(channel, google):
    channel("google", url=google.url, account=google.place, credentials=SECRETS)

    seen = in_parallel(lambda: credentials.renew_due(now=timezone.now()))

    assert (sum(seen), len(google.asked)) == (1, 1)


def test_network_that_is_away_is_asked_again_and_nobody_is_troubled(channel, google):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS)
    credentials.renew_due(now=timezone.now())
    look(made)
    google.fail(503, {})

    credentials.renew_due(now=timezone.now())

    assert timedelta(0) < again(made).renew_at - timezone.now() < 7 * timedelta(minutes=1)
    assert (made.broken_at, told(made.client, "credentials_expired")) == (None, [])


def test_right_that_was_taken_back_is_told_once_the_token_ends(channel, google):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS | {"refresh_token": "old"})

    for _ in range(3):
        credentials.renew_due(now=timezone.now())
        look(made)

    [event] = events(made.client, "channel.broken")
    assert (again(made).broken_at is not None, made.trouble, event["reason"]) == (True, "400 invalid_grant", made.trouble)
    assert [name for name, _ in told(made.client, "credentials_expired")] == ["Olga", "Sam"]


def test_new_credentials_end_the_trouble(channel, google, cast):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS | {"refresh_token": "old"})
    credentials.renew_due(now=timezone.now())

    change(again(made), cast.sam, credentials={"refresh_token": "ref-1"})
    credentials.renew_due(now=timezone.now())

    assert (again(made).broken_at, made.trouble, credentials.opened(made)["token"]) == (None, "", "tok-fresh")


@pytest.mark.django_db(transaction=True)
def test_credentials_changed_meanwhile_are_not_overwritten(channel, google, cast):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS)

    def by_hand():
        change(Channel.objects.get(pk=made.pk), cast.sam, credentials={"token": "by hand"}, expires_at=made.created_at + DAY)
        connection.close()

    google.meanwhile = by_hand
    credentials.renew_due(now=timezone.now())

    assert credentials.opened(again(made))["token"] == "by hand"


@pytest.mark.parametrize(
    ("left", "warnings", "broken"),
    [(30 * DAY, 0, False), (6 * DAY, 1, False), (HOUR, 1, False), (-HOUR, 0, True)],
)
def test_what_nothing_renews_is_announced_and_then_told(channel, left, warnings, broken):
    made = channel("mastodon", url="https://m.example", credentials={"token": "t"}, expires_at=timezone.now() + left)

    for _ in range(2):
        credentials.renew_due(now=timezone.now())
        look(made)

    assert len(told(made.client, "credentials_expire")) == 2 * warnings
    assert len(told(made.client, "credentials_expired")) == 2 * broken
    assert (again(made).broken_at is not None) is broken


def test_announced_a_week_and_a_day_before(channel):
    made = channel("mastodon", url="https://m.example", credentials={"token": "t"}, expires_at=timezone.now() + 30 * DAY)
    steps = [made.expires_at - made.renew_at]
    for left in (6 * DAY, HOUR):
        Channel.objects.filter(pk=made.pk).update(expires_at=timezone.now() + left, renew_at=timezone.now())
        credentials.renew_due(now=timezone.now())
        steps.append(again(made).expires_at - made.renew_at)

    assert steps == [7 * DAY, DAY, timedelta(0)]
    assert len(told(made.client, "credentials_expire")) == 4
    day = made.expires_at.date().isoformat()
    assert told(made.client, "credentials_expire")[-1][1] == {"channel": "Mastodon", "day": day}
    with scope([made.client_id]):
        notice = Notice.objects.select_related("client").filter(kind="credentials_expire").last()
        assert notices.text(notice).endswith(f"läuft am {made.expires_at:%d.%m.%Y} ab.")


def test_channels_that_are_not_served_are_left_alone(channel, cast):
    soon = {"url": "https://m.example", "credentials": {"token": "t"}, "expires_at": timezone.now() + HOUR}
    off, gone = channel("mastodon", **soon), channel("mastodon", client=cast.florist, **soon)
    change(off, cast.sam, disabled=True)
    with scope([gone.client_id]):
        directory.archive_client(client=gone.client, actor=cast.olga)

    assert credentials.renew_due(now=timezone.now()) == 0


def test_channel_that_the_network_refuses_is_told_once_and_recovers_by_itself(social):
    made, account = social
    town.control(account, "faults", expired={"count": 3})

    states = []
    for hours in range(4):
        polling.poll_due(now=timezone.now() + hours * HOUR)
        states.append(again(made).broken_at is None)

    assert states == [False, False, False, True]
    assert len(told(made.client, "credentials_expired")) == 2
    assert (made.trouble, made.failures) == ("", 0)


def test_trouble_that_others_met_is_not_ended_by_a_poll_that_works(social):
    made, _ = social
    credentials.broken(made, "403 may not publish")

    polling.poll_due(now=timezone.now() + HOUR)

    assert (again(made).trouble, made.broken_at is None) == ("403 may not publish", False)


def test_reply_that_the_network_refuses_tells_of_the_channel(social, cast):
    made, account = social
    factories.receive(made, factories.item("Offen?", at=timezone.now() - HOUR))
    conversation = factories.conversation(made)
    desk.answer(conversation=conversation, user=cast.sam, text="Ja.")
    town.control(account, "faults", expired=True)

    sending.deliver_due(now=timezone.now())

    assert (Reply.objects.get().state, again(made).broken_at is None) == ("failed", False)
    assert len(told(made.client, "credentials_expired")) == 2


def test_refusal_of_credentials_that_were_replaced_meanwhile_is_no_news(social, cast):
    stale, _ = social
    change(Channel.objects.get(pk=stale.pk), cast.sam, credentials={"token": "new"})

    credentials.broken(stale, "401 expired")

    assert (again(stale).broken_at, told(stale.client, "credentials_expired")) == (None, [])


def test_token_that_only_ran_out_is_left_to_the_sweep(channel, google):
    made = channel("google", url=google.url, account=google.place, credentials=SECRETS)
    credentials.renew_due(now=timezone.now())
    Channel.objects.filter(pk=made.pk).update(expires_at=timezone.now() - HOUR)

    credentials.broken(again(made), "401 expired")
    look(made)
    credentials.renew_due(now=timezone.now())

    assert (again(made).broken_at, told(made.client, "credentials_expired")) == (None, [])
    assert made.expires_at > timezone.now()


def test_bluesky_signs_in_with_its_app_password(channel, standing):
    fake = standing(Bluesky)
    made = channel("bluesky", url=fake.url, account="bakery.example", credentials={"app_password": "pw"})

    credentials.renew_due(now=timezone.now())

    assert credentials.opened(again(made))["token"] == token()
    assert made.expires_at - made.renew_at < HOUR


def test_linkedin_without_a_refresh_token_is_announced(channel):
    made = channel("linkedin", credentials={"token": "t"}, expires_at=timezone.now() + 6 * DAY)
    look(made)

    credentials.renew_due(now=timezone.now())

    assert len(told(made.client, "credentials_expire")) == 2
    assert (again(made).broken_at, linkedin.TOKENS) == (None, "https://www.linkedin.com/oauth/v2/accessToken")


def test_keys_rotate_and_the_older_one_can_go(channel, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.RESONANZ_KEYS = [old]
    made = channel("mastodon", url="https://m.example", credentials={"token": "t"})
    settings.RESONANZ_KEYS = [new, old]
    out = StringIO()

    call_command("rotate_keys", stdout=out)

    settings.RESONANZ_KEYS = [new]
    assert credentials.opened(again(made))["token"] == "t"
    assert out.getvalue() == "The secrets of 1 channels and 0 webhooks are sealed with the newest key.\n"


def test_channel_that_no_key_opens_is_named(channel, settings):
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]
    channel("mastodon", url="https://m.example", credentials={"token": "t"})
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]
    channel("linkedin", credentials={"token": "t"})

    with pytest.raises(CommandError, match="bakery/mastodon"):
        call_command("rotate_keys", stdout=StringIO())


def test_days_are_told_in_full(channel):
    end = datetime(2126, 11, 3, 10, tzinfo=UTC)
    made = channel("mastodon", url="https://m.example", credentials={"token": "t"}, expires_at=end)

    assert made.renew_at == end - 7 * DAY
