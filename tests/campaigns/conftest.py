from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import approval, posts
from campaigns.models import Publication
from campaigns.vocabulary import Verdict


@pytest.fixture
def mode(cast, in_scope):
    """A function that sets the bakery's rule."""
    return lambda approved_by, **more: approval.change_rule(
        client=cast.bakery, actor=cast.sam, approval=approved_by, **more
    )


@pytest.fixture
def draft(cast, social):
    """A function that makes a draft for the bakery's channel on the sandbox network, due since a moment ago."""

    def make(text="Hallo", channels=("social",), **values):
        given = {"kind": "tip", "publish_at": timezone.now() - timedelta(seconds=1)} | values
        return posts.add_post(client=cast.bakery, channels=list(channels), actor=cast.sam, text=text, **given)

    return make


@pytest.fixture
def planned(cast, draft, mode):
    """A function that makes a post which is approved by the agency and in its slot."""

    def make(*args, **values):
        mode("internal")
        post = draft(*args, **values)
        posts.act(post, "submit", actor=cast.sam)
        posts.judge(post, Verdict.APPROVE, actor=cast.olga)
        return post

    return make


@pytest.fixture
def states():
    """A function that tells a post's state on each channel."""
    return lambda post: dict(Publication.objects.filter(post=post).values_list("channel__slug", "state"))
