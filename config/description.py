"""Completes the API's description as a whole: names for a client library, the failures, tags and their words."""

import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from drf_spectacular.plumbing import get_lib_doc_excludes

from agency.fields import Strict
from config import examples

PROBLEM = "application/problem+json"
ABOUT = """
What customers say about small businesses, how fast they are answered, and what was promised.

**Key.** `Authorization: Bearer rsz_…`; a token has scopes and clients, and may never do more than its maker may now.

**Answers.** JSON in UTF-8. Instants are ISO 8601 in UTC, days are local days of the client, durations are whole
seconds, shares lie between 0 and 1, sizes are bytes, money is in cents.

**Failures.** Every answer from 400 on is one RFC 9457 problem document: `code` is stable, `errors` names the fields.
What you may not see answers exactly like what does not exist: 404.

**Lists.** At most 100 rows a page; follow `next` until it is null. Rows that come or go are never skipped or repeated.

**Support.** Each answer carries `X-Request-ID`; name it when you ask us about a request.
"""
TAGS = {
    "alerts": "Warnings about promises at risk or broken, one list per person.",
    "approval-links": "Links by which a client decides about posts without an account.",
    "cadence": "How often each channel should publish, and whether it does.",
    "calendar-feeds": "A client's calendar at a secret address, for programs that subscribe calendars.",
    "calendar": "The editorial calendar: planned posts, free times, gaps and holidays.",
    "campaigns": "What belongs together: posts and conversations of one effort.",
    "channels": "The clients' accounts on networks, and the webhooks by which networks reach us.",
    "clients": "The businesses the agency serves, and their opening hours.",
    "contacts": "People of a client to whom the agency speaks.",
    "conversations": "The inbox: threads with customers, their promises, and what people decide about them.",
    "events": "The log: who changed what, append-only.",
    "imports": "Files of customer-service history, taken in line by line.",
    "interactions": "Single messages of customers and of ours.",
    "invitations": "Letters that let somebody in, with a role and an end.",
    "limits": "What each network takes: characters, pictures, hashtags.",
    "me": "Who is asking, and what it may do.",
    "media": "Pictures for posts.",
    "members": "People of the agency and of its clients.",
    "metrics": "Response times, reach, engagement, best times.",
    "networks": "Which networks there are, and what each can do.",
    "notices": "What you were told about your clients.",
    "policies": "What is promised to customers: targets in business time.",
    "posts": "What is planned, approved and published.",
    "publishing-rules": "Who has to approve, and what happens to late approvals.",
    "questions": "Questions of the agency to its clients.",
    "replies": "Answers on their way to the network.",
    "short-links": "Counted links in posts.",
    "slots": "Standing times at which a channel publishes.",
    "snapshots": "Numbers of published posts as a network showed them.",
    "templates": "Texts with gaps, for posts that come again.",
    "tokens": "Keys for this API.",
    "assumptions": "What one call, order or visit is taken to be worth, and why.",
    "cases": "Criticism, with its kind, steps and outcome.",
    "contracts": "What a client pays for how much time.",
    "exports": "Files of rows, made by workers and kept for seven days.",
    "goals": "What a client wants, measured by what really happened.",
    "incidents": "Criticism that piles up, led by one person.",
    "months": "Time and money of a month, and whether it is settled.",
    "outcomes": "What came of it: measured by a system, or declared by a person.",
    "playbook": "A client's rules for criticism.",
    "portfolio": "All clients by risk, each with its reasons.",
    "prospects": "Businesses that took the readiness check in public.",
    "readiness": "Whether a business needs social media at all.",
    "reports": "Monthly reports with every figure.",
    "saved-replies": "Texts that are put into answers.",
    "strategies": "What a client signed: goals, tone, channels, rhythm, budget.",
    "time-entries": "Who spent how long on what.",
    "timer": "The time that runs.",
    "transparency": "What was hidden or decided in a client's place, and why.",
    "webhooks": "Where events go, and what became of each.",
    "value-mix": "Which share of posts should be of which kind.",
}

