"""What is reached by a link alone: a batch of posts to be decided on without an account, and where short links lead."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clients.refusal import Conflict, Refused
from feedback.nudges import nudge

from . import approval, links, media, posts, questions, tasks, tracking
from .api.media import served
from .models import ApprovalLink, Post
from .vocabulary import State, Verdict

LONGEST = 5_000  # characters of what the client writes


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """GET only shows, because mail scanners follow links; a POST is a person's decision."""
    link = links.enter(key)
    trouble, status = "", 200
    if request.method == "POST":
        act = _answer if "question" in request.POST else _judge
        trouble, status = act(link, request.POST)
        if not trouble:
            return redirect(request.path)
    told = {"link": link, "rows": list(_rows(link)), "questions": questions.of_link(link), "trouble": trouble}
    answer = render(request, "approval.html", told, status=status)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@never_cache
@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """On to where the short link leads; a person's GET is counted, and nothing is kept of them."""
    link = tracking.enter(code)
    if request.method == "GET" and tracking.by_a_person(request.META):
        tracking.count(link)
    answer = redirect(link.target)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
def picture(request: HttpRequest, key: str) -> FileResponse:
    """A picture for a network that fetches it itself; the address expires."""
    answer = served(media.by_address(key))
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _judge(link: ApprovalLink, given) -> tuple[str, int]:
    """What was wrong with the decision, in words for the client, and the status that says so."""
    id, verdict, comment = given.get("post", ""), given.get("verdict", ""), _words(given, "comment")
    post = Post.objects.filter(client=link.client, id__in=link.posts, id=int(id)).first() if _number(id) else None
    if post is None or verdict not in Verdict.values:
        return _("Please choose one of the posts below."), 400
    seen = {int(name[5:]): value for name, value in given.items() if name.startswith("seen-") and _number(name[5:])}
    try:
        posts.judge(post, Verdict(verdict), link=link, for_client=True, seen=seen, comment=comment)
    except Refused:
        unsaid = verdict != Verdict.APPROVE
        return _("Please say what should be different.") if unsaid else _("This is not possible right now."), 400
    except Conflict as error:
        return _CONFLICTS.get(error.code, lambda: _("This is not possible right now."))(), 409
    nudge(tasks.publish_posts)
    return "", 200


def _answer(link: ApprovalLink, given) -> tuple[str, int]:
    """The same for the answer to one of the questions about these posts."""
    id, text = given.get("question", ""), _words(given, "answer")
    question = questions.of_link(link).filter(id=int(id)).first() if _number(id) else None
    if question is None:
        return _("This question has been answered already."), 409
    if not text:
        return _("Please write an answer."), 400
    try:
        questions.answer(question, text=text, link=link, for_client=True)
    except Conflict:
        return _("This question has been answered already."), 409
    return "", 200


def _words(given, name: str) -> str:
    """What was written into a field, without what no database keeps."""
    return given.get(name, "").replace("\0", "").strip()[:LONGEST]


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


_CONFLICTS = {
    "changed_meanwhile": lambda: _("The post was changed meanwhile: please look at it again."),
    "nothing_to_approve": lambda: _("This has been decided already."),
    "internal_first": lambda: _("The agency is still working on this post."),
}


def _rows(link: ApprovalLink) -> Iterator[dict]:
    """Each post of the batch as the client sees it: what it will say where and when."""
    found = Post.objects.filter(client=link.client, id__in=link.posts).order_by("publish_at", "id")
    for post in found.prefetch_related("publications__channel", "attachments"):
        rows = sorted(post.publications.all(), key=lambda row: row.id)
        waiting = [row for row in rows if row.state == State.CLIENT_REVIEW]
        yield {
            "post": post,
            "at": post.publish_at and post.publish_at.astimezone(ZoneInfo(post.zone)),
            "texts": _texts(post, rows),
            "pictures": [(media.address(one.media), one.alt) for one in media.of(post)],
            "seen": [(row.id, approval.hash_of(post, row)) for row in waiting],
            "state": "waiting" if waiting else "working" if _in_work(rows) else "done",
        }


def _in_work(rows) -> bool:
    return any(row.state in (State.DRAFT, State.IN_REVIEW) for row in rows)


def _texts(post: Post, rows) -> list[tuple[str, list[str]]]:
    """Each different text with the names of the channels that it is for."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.variant or post.text, []).append(row.channel.name)
    return list(found.items())
