"""LinkedIn's versioned API as Microsoft documents it, as far as the connector asks."""

import re

from clients.networks.types import Account
from tests.clients.networks.fakes.base import NOW, Fake

PAGE = "urn:li:organization:5"


def ms(moment):
    return int(moment.timestamp() * 1000)


class LinkedIn(Fake):
    def __init__(self):
        self.made, self.comments, self.told, self.images = [], {}, [], {}
        super().__init__()
        self.account = Account(self.url, "5", "tok-of-linkedin", {})

    def routes(self):
        return {
            "POST /posts": self.post,
            "GET /posts": lambda r: {"elements": self.made[::-1][: int(r.query["count"])]},
            "POST /images": self.begin,
            "PUT /upload/{id}": self.upload,
            "POST /socialActions/{urn}/comments": self.reply,
            "GET /socialActions/{urn}/comments": lambda r, urn: {"elements": self.under(urn)},
            "GET /socialActions/{urn}/comments/{id}": self.one,
            "GET /organizationalEntityNotifications": self.notices,
            "GET /organizationalEntityShareStatistics": self.statistics,
            "GET /networkSizes/{urn}": lambda r, urn: {"firstDegreeSize": 212},
            "POST /token": self.sell,
        }

    def answer(self, request):
        if request.path not in ("/token",) and not request.path.startswith("/upload"):
            assert re.fullmatch(r"\d{6}", request.headers["linkedin-version"])
            assert request.headers["x-restli-protocol-version"] == "2.0.0"
        return super().answer(request)

    def post(self, request):
        urn = f"urn:li:share:{70 + len(self.made)}"
        self.made.append(request.json | {"id": urn, "createdAt": ms(NOW), "publishedAt": ms(NOW)})
        return 201, b"", {"x-restli-id": urn}

    def posts(self):
        return self.made

    def begin(self, request):
        id = f"i{len(self.images)}"
        self.images[id] = b""
        return {"value": {"uploadUrl": f"{self.url}/upload/{id}", "image": f"urn:li:image:{id}"}}

    def upload(self, request, id):
        self.images[id] = request.raw
        return 201, b""

    def say(self, text, above, at=NOW, actor="urn:li:person:k", action="COMMENT"):
        id = str(900 + len(self.comments))
        activity = above.partition("(")[2].partition(",")[0] or f"urn:li:activity:{above.rpartition(':')[2]}"
        urn = f"urn:li:comment:({activity},{id})"
        self.comments[urn] = {
            "$URN": urn, "id": id, "actor": actor, "object": activity, "message": {"text": text},
            "created": {"time": ms(at)}, "lastModified": {"time": ms(at)},
        } | ({"parentComment": above} if "comment" in above else {})  # fmt: skip
        self.notify(action, urn, at)
        return urn

    def notify(self, action, urn, at=NOW, **more):
        activity = urn.partition("(")[2].partition(",")[0]
        self.told.append({
            "action": action, "organizationalEntity": PAGE, "sourcePost": f"urn:li:share:{activity.rpartition(':')[2]}",
            "generatedActivity": urn.replace("(urn:li:", "("), "lastModifiedAt": ms(at), "notificationId": len(self.told),
        } | more)  # fmt: skip

    def under(self, urn):
        return [one for one in self.comments.values() if urn in (one["object"], one.get("parentComment"))]

    def one(self, request, activity, id):
        return self.comments.get(f"urn:li:comment:({activity},{id})") or (404, {"message": "Not found", "status": 404})

    def reply(self, request, urn):
        told = request.json
        made = self.say(told["message"]["text"], told.get("parentComment", urn), actor=told["actor"], action="ADMIN_COMMENT")
        return 201, self.comments[made]

    def notices(self, request):
        since, until = map(int, re.fullmatch(r"\(start:(\d+),end:(\d+)\)", request.query["timeRange"]).groups())
        behind = until - ms(NOW)  # the tests' clock stands, the connector's goes on
        found = [one for one in self.told if since <= one["lastModifiedAt"] + behind <= until]
        start = int(request.query["start"])
        return {"elements": found[start : start + int(request.query["count"])]}

    def statistics(self, request):
        counts = {"impressionCount": 90, "uniqueImpressionsCount": 70, "likeCount": 5, "commentCount": 1, "shareCount": 3, "clickCount": 4}
        return {"elements": [{"totalShareStatistics": counts, "share": request.query["shares"]}]}

    def sell(self, request):
        return {"access_token": "tok-2", "expires_in": 5_184_000, "refresh_token": "ref-2"}