# Method names that the rule would make clumsy.
NAMED = {
    "GET me/": "get_me",
    "POST alerts/{id}/read/": "mark_alert_read",
    "POST notices/{id}/read/": "mark_notice_read",
    "POST channels/{id}/webhook/": "rotate_channel_webhook",
    "POST clients/{slug}/hours/preview/": "preview_client_hours",
    "POST conversations/{id}/block/": "block_conversation_author",
    "POST conversations/{id}/campaign/": "set_conversation_campaign",
    "POST conversations/{id}/no_reply_needed/": "mark_conversation_no_reply_needed",
    "POST conversations/{id}/not_spam/": "mark_conversation_not_spam",
    "POST conversations/{id}/note/": "add_conversation_note",
    "POST conversations/{id}/reply/": "reply_to_conversation",
    "POST conversations/{id}/spam/": "mark_conversation_spam",
    "POST conversations/{id}/vip/": "set_conversation_vip",
    "POST conversations/{id}/wait/": "let_conversation_wait",
    "POST interactions/bulk/": "create_interactions",
    "POST media/": "upload_media",
    "POST policies/apply/": "apply_policies",
    "POST posts/bulk/": "decide_posts",
    "POST posts/import/": "import_posts",
    "POST posts/{id}/change/": "ask_for_post_change",
    "POST snapshots/bulk/": "create_snapshots",
    "DELETE tokens/{id}/": "revoke_token",
}
VERBS = {"POST": "create", "PUT": "set", "PATCH": "change", "DELETE": "delete", "GET": "get"}

# Names of shapes that the rule would leave unclear, or that a client library needs for itself.
SHAPES = {
    "VerdictShape": "ReadinessVerdict",
    "WebhookShape": "WebhookEndpoint",
    "RotationRequest": "WebhookRotation",
    "ActionEnum": "PostAction",
    "AimRequest": "NewValueMix",
    "AgreementRequest": "NewCadence",
    "ApplicationRequest": "PoliciesToApply",
    "BlankEnum": "Blank",
    "CalendarEnum": "CountedBy",
    "CellShape": "BestTimeCell",
    "DayShape": "CalendarDay",
    "FillingRequest": "TemplateValues",
    "FreeShape": "FreeSlot",
    "HomeShape": "LinkMetrics",
    "HomeRow": "LinkMetricsRow",
    "JudgedRequest": "ApprovalDecision",
    "KindShape": "KindShare",
    "LevelEnum": "AlertLevel",
    "LineShape": "ImportedLine",
    "ManyRequest": "PostDecisions",
    "MedianShape": "MedianNumber",
    "OutcomeEnum": "ClockOutcome",
    "SourceEnum": "SnapshotSource",
    "StageEnum": "ApprovalStage",
    "Took": "ResponseSpan",
    "Waited": "ClientResponseNumbers",
    "NetworkEnum": "NetworkName",
    "ReasonEnum": "NoBenchmark",
    "ClientShape": "ClientProfile",
    "ClientShapeRequest": "NewClient",
    "ChannelShapeRequest": "ChannelInput",
    "CampaignShapeRequest": "NewCampaign",
    "NewChannel": "AddedChannel",
    "ItemRequest": "IncomingInteraction",
    "ItemsRequest": "IncomingInteractions",
    "Result": "InteractionResult",
    "Results": "InteractionResults",
    "OnEnum": "WaitingFor",
    "ThenEnum": "AfterReply",
    "PaginatedClientShapeList": "ClientPage",
    "MadeLink": "IssuedApprovalLink",
    "LinkShape": "ApprovalLink",
    "NewLinkRequest": "NewApprovalLink",
    "LinkCheckShape": "ClientLinkCheck",
    "PaginatedLinkShapeList": "ApprovalLinkPage",
}

