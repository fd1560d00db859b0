"""What each scope opens, and which addresses a list of networks has."""

import pytest

from accounts.core.access import is_within, parse_network, scopes_that_open

#   method    address                          one of these opens it  why
OPENS = [
    ("GET", "orders", "read trade", "looking: read, or the area's own"),
    ("HEAD", "orders/history", "read trade", "as GET"),
    ("POST", "orders", "trade", "changing: the area's own"),
    ("DELETE", "orders/<int:order_id>", "trade", "a route is an address"),
    ("POST", "positions/7/close", "trade", "below the area"),
    ("POST", "wallet/transfer", "trade", "money is trade"),
    ("POST", "exchanges/credentials", "trade", "exchange keys are trade"),
    ("GET", "bots", "read bots", "bots"),
    ("PUT", "/bots/7/start/", "bots", "slashes do not matter"),
    ("POST", "backtests", "bots", "backtests belong to bots"),
    ("POST", "strategies/validate", "bots", "strategies, too"),
    ("GET", "portfolio", "read bots", "what bots have made"),
    ("POST", "purchases", "marketplace", "buying"),
    ("GET", "scripts", "read marketplace", "looking at what is for sale"),
    ("GET", "data/indicators", "read", "market data"),
    ("POST", "data/calculate-indicator", "read", "computes, changes nothing"),
    ("POST", "data/anything-else", "", "market data is not changed by keys"),
    ("GET", "schema/", "read", "the API's own description"),
    ("GET", "auth/me", "read", "whose key is this?"),
    ("PUT", "auth/me", "", "but not changed"),
    ("GET", "auth/api-keys", "", "a key shows no keys"),
    ("POST", "auth/api-keys", "", "nor makes any"),
    ("DELETE", "auth/api-keys/7", "", "nor ends any"),
    ("PUT", "auth/change-password", "", "nor takes over the account"),
    ("GET", "admin/users", "", "administration is for people"),
    ("GET", "metrics", "", "so is what the place measures"),
    ("GET", "nobody-has-thought-of-it", "", "what is not named is closed"),
    ("GET", "orderstuff", "", "whole words only"),
    ("GET", "", "", "no address"),
]


@pytest.mark.parametrize(("method", "address", "scopes", "why"), OPENS)
def test_what_a_scope_opens(method, address, scopes, why):
    assert scopes_that_open(method, address) == set(scopes.split()), why


PARSED = [
    ("203.0.113.7", "203.0.113.7"),
    (" 203.0.113.0/24 ", "203.0.113.0/24"),
    ("2001:DB8::1", "2001:db8::1"),
    ("2001:db8::/32", "2001:db8::/32"),
]
REFUSED = [
    ("203.0.113.7/24", "write 203.0.113.0/24"),
    ("example.com", "must be an address"),
    ("", "must be an address"),
    ("1.2.3", "must be an address"),
    ("1.2.3.4/33", "must be an address"),
    ("fe80::1%eth0", "must be an address"),
    ("fe80::%eth0/64", "must be an address"),
    ("203.0.113.7/", "must be an address"),
]


@pytest.mark.parametrize(("text", "parsed"), PARSED)
def test_an_address_is_kept_in_its_usual_form(text, parsed):
    assert parse_network(text) == parsed


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_faulty_address_says_how_to_write_it(text, words):
    with pytest.raises(ValueError, match=words):
        parse_network(text)


#   address            networks                       within  why
WITHIN = [
    ("203.0.113.7", ["203.0.113.7"], True, "the address itself"),
    ("203.0.113.8", ["203.0.113.7"], False, "the one beside it"),
    ("203.0.113.8", ["10.0.0.0/8", "203.0.113.0/24"], True, "in one of two"),
    ("::ffff:203.0.113.7", ["203.0.113.7"], True, "IPv4 as a dual-stack socket shows it"),
    ("2001:db8::2", ["2001:db8::/64"], True, "IPv6"),
    ("2001:db8::2", ["2001:db8::1"], False, "an address, not its household"),
    ("203.0.113.7", ["2001:db8::/32"], False, "of another version"),
    ("", ["0.0.0.0/0"], False, "no address at all"),
    ("unix:", ["0.0.0.0/0", "::/0"], False, "no address at all"),
]


@pytest.mark.parametrize(("address", "networks", "within", "why"), WITHIN)
def test_within(address, networks, within, why):
    assert is_within(address, networks) is within, why
