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
    ],
)
def test_no_secret_survives_in_a_text(text: str) -> None:
    assert CANARY not in redact_text(text)


def test_what_is_no_secret_stays_readable() -> None:
    text = "order 17 on BTC/USDT filled at 50000.5, see http://localhost:8000/orders/17"
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    ["password", "old_password", "secret", "access_token", "apiKey", "API-KEY", "Cookie", "otp"],
)
def test_a_value_under_a_secret_name_is_hidden_whole(name: str) -> None:
    assert redact({"outer": [{name: {"deep": CANARY}}]}) == {"outer": [{name: HIDDEN}]}


def test_log_records_are_walked_and_other_types_kept() -> None:
    event = {"event": f"sent token={CANARY}", "n": 3, "pair": ("a", f"secret={CANARY}")}
    clean = redact_processor(None, "info", event)
    assert CANARY not in str(clean)
    assert clean["n"] == 3
    assert isinstance(clean["pair"], tuple)