FAILURES = {
    400: ("BadRequest", "Unreadable, or a value is not allowed: `errors` names each field.",
          "invalid", "slug: is missing", [("slug", "required", "is missing")]),
    401: ("Unauthorized", "No token, or one that is unknown, expired or revoked.",
          "not_authenticated", "Send a token: Authorization: Bearer rsz_…", []),
    403: ("Forbidden", "The token or its maker lacks the right.",
          "permission_denied", "This needs the right inbox:write.", []),
    404: ("NotFound", "There is nothing of this name that you may see.",
          "not_found", "There is no client 'nobody'.", []),
    405: ("MethodNotAllowed", "This address doesn't know the method; `Allow` lists those it knows.",
          "method_not_allowed", 'Method "PUT" not allowed.', []),
    406: ("NotAcceptable", "None of the types in `Accept` can be given.",
          "not_acceptable", "Could not satisfy the request Accept header.", []),
    409: ("Conflict", "The state of the thing forbids it, or another one is there already.",
          "already_exists", "Something with these values is already there.", []),
    412: ("PreconditionFailed", "Somebody changed it meanwhile: `If-Match` names an older version.",
          "changed_meanwhile", "It was changed meanwhile; read it again.", []),
    413: ("TooLarge", "The body is too large.",
          "too_large", "The body is larger than 33554432 bytes.", []),
    415: ("UnsupportedMediaType", "The body's type is not one of those listed.",
          "unsupported_media_type", 'Unsupported media type "text/plain" in request.', []),
    422: ("KeyReused", "The `Idempotency-Key` was used for another body.",
          "idempotency_key_reused", "This key was used for another request.", []),
    428: ("PreconditionRequired", "`If-Match` is missing.",
          "precondition_required", "Send If-Match with the ETag you read.", []),
    429: ("TooManyRequests", "Too many requests: wait `Retry-After` seconds.",
          "throttled", "Too many requests; wait a second.", []),
    500: ("ServerError", "A fault of ours, logged under `request_id`.",
          "internal_error", "Something went wrong on our side; it is logged under this request id.", []),
    503: ("Unavailable", "The database is away or busy: try again after `Retry-After` seconds.",
          "unavailable", "The database is away or busy; please try again.", []),
}  # fmt: skip
SUCCESSES = {"200": "As it is now.", "201": "Made.", "202": "Taken; the work goes on.", "204": "Gone."}
ALWAYS = (400, 401, 403, 404, 405, 406, 429, 500, 503)
WRITING = (409, 413, 415)
OF_HEADER = {"If-Match": (412, 428), "Idempotency-Key": (409, 422)}
HEADERS = {
    "RequestId": ("X-Request-ID", {"type": "string"}, "Names this request in our logs.", True),
    "RetryAfter": ("Retry-After", {"type": "integer", "minimum": 1}, "Seconds to wait.", True),
    "Challenge": ("WWW-Authenticate", {"type": "string"}, "How to prove who you are.", False),
    "Allow": ("Allow", {"type": "string"}, "The methods this address knows.", True),
}
HEADERS_OF = {401: ("Challenge",), 405: ("Allow",), 429: ("RetryAfter",), 503: ("RetryAfter",)}


def complete(result: dict, generator, request, public) -> dict:
    """drf-spectacular's last word: the whole description, changed in place."""
    result["info"]["description"] = ABOUT.strip()
    components = result["components"]
    components["schemas"].pop("NullEnum", None)
    components["headers"] = {name: _header(*told) for name, told in sorted(HEADERS.items())}
    components["responses"] = {told[0]: _failure(status, *told) for status, told in FAILURES.items()}
    for path, method, operation in operations(result):
        _inputs(path, operation)
        operation["operationId"] = operation_name(method, path, operation)
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
        _answers(method, operation)
        if example := examples.BODIES.get(operation["operationId"]):
            body = operation["requestBody"]["content"]["application/json"]
            body.update({} if "examples" in body else {"example": example})
    used = sorted({tag for _, _, operation in operations(result) for tag in operation["tags"]})
    result["tags"] = [{"name": name} | ({"description": TAGS[name]} if name in TAGS else {}) for name in used]
    return renamed(result, shape_names(components["schemas"]))


