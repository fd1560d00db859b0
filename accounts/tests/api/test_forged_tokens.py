"""Tokens that nobody issued: each opens nothing, whatever it says of itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.core.jwt_keys import SigningKey, new_key
from accounts.models import User
from accounts.services import jwt_keys, tokens
from accounts.tests.api.test_tokens import ME, bearer, claims, opens, refreshed
from foundation.lib import clock

pytestmark = pytest.mark.django_db


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(head: Any, body: Any, key: SigningKey) -> str:
    """Signed properly, whatever it says: what our own key would make of these parts."""
    text = f"{part(head)}.{part(body)}"
    signature = key.private.sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_secret(head: Any, body: Any, secret: bytes) -> str:
    text = f"{part(head)}.{part(body)}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def forged(made: tokens.Tokens) -> dict[str, str]:
    """Name -> a token that must open nothing."""
    first, second, signature = made.access.split(".")
    return {
        **by_header(made),
        **by_claims(made),
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{second}.",
        "refresh as access": made.refresh,
        "empty signature": f"{first}.{second}.",
        "signature of another": f"{first}.{second}.{made.refresh.split('.')[2]}",
        "four parts": f"{made.access}.x",
        "header of another": f"{part({'alg': 'HS256'})}.{second}.{signature}",
        "not ASCII": "é.é.é",
        "garbage": "a.b.c",
    }


def by_header(made: tokens.Tokens) -> dict[str, str]:
    """Ours is the key of the installation, the other one somebody else's."""
    ours, other = jwt_keys.signing_key(), new_key()
    head, body = jwt.get_unverified_header(made.access), claims(made.access)
    pem = ours.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = ours.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = head["kid"]
    twice = json.dumps(head)[:-1] + ', "alg": "RS256"}'
    path, query = f"../../jwt_keys/{kid}", f"{kid}' OR '1'='1"
    return {
        "alg None, kid of ours": f"{part(head | {'alg': 'None'})}.{made.access.split('.')[1]}.",
        "HS256 with the public key as PEM": by_secret(head | {"alg": "HS256"}, body, pem),
        "HS256 with the public key as DER": by_secret(head | {"alg": "HS256"}, body, der),
        "another algorithm of the same key": signed(head | {"alg": "RS512"}, body, ours),
        "wrong kid": signed(head | {"kid": other.kid}, body, other),
        "our kid, another key": signed(head, body, other),
        "no kid": signed({k: v for k, v in head.items() if k != "kid"}, body, ours),
        "kid is a path": signed(head | {"kid": path}, body, other),
        "kid is a query": signed(head | {"kid": query}, body, other),
        "kid is a list": signed(head | {"kid": [kid]}, body, ours),
        "jku": signed(head | {"jku": "https://evil.example/jwks.json"}, body, other),
        "jku, signed by us": signed(head | {"jku": "https://evil.example"}, body, ours),
        "jwk in the header": signed(head | {"jwk": other.jwk(), "kid": other.kid}, body, other),
        "crit": signed(head | {"crit": ["b64"], "b64": False}, body, ours),
        "duplicate header": signed(twice, body, ours),
    }


def by_claims(made: tokens.Tokens) -> dict[str, str]:
    """All of them signed by our own key: nothing but the claims is wrong."""
    key, now = jwt_keys.signing_key(), int(clock.now().timestamp())
    head, body = jwt.get_unverified_header(made.access), claims(made.access)
    endless = json.dumps(body).replace(str(body["exp"]), "1e999")
    twice = json.dumps(body)[:-1] + ', "sub": "1"}'
    changes: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 1},
        "not yet": {"nbf": now + 60},
        "made in the future": {"iat": now + 600},
        "never expires": {"exp": None},
        "exp is text": {"exp": "tomorrow"},
        "wrong audience": {"aud": "elsewhere"},
        "no audience": {"aud": None},
        "other service's issuer": {"iss": "https://other.example"},
        "another type": {"token_type": "sliding"},
        "no type": {"token_type": None},
        "another user": {"sub": "999999"},
        "a user as number": {"sub": 1},
        "no user": {"sub": None},
        "another sign-in": {"sid": 2**40},
        "sign-in out of range": {"sid": 2**80},
        "sign-in is text": {"sid": "1"},
        "no id": {"jti": None},
    }
    made_up = {
        name: signed(head, {k: v for k, v in (body | one).items() if v is not None}, key)
        for name, one in changes.items()
    }
    return made_up | {
        "exp is endless": signed(head, endless, key),
        "duplicate claims": signed(head, twice, key),
        "body is a list": signed(head, [body], key),
    }


def test_a_forged_token_opens_nothing(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    assert opens(api, made.access)
    found = forged(made)
    assert len(found) >= 12
    answers = {}
    for name, token in found.items():
        answer = bearer(api, token).get(ME)
        answers[name] = answer.status_code
        assert answer.json()["error"]["code"] == "not_authenticated"
    assert answers == dict.fromkeys(answers, 401)


def test_an_access_token_and_a_forged_one_refresh_nothing(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    key, body = jwt_keys.signing_key(), claims(made.refresh)
    head = jwt.get_unverified_header(made.refresh)
    for token in (
        made.access,
        signed(head, body, new_key()),
        signed(head, body | {"aud": "elsewhere"}, key),
        signed(head, body | {"sub": "999999"}, key),
        "a.b.c",
    ):
        assert refreshed(api, token).status_code == 401
    assert refreshed(api, made.refresh).status_code == 200
