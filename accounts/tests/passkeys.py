"""A passkey in software: what a browser sends after navigator.credentials.create and .get."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

Flag = AuthenticatorData.FLAG


class Passkey:
    """verifies: whether it asked its owner for a PIN or a finger."""

    def __init__(self, rp_id: str = "testserver", verifies: bool = True) -> None:
        self.rp_id, self.verifies = rp_id, verifies
        self.origin = f"https://{rp_id}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.user_handle = ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        cose = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\x00" * 16, self.id, cose)
        data = AuthenticatorData.create(
            self._rp_hash(), self._flags() | Flag.AT, 0, bytes(attested)
        )
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", public["challenge"]),
            attestationObject=bytes(AttestationObject.create("none", data, {})),
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        client = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = bytes(AuthenticatorData.create(self._rp_hash(), self._flags(), 1))
        signed = data + hashlib.sha256(client).digest()
        answer = self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(SHA256())),
        )
        answer["response"]["userHandle"] = self.user_handle
        return answer

    def _flags(self) -> Any:
        return Flag.UP | (Flag.UV if self.verifies else Flag(0))

    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _client_data(self, kind: str, challenge: str) -> bytes:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "response": {name: websafe_encode(part) for name, part in parts.items()},
            "clientExtensionResults": {},
        }