def operations(description: dict) -> Iterator[tuple[str, str, dict]]:
    """(path behind /api/v1/, METHOD, operation) of each."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path.removeprefix("/api/v1/"), method.upper(), operation


def operation_name(method: str, path: str, operation: dict) -> str:
    """A good name for a method: list_posts, create_post, get_post, approve_post, get_post_versions."""
    if named := NAMED.get(f"{method} {path}"):
        return named
    steps = path.strip("/").replace("-", "_").split("/")
    words = [singular(step) for step in steps if not step.startswith("{")]
    words[-1] = words[-1] if steps[-1].startswith("{") else steps[-1]
    if method == "GET" and operation["operationId"].endswith("_list"):
        return "_".join(["list", *words])
    if method == "POST" and len(words) > 1:
        return "_".join([words[-1], *words[:-1]])
    if method == "POST":
        words[-1] = singular(words[-1])
    if words[0] == "metrics":
        words = [*words[1:], words[0]]
    return "_".join([VERBS[method], *words])


def singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word if word in ("media", "hours", "metrics") else word.removesuffix("s")


def shape_names(shapes: dict) -> dict[str, str]:
    """New names by old ones: ClientPage for PaginatedClientShapeList, NewPost for NewPostRequest.

    Where two would be called the same both keep their old name, until SHAPES names one.
    """
    names = {old: SHAPES.get(old) or _shape_name(old) for old in shapes}
    for old, new in names.items():
        if list(names.values()).count(new) > 1 and old.endswith("Request"):
            names[old] = f"{new}Input"
    times = Counter(names.values())
    return {old: new if times[new] == 1 else old for old, new in names.items()}


def _shape_name(old: str) -> str:
    if listed := re.fullmatch(r"Paginated(.+?)(?:Shape)?List", old):
        return f"{listed[1]}Page"
    name = re.sub(r"^Patched", "", old)
    name = re.sub(r"Request$", "", name)
    name = re.sub(r"Enum$", "", name).replace("Shape", "")
    return name


def renamed(part, names: dict[str, str]):
    """The same with other names of shapes, in every place that refers to one."""
    before = "#/components/schemas/"
    if isinstance(part, list):
        return [renamed(inner, names) for inner in part]
    if not isinstance(part, dict):
        return before + names[part.removeprefix(before)] if _refers(part, before) else part
    if part == {"$ref": f"{before}NullEnum"}:
        return {"type": "null"}
    if {} in (choices := part.get("oneOf", ())) and {"type": "null"} in choices:
        part = {key: inner for key, inner in part.items() if key != "oneOf"}  # anything, null included
    told = {key: renamed(inner, names) for key, inner in part.items()}
    if "schemas" in told and "securitySchemes" in told:
        told["schemas"] = {names[old]: told["schemas"][old] for old in sorted(names, key=names.get)}
    return told


def _refers(part, before: str) -> bool:
    return isinstance(part, str) and part.startswith(before)


def own_docs_of_no_shape() -> list[type]:
    """Classes whose docstrings are for us, not for readers of the API."""
    return [*get_lib_doc_excludes(), Strict]


def _inputs(path: str, operation: dict) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and not parameter.get("description"):
            thing = singular(path.partition("/")[0]).replace("-", " ")
            parameter["description"] = {"slug": "Slug of the client.", "delivery": "Id of the delivery."}.get(
                parameter["name"], f"Id of the {thing}."
            )
    body = operation.get("requestBody", {})
    if len(body.get("content", ())) > 1:
        body["required"] = True


def _answers(method: str, operation: dict) -> None:
    answers = operation["responses"]
    answers.pop("default", None)
    for code, answer in answers.items():
        answer.setdefault("headers", {})["X-Request-ID"] = {"$ref": "#/components/headers/RequestId"}
        answer["description"] = answer.get("description") or SUCCESSES[code]
    sent = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}
    told = {int(code) for code in answers} & FAILURES.keys()
    statuses = {*ALWAYS, *told, *(WRITING if method != "GET" else ())}
    statuses.update(status for name, known in OF_HEADER.items() if name in sent for status in known)
    for status in sorted(statuses):
        answers[str(status)] = {"$ref": f"#/components/responses/{FAILURES[status][0]}"}


def _header(name: str, schema: dict, text: str, required: bool) -> dict:
    return {"description": text, "schema": schema} | ({"required": True} if required else {})


def _failure(status: int, name: str, text: str, code: str, detail: str, errors: list) -> dict:
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    told = [dict(zip(("field", "code", "detail"), error, strict=True)) for error in errors]
    document |= {"detail": detail, "errors": told}
    document["request_id"] = "0d3c4a52-5b0e-4e4c-a0e5-0d7b8a4f0c11"
    headers = {HEADERS[key][0]: {"$ref": f"#/components/headers/{key}"} for key in HEADERS_OF.get(status, ())}
    headers["X-Request-ID"] = {"$ref": "#/components/headers/RequestId"}
    shape = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": text, "headers": headers, "content": {PROBLEM: {"schema": shape, "example": document}}}
