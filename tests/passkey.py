"""A device that keeps passkeys, as browsers talk to it: what it answers to the options of a site."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as told

PRESENT, VERIFIED, NEW = 0x01, 0x04, 0x40


@dataclass
class Device:
    """`verifies`: whether it asks its owner for a finger, a face or a number; `uses` counts."""

    origin: str = "http://testserver"
    verifies: bool = True
    uses: int = 0
    id: bytes = field(default_factory=lambda: token_bytes(32))
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def make(self, options: str) -> str:
        """The answer of `navigator.credentials.create`."""
        asked = json.loads(options)
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        more = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(asked["rp"]["id"], NEW) + more})
        return self._answer(self._client("webauthn.create", asked), attestationObject=told(made), transports=[])

    def use(self, options: str) -> str:
        """The answer of `navigator.credentials.get`."""
        asked = json.loads(options)
        self.uses += 1
        data, client = self._data(asked["rpId"]), self._client("webauthn.get", asked)
        signed = self.key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        return self._answer(client, authenticatorData=told(data), signature=told(signed), userHandle=None)

    def _data(self, site: str, flags: int = 0) -> bytes:
        flags |= PRESENT | VERIFIED * self.verifies
        return sha256(site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _answer(self, client: bytes, **response) -> str:
        name = told(self.id)
        response |= {"clientDataJSON": told(client)}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
