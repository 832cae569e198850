"""Google's public keys and what its pushes carry, as it documents them; the private halves are ours."""

import base64
import json
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.clients.networks.fakes.base import Fake

AUDIENCE, PUSHER = "whsec_audience", "push@agency.iam.gserviceaccount.com"
PLACE = "accounts/1/locations/2"


class Certificates(Fake):
    """Publishes the public halves of its keys."""

    def __init__(self):
        self.keys = {"one": rsa.generate_private_key(65537, 2048)}
        super().__init__()

    def routes(self):
        return {"GET /certs": lambda r: (200, {"keys": self.published()}, {"Cache-Control": "public, max-age=3600"})}

    def published(self):
        told = {name: json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) for name, key in self.keys.items()}
        return [shape | {"kid": name, "use": "sig", "alg": "RS256"} for name, shape in told.items()]

    def token(self, key="one", algorithm="RS256", **claims):
        now = int(time.time())
        told = {"aud": AUDIENCE, "iss": "https://accounts.google.com", "email": PUSHER, "email_verified": True}
        told |= {"iat": now, "exp": now + 3600, "sub": "1"} | claims
        told = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(told, self.keys.get(key) or key, algorithm=algorithm, headers={"kid": "one"})


def notification(**told):
    data = base64.b64encode(json.dumps(told).encode()).decode() if told else ""
    return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}).encode()
