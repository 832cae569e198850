"""Random walks over everything that can happen to posts: nothing goes out that was not approved as it is."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import approval, library, overdue, planning, posts, publishing
from campaigns.models import Decision, Post, Publication
from campaigns.vocabulary import STAGES, Approval, Overdue, State
from clients.models import Event
from tests import factories
from tests.clients.networks import town

STEPS = 240
TEXTS = ("Brot", "Kuchen", "Torte")
# More that goes forward than back, so that each walk sends something.
ACTIONS = (
    *["submit", "approve", "approve", "approve", "release", "schedule"] * 3,
    "change",
    "reject",
    "cancel",
    "hold",
)
PATCHES = (
    lambda draw: {"text": draw.choice(TEXTS)},
    lambda draw: {"variants": {"social": draw.choice(("", *TEXTS))}},
    lambda draw: {"link": draw.choice(("", "https://bakery.example/"))},
    lambda draw: {"tags": [draw.choice(TEXTS)]},
    lambda draw: {"kind": draw.choice(("tip", "job"))},
    lambda draw: {"campaign": draw.choice((None, "strict"))},
    lambda draw: {"publish_at": (timezone.now() - timedelta(seconds=draw.randint(1, 50))).isoformat()},
)


class Walk:
    """A client with two channels and three posts, and everybody who may do something to them."""

    def __init__(self, seed, cast, api, client, accounts):
        self.draw, self.cast, self.page, self.accounts = random.Random(seed), cast, client, accounts
        self.calls = [api(user) for user in (cast.olga, cast.olga, cast.sam, cast.ana)]
        self.pictures = [self._keep(colour) for colour in ("red", "blue")]
        self.ids = [self._plan() for _ in range(3)]
        self.keys: list[str] = []

    def _plan(self) -> int:
        planned = {
            "client": "bakery",
            "kind": "tip",
            "text": "Brot",
            "channels": ["social", "second"],
            "publish_at": timezone.now().isoformat(),
        }
        return self.calls[0].post("/api/v1/posts/", planned, format="json").json()["id"]

    def _keep(self, colour: str) -> int:
        source = factories.picture(colour=colour)
        return library.add(client=self.cast.bakery, actor=None, name=colour, alt=colour, source=source)[0].id

    def step(self) -> None:
        often = (*[self.act] * 9, *[self.run] * 5)
        rare = (self.patch, self.show, self.describe, self.bulk, self.link, self.rule, self.late, self.watch, self.load)
        self.draw.choice((*often, *rare))()
        self.ids = [id if self._open(id) else self._plan() for id in self.ids]

    def _open(self, id: int) -> bool:
        return self.rows().filter(post=id).exclude(state__in=(State.SENT, State.CANCELLED, State.FAILED)).exists()

    def patch(self) -> None:
        change = self.draw.choice(PATCHES)(self.draw)
        self.draw.choice(self.calls).patch(f"/api/v1/posts/{self.draw.choice(self.ids)}/", change, format="json")

    def load(self) -> None:
        """A file of posts, one of which claims to be due; it takes the place of one that is under way."""
        line = f"tip,Brot,social|second,{timezone.now().isoformat()},{self.draw.random()}"
        file = {"client": "bakery", "csv": f"kind,text,channels,publish_at,ref\n{line}"}
        answer = self.draw.choice(self.calls).post("/api/v1/posts/import/", file, format="json")
        if answer.status_code == 200:
            self.ids[self.draw.randrange(3)] = answer.json()["results"][0]["post"]

    def show(self) -> None:
        """Other pictures, or the same in another order."""
        change = {"media": self.draw.sample(self.pictures, self.draw.randint(0, 2))}
        self.draw.choice(self.calls).patch(f"/api/v1/posts/{self.draw.choice(self.ids)}/", change, format="json")

    def describe(self) -> None:
        change = {"alt": self.draw.choice(("", *TEXTS))}
        self.draw.choice(self.calls).patch(f"/api/v1/media/{self.draw.choice(self.pictures)}/", change, format="json")

    def act(self) -> None:
        action, body = self.draw.choice(ACTIONS), {}
        if action in ("approve", "change", "reject"):
            body = {"comment": self.draw.choice(("", "Warum?")), "reason": self.draw.choice(("", "Telefon", "Telefon"))}
        path = f"/api/v1/posts/{self.draw.choice(self.ids)}/{action}/"
        self.draw.choice(self.calls).post(path, body, format="json")

    def bulk(self) -> None:
        items = [{"post": id, "action": self.draw.choice(ACTIONS), "reason": "Alle"} for id in self.ids]
        self.draw.choice(self.calls).post("/api/v1/posts/bulk/", {"items": items}, format="json")

    def link(self) -> None:
        """Approve through a link what was on its page, which may be out of date by now."""
        if not self.keys or self.draw.random() < 0.3:
            body = {"client": "bakery", "name": "Ana", "posts": self.ids}
            url = self.calls[0].post("/api/v1/approval-links/", body, format="json").json()["url"]
            self.keys.append("/" + url.split("/", 3)[3])
        id = self.draw.choice(self.ids)
        post = Post.objects.select_related("client").get(id=id)
        seen = {f"seen-{row.id}": approval.hash_of(post, row) for row in Publication.objects.filter(post=post)}
        if self.draw.random() < 0.3:
            self.patch()
        self.page.post(self.draw.choice(self.keys), {"post": id, "verdict": "approve"} | seen)

    def rule(self) -> None:
        if self.draw.random() < 0.4:
            approval.change_rule(
                client=self.cast.bakery,
                actor=self.cast.olga,
                approval=self.draw.choice(Approval.values),
                four_eyes=self.draw.random() < 0.2,
                routine_kinds=self.draw.choice(([], [], ["tip"], ["job"])),
                overdue=self.draw.choice(Overdue.values),
            )

    def run(self) -> None:
        self._publish(timezone.now())

    def late(self) -> None:
        """A worker comes back after leases, pauses and read lags are over."""
        self._publish(timezone.now() + timedelta(seconds=self.draw.choice((30, 95, 300))))

    def watch(self) -> None:
        """Slots come without an answer; what follows is for the gate to judge."""
        if self.draw.random() < 0.3:
            overdue.watch(now=timezone.now() + timedelta(seconds=self.draw.choice((0, 60))))

    def _publish(self, now) -> None:
        """One run; what it sent for the first time must pass the gate of this very moment."""
        may = {row.id for row in self.rows() if self._approved(row)}
        before = {row.id: row.state for row in self.rows()}
        publishing.publish_due(now=now)
        for row in self.rows():
            if row.state in (State.SENT, State.UNCONFIRMED) and before[row.id] == State.SCHEDULED:
                assert row.id in may
                assert row.sent_hash == approval.hash_of(row.post, row)

    def rows(self):
        return Publication.objects.select_related("post__campaign", "post__client", "channel").order_by("id")

    def _approved(self, row: Publication) -> bool:
        """The rule of publishing said again, from the rows alone."""
        rule = approval.rule_of(row.post.client)
        routine = rule.approval == "internal_and_client" and row.post.kind in rule.routine_kinds
        modes = [Approval.INTERNAL if routine else Approval(rule.approval)]
        if row.post.campaign and row.post.campaign.approval:
            modes.append(Approval(row.post.campaign.approval))
        for stage in max((STAGES[mode] for mode in modes), key=len):
            last = Decision.objects.filter(publication=row, stage=stage).order_by("id").last()
            if last is None or last.verdict != "approve" or last.hash != approval.hash_of(row.post, row):
                return False
            if stage == "internal" and rule.four_eyes and last.user_id == row.post.author_id:
                return False
            unanswered = last.user_id is None and last.link_id is None
            if stage == "client" and last.user_id != self.cast.ana.id and not last.link_id and not last.reason:
                return False
            if unanswered and (stage != "client" or last.reason != overdue.UNANSWERED or not self._chose_to_publish()):
                return False
        return True

    def _chose_to_publish(self) -> bool:
        """Whether the client ever asked for posts to go out without its answer."""
        rules = Event.objects.filter(action="publishing_rule.changed").values_list("after", flat=True)
        return any(after["overdue"] == Overdue.PUBLISH for after in rules)

    def check(self) -> None:
        """What is on the network: each post at most once, in the words that its publication has had since."""
        for slug, account in self.accounts.items():
            items = town.request(account, "GET", "people", "posts")[1]["items"]
            rows = {str(row.key): row for row in self.rows() if row.channel.slug == slug}
            assert len({item["key"] for item in items}) == len(items)
            for item in items:
                row = rows[item["key"]]
                assert row.state in (State.SENT, State.UNCONFIRMED)
                assert item["text"] == (row.variant or row.post.text)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
def test_nothing_goes_out_that_is_not_approved_as_it_is(seed, cast, api, client, social, fresh_account):
    accounts = {"social": social[1], "second": fresh_account(cast.bakery, "second")[1]}
    planning.add_campaign(
        client=cast.bakery, slug="strict", name="Strict", actor=cast.olga, approval="internal_and_client"
    )
    for account in accounts.values():
        faults = {name: {"probability": 0.2, "calls": ["publish"]} for name in ("drop_answer", "live_500", "error_500")}
        town.control(account, "faults", ignore_keys=True, **faults)
    walk = Walk(seed, cast, api, client, accounts)

    for _ in range(STEPS):
        walk.step()
        walk.check()
    assert sum(row.state == State.SENT for row in walk.rows()) >= 3


def test_the_walk_notices_a_gate_that_is_open(cast, api, client, social, fresh_account, monkeypatch):
    monkeypatch.setattr(approval, "missing", lambda post, row, rule: None)
    accounts = {"social": social[1], "second": fresh_account(cast.bakery, "second")[1]}
    walk = Walk(0, cast, api, client, accounts)
    posts.act(Post.objects.get(id=walk.ids[0]), "submit", actor=cast.sam)

    with pytest.raises(AssertionError):
        walk.run()
