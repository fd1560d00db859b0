"""Who invited whom: the database keeps it a tree that is set once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.services import referrals

pytestmark = pytest.mark.django_db


def invite(user, by):
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(referred_by=by)


def test_it_is_set_once(alice, bob, charlie):
    invite(alice, bob)
    invite(alice, bob)  # the same again changes nothing
    for other in (charlie, None):
        with pytest.raises(IntegrityError, match="set already"):
            invite(alice, other)
    alice.refresh_from_db()
    assert alice.referred_by == bob


def test_nobody_invites_themselves_however_far_around(alice, bob, charlie):
    with pytest.raises(IntegrityError, match="invited itself"):
        invite(alice, alice)
    invite(bob, alice)
    invite(charlie, bob)
    with pytest.raises(IntegrityError, match="invited itself"):
        invite(alice, charlie)
    assert User.objects.get(pk=alice.pk).referred_by is None


@pytest.mark.django_db(transaction=True)
def test_two_who_name_each_other_at_once_are_no_circle(alice, bob):
    def name(pair):
        try:
            invite(*pair)
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(name, [(alice, bob), (bob, alice)])) == [False, True]


def test_a_code_is_made_once_and_found_in_any_case(alice):
    code = referrals.code_of(alice)
    assert referrals.code_of(User.objects.get(pk=alice.pk)) == code
    assert referrals.user_of(f" {code.lower()} ") == alice
    for nobody in ("", "NOBODYS1", "x\x00y", "é" * 8):
        assert referrals.user_of(nobody) is None
