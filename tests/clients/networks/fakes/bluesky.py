"""Bluesky's XRPC as its lexicons describe it, as far as the connector asks."""

import base64
import json
from datetime import timedelta

from clients.networks.types import Account
from tests.clients.networks.fakes.base import NOW, Fake, page

US, KARL = "did:plc:us", "did:plc:karl"
HANDLES = {US: "bakery.example", KARL: "karl.example"}
POSTS = "app.bsky.feed.post"


def token(did=US, hours=2):
    claims = base64.urlsafe_b64encode(json.dumps({"sub": did, "exp": int((NOW + timedelta(hours=hours)).timestamp())}).encode())
    return f"x.{claims.decode().rstrip('=')}.y"


def failure(error, status=400):
    return status, {"error": error, "message": f"{error} it is"}


class Bluesky(Fake):
    def __init__(self):
        self.records, self.notices, self.blobs = {}, [], []
        super().__init__()
        self.account = Account(self.url, HANDLES[US], token(), {"app_password": "pw", "did": US})

    def routes(self):
        return {
            f"{method} /xrpc/{name}": answer
            for method, name, answer in (
                ("POST", "com.atproto.server.createSession", self.sign_in),
                ("POST", "com.atproto.repo.putRecord", self.put),
                ("GET", "com.atproto.repo.getRecord", self.get),
                ("POST", "com.atproto.repo.uploadBlob", self.upload),
                ("GET", "com.atproto.identity.resolveHandle", self.resolve),
                ("GET", "app.bsky.feed.getPosts", self.posts_of),
                ("GET", "app.bsky.feed.getPostThread", self.thread),
                ("GET", "app.bsky.feed.getAuthorFeed", self.feed),
                ("GET", "app.bsky.notification.listNotifications", self.heard),
                ("GET", "app.bsky.actor.getProfile", lambda r: {"did": US, "followersCount": 212}),
            )
        }

    def sign_in(self, request):
        if request.json != {"identifier": HANDLES[US], "password": "pw"}:
            return failure("AuthenticationRequired", 401)
        return {"accessJwt": token(), "refreshJwt": "r", "did": US, "handle": HANDLES[US]}

    def put(self, request):
        told = request.json
        uri = f"at://{told['repo']}/{told['collection']}/{told['rkey']}"
        if uri in self.records and "swapRecord" in told and told["swapRecord"] is None:
            return failure("InvalidSwap")
        self.records[uri] = self.view(uri, US, told["record"])
        return {"uri": uri, "cid": f"cid-{uri}"}

    def get(self, request):
        asked = request.query
        found = self.records.get(f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}")
        return {"uri": found["uri"], "cid": found["cid"], "value": found["record"]} if found else failure("RecordNotFound")

    def upload(self, request):
        self.blobs.append((request.headers["content-type"], request.raw))
        return {"blob": {"$type": "blob", "ref": {"$link": f"b{len(self.blobs)}"}}}

    def resolve(self, request):
        did = next((did for did, handle in HANDLES.items() if handle == request.query["handle"]), None)
        return {"did": did} if did else failure("InvalidRequest")

    def view(self, uri, did, record, at=None):
        return {
            "uri": uri, "cid": f"cid-{uri}", "record": record,
            "author": {"did": did, "handle": HANDLES[did], "displayName": "" if did == US else "Karl Köhler"},
            "indexedAt": (at or NOW).isoformat(), "likeCount": 5, "replyCount": 1, "repostCount": 2, "quoteCount": 1,
        }  # fmt: skip

    def say(self, text, above=None, *, at=NOW, reason=None, did=KARL):
        uri = f"at://{did}/{POSTS}/k{len(self.records)}"
        record = {"$type": POSTS, "text": text, "createdAt": at.isoformat()}
        if above:
            parent = {"uri": above, "cid": f"cid-{above}"}
            root = self.records[above]["record"].get("reply", {}).get("root", parent)
            record["reply"] = {"root": root, "parent": parent}
        self.records[uri] = self.view(uri, did, record, at)
        if did != US:
            self.notices.append(self.records[uri] | {"reason": reason or ("reply" if above else "mention")})
        return uri

    def posts(self):
        return [one["record"] for one in self.records.values() if one["author"]["did"] == US and "reply" not in one["record"]]

    def posts_of(self, request):
        return {"posts": [self.records[request.query["uris"]]] if request.query["uris"] in self.records else []}

    def node(self, uri):
        if uri not in self.records:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        refs = self.records[uri]["record"].get("reply")
        return {"post": self.records[uri]} | ({"parent": self.node(refs["parent"]["uri"])} if refs else {})

    def thread(self, request):
        uri = request.query["uri"]
        return {"thread": self.node(uri)} if uri in self.records else failure("NotFound")

    def feed(self, request):
        own = [one for one in self.records.values() if one["author"]["did"] == US]
        return self.paged(request, "feed", [{"post": one} for one in own][::-1])

    def heard(self, request):
        return self.paged(request, "notifications", sorted(self.notices, key=lambda one: one["indexedAt"])[::-1])

    def paged(self, request, name, entries):
        if request.query.get("cursor") == "lost":
            return failure("InvalidRequest")
        found, following = page(entries, int(request.query.get("cursor", 0)), int(request.query["limit"]))
        return {name: found} | ({"cursor": following} if following else {})
