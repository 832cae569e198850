"""Facebook's and Instagram's side of the Graph API as Meta documents it, as far as the connectors ask."""

import hashlib
import hmac
import json
import re

from clients.networks.types import Account
from tests.clients.networks.fakes.base import NOW, Fake, page

SECRET, WORD = "app-secret", "our-word"


def failure(code, status=400, message="It is so"):
    return status, {"error": {"message": message, "type": "OAuthException", "code": code}}


def signed(body, secret=SECRET):
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


class Graph(Fake):
    """Posts with comments under them; `me` is the account, `text` and `at` are the names of these fields."""

    prefix = "/v24.0"
    me = text = at = edge = ""

    def __init__(self):
        self.posted, self.comments, self.insights, self.written = {}, {}, {}, []
        super().__init__()
        secret = {"app_secret": SECRET, "webhook_secret": WORD, "app_id": "7"}
        self.account = Account(self.url, self.me, "tok-of-meta", secret)

    def routes(self):
        return {
            f"GET /{self.me}": lambda r: {"id": self.me, "followers_count": 212},
            f"GET /{self.me}/{self.edge}": self.list_posts,
            "POST /oauth/access_token": lambda r: {"access_token": "tok-2", "expires_in": 5_184_000},
            "GET /{post}/comments": self.list_comments,
            "GET /{post}/insights": self.tell,
            "POST /me/messages": self.write,
            "GET /me/conversations": self.list_written,
        }

    def answer(self, request):
        wanted = hmac.new(SECRET.encode(), self.account.token.encode(), hashlib.sha256).hexdigest()
        assert request.query.get("appsecret_proof", wanted) == wanted
        return super().answer(request)

    def write(self, request):
        """A private message of the account."""
        text, to = request.json["message"]["text"], request.json["recipient"]["id"]
        assert request.json["messaging_type"] == "RESPONSE"
        at, mid = self.stamp(NOW), f"m_{len(self.written)}"
        self.written.append({"id": mid, "message": text, "created_time": at, "from": {"id": self.me}, "to": to})
        return {"recipient_id": to, "message_id": mid}

    def list_written(self, request):
        found = [one for one in self.written if one["to"] == request.query["user_id"]][::-1]
        return {"data": [{"id": "t_1", "messages": {"data": found}}] if found else []}

    def direct(self, sender="99", **told):
        """The webhook of a private message; `told` stands beside its sender."""
        other = self.me if sender != self.me else "99"
        event = {"sender": {"id": sender}, "recipient": {"id": other}, "timestamp": int(NOW.timestamp() * 1000)} | told
        entry = {"id": self.me, "time": event["timestamp"], "messaging": [event]}
        return json.dumps({"object": "page", "entry": [entry]}).encode()

    def stamp(self, moment):
        return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")

    def own_post(self, text, at=NOW):
        id = f"{self.me}_{len(self.posted)}"
        self.posted[id] = {"id": id, self.text: text, self.at: self.stamp(at), "permalink_url": f"https://fb.example/{id}"}
        return id

    def posts(self):
        return list(self.posted.values())

    def list_posts(self, request):
        """With the comments under each, as many as the fields ask for."""
        entries = list(self.posted.values())[::-1]
        start, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 25))
        found, following = page(entries, start, limit)
        nested = re.search(r"comments.*?limit\((\d+)\)", request.query["fields"])
        if nested:
            found = [one | self.under(one["id"], 0, int(nested[1])) for one in found]
        return self.paged(found, following)

    def under(self, post, start, limit):
        found, following = page(self.newest(post), start, limit)
        return {"comments": self.paged(found, following)} if found else {}

    def list_comments(self, request, post):
        if request.query.get("after") == "lost":
            return failure(100)
        limit = int(request.query["limit"])
        return self.paged(*page(self.newest(post), int(request.query.get("after", 0)), limit))

    def paged(self, found, following):
        paging = {"cursors": {"after": following or "end"}} | ({"next": "https://graph.example/"} if following else {})
        return {"data": found, "paging": paging}

    def tell(self, request, post):
        if not self.insights:
            return failure(100, message="Insights are not told of this post")
        return {"data": [{"name": name, "values": [{"value": value}]} for name, value in self.insights.items()]}


