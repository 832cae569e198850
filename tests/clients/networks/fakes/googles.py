"""Google Business Profile and YouTube as Google documents them, as far as the connectors ask; both sell tokens."""

from clients.networks.types import Account
from tests.clients.networks.fakes.base import NOW, Fake, page

SECRETS = {"refresh_token": "ref-1", "client_id": "id", "client_secret": "sec"}


def failure(reason, status=403):
    return status, {"error": {"code": status, "message": "It is so", "errors": [{"reason": reason, "domain": "x"}]}}


def stamp(moment):
    return moment.isoformat().replace("+00:00", "Z")


class Tokens(Fake):
    """Sells tokens for the refresh token `ref-1`; `meanwhile` is called before it answers."""

    @staticmethod
    def meanwhile():
        pass

    def routes(self):
        return {"POST /token": self.sell}

    def sell(self, request):
        self.meanwhile()
        if b"refresh_token=ref-1" not in request.raw:
            return 400, {"error": "invalid_grant", "error_description": "Token has been revoked."}
        return {"access_token": "tok-fresh", "expires_in": 3599, "token_type": "Bearer"}


class Google(Tokens):
    place = "accounts/1/locations/2"

    def __init__(self):
        self.reviews, self.local = {}, []
        super().__init__()
        self.account = Account(self.url, self.place, "tok-of-google", dict(SECRETS))

    def routes(self):
        return super().routes() | {
            f"POST /{self.place}/localPosts": self.post,
            f"GET /{self.place}/localPosts": lambda r: {"localPosts": self.local[::-1]} if self.local else {},
            f"GET /{self.place}/reviews": self.list_reviews,
            f"GET /{self.place}/reviews/{{id}}": lambda r, id: self.reviews.get(id) or failure("notFound", 404),
            f"PUT /{self.place}/reviews/{{id}}/reply": self.reply,
        }

    def post(self, request):
        name = f"{self.place}/localPosts/{len(self.local)}"
        self.local.append(request.json | {"name": name, "state": "LIVE", "createTime": stamp(NOW), "searchUrl": "https://g.example/1"})
        return self.local[-1]

    def posts(self):
        return self.local

    def say(self, text, above=None, at=NOW, stars="FOUR", **more):
        id = f"r{len(self.reviews)}"
        self.reviews[id] = {
            "name": f"{self.place}/reviews/{id}", "reviewId": id, "reviewer": {"displayName": "Karl Köhler"},
            "starRating": stars, "comment": text, "createTime": stamp(at), "updateTime": stamp(at),
        } | more  # fmt: skip
        return self.reviews[id]["name"]

    def list_reviews(self, request):
        assert request.query["orderBy"] == "updateTime desc"
        entries = sorted(self.reviews.values(), key=lambda one: one["updateTime"])[::-1]
        found, following = page(entries, int(request.query.get("pageToken", 0)), int(request.query["pageSize"]))
        return {"reviews": found, "totalReviewCount": len(entries)} | ({"nextPageToken": following} if following else {})

    def reply(self, request, id):
        if id not in self.reviews:
            return failure("notFound", 404)
        self.reviews[id]["reviewReply"] = {"comment": request.json["comment"], "updateTime": stamp(NOW)}
        return self.reviews[id]["reviewReply"]


class YouTube(Tokens):
    me = "UC1"

    def __init__(self):
        self.comments = {}
        super().__init__()
        self.account = Account(self.url, self.me, "tok-of-youtube", dict(SECRETS))

    def routes(self):
        return super().routes() | {
            "GET /commentThreads": self.threads,
            "GET /comments": self.replies,
            "POST /comments": self.reply,
            "GET /videos": lambda r: {"items": [{"statistics": {"viewCount": "900", "likeCount": "5", "commentCount": "1"}}]},
            "GET /channels": lambda r: {"items": [{"statistics": {"viewCount": "9000", "subscriberCount": "212"}}]},
        }

    def say(self, text, above=None, at=NOW, author="UC9", **more):
        parent = above if above in self.comments else None
        id = f"{parent}.{len(self.comments)}" if parent else f"y{len(self.comments)}"
        snippet = {
            "textDisplay": text, "textOriginal": text, "authorDisplayName": "@karl", "authorChannelId": {"value": author},
            "publishedAt": stamp(at), "updatedAt": stamp(at),
        }  # fmt: skip
        snippet |= ({"parentId": parent} if parent else {"videoId": above or "v1"}) | more
        self.comments[id] = {"id": id, "snippet": snippet}
        return id

    def under(self, id):
        return [one for one in self.comments.values() if one["snippet"].get("parentId") == id]

    def threads(self, request):
        first = [one for one in self.comments.values() if "parentId" not in one["snippet"]]
        entries = sorted(first, key=lambda one: one["snippet"]["publishedAt"])[::-1]
        found, following = page(entries, int(request.query.get("pageToken", 0)), int(request.query["maxResults"]))
        items = [self.thread(one) for one in found]
        return {"items": items} | ({"nextPageToken": following} if following else {})

    def thread(self, first):
        """At most five answers come along."""
        replies = self.under(first["id"])
        told = {"id": first["id"], "snippet": {
            "videoId": first["snippet"]["videoId"], "topLevelComment": first, "totalReplyCount": len(replies),
        }}  # fmt: skip
        return told | ({"replies": {"comments": replies[-5:]}} if replies else {})

    def replies(self, request):
        entries = self.under(request.query["parentId"])
        found, following = page(entries, int(request.query.get("pageToken", 0)), int(request.query["maxResults"]))
        return {"items": found} | ({"nextPageToken": following} if following else {})

    def reply(self, request):
        told = request.json["snippet"]
        return self.comments[self.say(told["textOriginal"], told["parentId"], author=self.me)]
