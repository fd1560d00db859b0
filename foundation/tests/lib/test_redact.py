from __future__ import annotations

import pytest

from foundation.lib.redact import HIDDEN, redact, redact_processor, redact_text

CANARY = "cAnArY-9f8e7d6c"


@pytest.mark.parametrize(
    "text",
    [
        f"password={CANARY}",
        f'{{"password": "{CANARY}"}}',
        f"api_key: {CANARY}, next",
        f"apiKey={CANARY}&symbol=BTCUSDT",
        f"https://api.example/v3/order?symbol=BTC&signature={CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization: Api-Key {CANARY}.{CANARY}",
        f"postgresql://bot:{CANARY}@db:5432/bot",
        f"could not connect to redis://:{CANARY}@redis:6379/0",
        f"X-MBX-APIKEY: {CANARY}",
        f"passphrase = '{CANARY}'",
        f"Cookie: theme=dark; __Host-sessionid={CANARY}; tz=UTC",
        f"Set-Cookie: sessionid={CANARY}; Path=/",
        f"{{'Authorization': 'Token {CANARY}', 'Accept': '*/*'}}",
        f"authorization: HMAC {CANARY}",
        f"sessionid={CANARY} was read",
        f"csrfmiddlewaretoken={CANARY}&x=1",
        f"totp: {CANARY}",
        f"the token eyJhbGciOiJSUzI1NiJ9.{CANARY}.{CANARY} is refused",
        f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{CANARY}\n-----END RSA PRIVATE KEY-----",
        f"the key {'k' * 64}.{'s' * 50}{CANARY.replace('-', '')} is refused",
    ],
)
def test_no_secret_survives_in_a_text(text: str) -> None:
    said = redact_text(text)
    assert CANARY not in said
    assert CANARY.replace("-", "") not in said


def test_what_is_no_secret_stays_readable() -> None:
    text = "order 17 on BTC/USDT filled at 50000.5, see http://localhost:8000/orders/17"
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "sessionid",
        "session_key",
        "X-CSRFToken",
        "totp",
        "recovery_codes",
        "private_key",
        "password",
        "old_password",
        "secret",
        "access_token",
        "apiKey",
        "API-KEY",
        "Cookie",
        "otp",
    ],
)
def test_a_value_under_a_secret_name_is_hidden_whole(name: str) -> None:
    assert redact({"outer": [{name: {"deep": CANARY}}]}) == {"outer": [{name: HIDDEN}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mail to alice.smith@example.com failed", "mail to a***@example.com failed"),
        ("<alice+bots@mail.example.co.uk>", "<a***@mail.example.co.uk>"),
        ("Your code is 1234-5678.", "Your code is ***."),
        ("code=123456 was wrong", "code=*** was wrong"),
        ('{"code": "12345678"}', '{"code": "***"}'),
        ("code: 404, on 2024-01-31", "code: 404, on 2024-01-31"),
        ("ticks@host ready", "ticks@host ready"),
        ("id 0f3c-1234-5678-9abc", "id 0f3c-1234-5678-9abc"),
    ],
)
def test_a_log_line_names_nobody_and_no_code(text: str, said: str) -> None:
    line = redact_processor(None, "info", {"event": text, "to": [text], "logger": "accounts"})
    assert (line["event"], line["to"]) == (said, [said])
    banner = {"event": "ticks@host.example.com ready.", "logger": "celery.apps.worker"}
    assert redact_processor(None, "info", banner) == banner


def test_log_records_are_walked_and_other_types_kept() -> None:
    event = {"event": f"sent token={CANARY}", "n": 3, "pair": ("a", f"secret={CANARY}")}
    clean = redact_processor(None, "info", event)
    assert CANARY not in str(clean)
    assert clean["n"] == 3
    assert isinstance(clean["pair"], tuple)