class Facebook(Graph):
    me, text, at, edge = "4711", "message", "created_time", "feed"

    def __init__(self):
        super().__init__()
        self.photos = {}

    def routes(self):
        return super().routes() | {
            f"POST /{self.me}/feed": self.post,
            f"POST /{self.me}/photos": self.upload,
            f"GET /{self.me}/published_posts": self.list_posts,
            "POST /{comment}/comments": self.reply,
            "GET /{post}": self.one,
        }

    def post(self, request):
        id = self.own_post(request.json["message"])
        self.posted[id] |= {"link": request.json.get("link"), "media": request.json.get("attached_media")}
        return {"id": id}

    def upload(self, request):
        self.photos[f"p{len(self.photos)}"] = request.raw
        return {"id": f"p{len(self.photos) - 1}"}

    def say(self, text, above, at=NOW, author="99", name="Karl Köhler"):
        id = f"{above.partition('_')[2] or above}_c{len(self.comments)}"
        parent = self.comments.get(above)
        self.comments[id] = {
            "id": id, "message": text, "created_time": self.stamp(at), "from": {"id": author, "name": name},
            "post": parent["post"] if parent else above,
        } | ({"parent": {"id": above}} if parent else {})  # fmt: skip
        return id

    def reply(self, request, comment):
        return {"id": self.say(request.json["message"], comment, author=self.me, name="Bakery")}

    def newest(self, post):
        """All under a post, or the answers to a comment."""
        found = [one for one in self.comments.values() if post in (one["post"], one.get("parent", {}).get("id"))]
        return sorted(found, key=lambda one: one["created_time"])[::-1]

    def one(self, request, post):
        total = {"data": [], "summary": {"total_count": 5}}
        return {"id": post, "reactions": total, "comments": {"data": [], "summary": {"total_count": 1}}, "shares": {"count": 3}}

    def hook(self, verb, **value):
        told = {"item": "comment", "verb": verb, "post_id": "4711_0", "from": {"id": "99", "name": "Karl"}} | value
        entry = {"id": self.me, "time": int(NOW.timestamp()), "changes": [{"field": "feed", "value": told}]}
        return json.dumps({"object": "page", "entry": [entry]}).encode()


class Instagram(Graph):
    me, text, at, edge = "1784", "caption", "timestamp", "media"

    def __init__(self):
        super().__init__()
        self.containers = {}

    def routes(self):
        return super().routes() | {
            f"POST /{self.me}/media": self.contain,
            f"POST /{self.me}/media_publish": self.publish,
            "POST /{comment}/replies": self.reply,
            "GET /{comment}/replies": self.list_replies,
            "GET /{id}": self.one,
        }

    def contain(self, request):
        id = f"ig{len(self.containers)}"
        self.containers[id] = request.json
        return {"id": id}

    def publish(self, request):
        id = self.own_post(self.containers[request.json["creation_id"]]["caption"])
        self.posted[id]["permalink"] = f"https://ig.example/{id}"
        return {"id": id}

    def say(self, text, above, at=NOW, ours=False):
        id = f"ig-c{len(self.comments)}"
        self.comments[id] = {
            "id": id, "text": text, "timestamp": self.stamp(at), "username": "bakery" if ours else "karl",
            "from": {"id": "900" if ours else "99", "username": "bakery" if ours else "karl"}, "above": above,
        } | ({"user": {"id": self.me}} if ours else {})  # fmt: skip
        return id

    def reply(self, request, comment):
        return {"id": self.say(request.json["message"], comment, ours=True)}

    def newest(self, post):
        found = [one for one in self.comments.values() if one["above"] == post]
        found = sorted(found, key=lambda one: one["timestamp"])[::-1]
        return [one | ({"replies": {"data": self.newest(one["id"])}} if self.newest(one["id"]) else {}) for one in found]

    def list_replies(self, request, comment):
        return {"data": self.newest(comment)}

    def one(self, request, id):
        if id in self.containers:
            asked = sum(one.path.endswith(f"/{id}") for one in self.asked)
            return {"id": id, "status_code": "IN_PROGRESS" if asked < 2 else "FINISHED"}
        return {"id": id, "like_count": 5, "comments_count": 1, "permalink": f"https://ig.example/{id}"}

    def hook(self, **value):
        told = {"id": "ig-h", "text": "Offen?", "from": {"id": "99", "username": "karl"}, "media": {"id": "1784_0"}} | value
        entry = {"id": self.me, "time": int(NOW.timestamp()), "changes": [{"field": "comments", "value": told}]}
        return json.dumps({"object": "instagram", "entry": [entry]}).encode()
