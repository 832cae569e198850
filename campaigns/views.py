"""What is reached by a link alone: a batch of posts to be decided on without an account, and where short links lead."""

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clients.refusal import Conflict, Refused
from feedback.nudges import nudge

from . import cards, links, media, posts, questions, tasks, tracking
from .api.media import served
from .models import ApprovalLink, Post, Question
from .vocabulary import Verdict

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
    rows = list(cards.of(_posts(link)))
    told = {"link": link, "rows": rows, "questions": questions.of_link(link), "trouble": trouble}
    answer = render(request, "approval.html", told, status=status)
    # With "no-referrer" browsers would send forms without their origin, and these would be refused.
    answer["Referrer-Policy"] = "same-origin"
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


def judged(post: Post, given, **by) -> tuple[str, int]:
    """Decide as the client wants; what was wrong with it, in words for the client, and the status that says so.

    `by` names the link or the actor whose decision it is.
    """
    verdict, comment = given.get("verdict", ""), _words(given, "comment")
    if verdict not in Verdict.values:
        return _("Please choose one of the posts below."), 400
    seen = {int(name[5:]): value for name, value in given.items() if name.startswith("seen-") and _number(name[5:])}
    try:
        posts.judge(post, Verdict(verdict), for_client=True, seen=seen, comment=comment, **by)
    except Refused:
        unsaid = verdict != Verdict.APPROVE
        return _("Please say what should be different.") if unsaid else _("This is not possible right now."), 400
    except Conflict as error:
        return _CONFLICTS.get(error.code, lambda: _("This is not possible right now."))(), 409
    nudge(tasks.publish_posts)
    return "", 200


def answered(question: Question | None, given, **by) -> tuple[str, int]:
    """The same for the answer to a question; None is one that is open no more."""
    text = _words(given, "answer")
    if question is not None and not text:
        return _("Please write an answer."), 400
    try:
        if question is None:
            raise Conflict("This question is settled already.", "not_open")
        questions.answer(question, text=text, for_client=True, **by)
    except Conflict:
        return _("This question has been answered already."), 409
    return "", 200


def _judge(link: ApprovalLink, given) -> tuple[str, int]:
    id = given.get("post", "")
    post = _posts(link).filter(id=int(id)).first() if _number(id) else None
    if post is None:
        return _("Please choose one of the posts below."), 400
    return judged(post, given, link=link)


def _answer(link: ApprovalLink, given) -> tuple[str, int]:
    id = given.get("question", "")
    return answered(questions.of_link(link).filter(id=int(id)).first() if _number(id) else None, given, link=link)


def _posts(link: ApprovalLink) -> QuerySet[Post]:
    return Post.objects.filter(client=link.client, id__in=link.posts)


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
