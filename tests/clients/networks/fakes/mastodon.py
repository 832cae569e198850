"""Mastodon as docs.joinmastodon.org describes it, as far as the connector asks."""

import html

from clients.networks.types import Account
from tests.clients.networks.fakes.base import NOW, Fake

ME, KARL = "11", "22"


class Mastodon(Fake):
    def __init__(self):
        self.statuses, self.notifications, self.media, self.keys = {}, [], {}, {}
        super().__init__()
        self.account = Account(self.url, "bakery", "tok-of-mastodon")

    def routes(self):
        return {
            "GET /api/v1/accounts/verify_credentials": lambda r: self.person(ME) | {"followers_count": 212},
            "GET /api/v1/accounts/{id}/statuses": self.own,
            "GET /api/v1/notifications": self.heard,
            "GET /api/v1/statuses/{id}": lambda r, id: self.statuses.get(id) or (404, {"error": "Record not found"}),
            "GET /api/v1/statuses/{id}/context": self.context,
            "POST /api/v1/statuses": self.post,
            "POST /api/v2/media": self.upload,
            "GET /api/v1/media/{id}": self.ready,
        }

    def person(self, id):
        return {
            "id": id, "acct": "bakery" if id == ME else "karl@town.example",
            "display_name": "Bakery" if id == ME else "Karl Köhler", "bot": False,
        }  # fmt: skip

    def add(self, author, text, above=None, visibility="public", at=NOW, **more):
        id = str(1000 + len(self.statuses))
        mention = '<span class="h-card"><a href="https://town.example/@karl">@<span>karl</span></a></span>'
        content = html.escape(text).replace("@karl@town.example", mention).replace("\n\n", "</p><p>")
        self.statuses[id] = {
            "id": id, "created_at": at.isoformat().replace("+00:00", ".000Z"), "edited_at": None,
            "in_reply_to_id": above, "in_reply_to_account_id": self.statuses[above]["account"]["id"] if above else None,
            "visibility": visibility, "content": f"<p>{content}</p>", "account": self.person(author),
            "url": f"{self.url}/@x/{id}", "uri": f"{self.url}/s/{id}",
            "favourites_count": 5, "reblogs_count": 2, "replies_count": 1, "quotes_count": 1,
        } | more  # fmt: skip
        return id

    def say(self, text, above=None, **more):
        id = self.add(KARL, text, above, **more)
        self.notifications.append({"id": str(len(self.notifications) + 98), "type": "mention", "status": self.statuses[id]})
        return id

    def posts(self):
        return [one for one in self.statuses.values() if one["account"]["id"] == ME and not one["in_reply_to_id"]]

    def own(self, request, id):
        found = [one for one in self.statuses.values() if one["account"]["id"] == id]
        if request.query.get("exclude_replies") == "true":
            found = [one for one in found if not one["in_reply_to_id"]]
        return self.after(found, request)

    def heard(self, request):
        assert request.query["types[]"] == "mention"
        return self.after(self.notifications, request)

    @staticmethod
    def after(entries, request):
        """Newest first; with min_id the page that begins right after it."""
        if "min_id" in request.query:
            entries = [one for one in entries if int(one["id"]) > int(request.query["min_id"])]
            return entries[: int(request.query["limit"])][::-1]
        return entries[::-1][: int(request.query["limit"])]

    def context(self, request, id):
        if id not in self.statuses:
            return 404, {"error": "Record not found"}
        ancestors = []
        while above := self.statuses[id]["in_reply_to_id"]:
            ancestors.insert(0, self.statuses[above])
            id = above
        return {"ancestors": ancestors, "descendants": []}

    def post(self, request):
        key = request.headers["idempotency-key"]
        if key not in self.keys:
            told = request.json
            id = self.add(ME, told["status"], told.get("in_reply_to_id"), told.get("visibility", "public"))
            self.statuses[id]["media"] = told.get("media_ids", [])
            self.keys[key] = id
        return self.statuses[self.keys[key]]

    def upload(self, request):
        id = f"m{len(self.media)}"
        self.media[id] = request.raw
        return 202, {"id": id, "url": None}

    def ready(self, request, id):
        asked = sum(one.path.endswith(id) for one in self.asked)
        return (206, b"") if asked < 2 else {"id": id, "url": "https://files.example/1.png"}
