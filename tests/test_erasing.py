"""An account is erased: what is left of it, over any crash, and who is told."""

from __future__ import annotations

import threading
import uuid
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection

from accounts.core.belongings import BELONGINGS, Fate
from accounts.models import AccountDeletion, Entry, LedgerAccount, User
from accounts.selectors import ledger as books
from accounts.services import deletions, erasing, exports, leaving_mails
from accounts.services.export_files import rows_of
from backtesting.models import Backtest
from bots.models import Bot
from bots.services import bots
from bots.tests.world import World, above, flat
from exchanges.models import Order, Position
from exchanges.services.paper import catalogue, closing, placing
from exchanges.tests.paper.world import SWAP, PaperWorld, fund
from foundation.lib import clock
from tests.belongings_rows import MARK, fill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exports_folder")]
D = Decimal


def ask(user: User, password: str) -> AccountDeletion:
    return deletions.request(user=user, password=password, origin="test")


def after(**span: float) -> Any:
    return clock.fixed(clock.now_ms() + int(timedelta(**span).total_seconds() * 1000))


def counts(user: User, fate: Fate) -> dict[str, int]:
    return {
        label: rows_of(label, one, user.pk).count()
        for label, one in BELONGINGS.items()
        if one.fate == fate
    }


def mails() -> list[str]:
    return [one.subject for one in mail.outbox]


# --- what an export has -------------------------------------------------------------------------


def test_an_export_has_every_model_and_no_secret(alice: Any) -> None:
    fill(alice)
    row = exports.request(owner=alice)
    assert exports.run(export_id=row.pk) == "completed"
    path, _ = exports.file_of(owner=alice, export_id=row.pk)
    with zipfile.ZipFile(path) as archive:
        told = {name: archive.read(name) for name in archive.namelist()}
    empty = {name for name, text in told.items() if text == b"[]\n"}
    assert empty == set()
    alice.refresh_from_db()
    for name, text in told.items():
        assert MARK.encode() not in text, name
        assert alice.password.encode() not in text, name


# --- what is left -------------------------------------------------------------------------------


def test_after_the_grace_period_nothing_of_the_person_is_left(
    alice: Any, bob: Any, exports_folder: Any, password: str
) -> None:
    was = alice.email
    for user in (alice, bob):
        fill(user)
    LogEntry.objects.log_actions(bob.pk, [alice], 2, change_message="Changed.", single_object=True)
    exports.run(export_id=exports.request(owner=alice).pk)
    row = ask(alice, password)
    assert erasing.finish_due() == 0 and mails() == ["Cryptobot: your account will be deleted"]
    before, others = counts(alice, Fate.KEPT), counts(bob, Fate.ERASED)
    assert all(counts(alice, Fate.ERASED).values()) and len(list(exports_folder.iterdir())) == 1
    with after(days=13.9):
        assert erasing.finish_due() == 0
    with after(days=14.1):
        assert erasing.finish_due() == 1
        assert erasing.finish_due() == 0
    assert set(counts(alice, Fate.ERASED).values()) == {0}
    assert counts(bob, Fate.ERASED) == others, "nobody else's rows"
    kept = counts(alice, Fate.KEPT)
    assert kept == before | {"accounts.Entry": kept["accounts.Entry"]}
    assert list(exports_folder.iterdir()) == []
    alice.refresh_from_db()
    assert alice.email.endswith("@deleted.invalid") and (alice.name, alice.phone) == ("", "")
    assert not alice.is_active and not alice.has_usable_password() and alice.leaves_at is None
    assert not LogEntry.objects.filter(object_repr__contains=was).exists()
    row.refresh_from_db()
    assert row.finished_at and row.farewell_to == ""
    assert mails()[1:] == ["Cryptobot: your account is deleted"] and mail.outbox[1].to == [was]
    assert erasing.finish(row.pk) == "not due, or another worker is at it"


def test_play_money_ends_and_the_books_add_up(alice: Any, paper: PaperWorld, password: str) -> None:
    world = World(flat(*[100.0] * 5, 111.0, 112.0, 112.0), venue=paper.venue)
    catalogue.forget()
    world.open_at(3)
    fund(alice, btc=2)
    bot = world.bot(alice, above(110))
    world.run_to(6)
    bots.stop(bot=bot)
    placing.place(owner=alice, ticket=paper.ticket(price="90", quantity=1, type="limit"))
    ask(alice, password)
    with after(days=15):
        assert erasing.finish_due() == 1
    mine = LedgerAccount.objects.filter(owner=alice)
    assert mine.count() >= 3 and set(mine.values_list("balance", "held")) == {(D(0), D(0))}
    assert books.faults() == []
    last = Entry.objects.filter(account__owner=alice).order_by("pk").last()
    assert last is not None and last.transfer.kind == "account_deleted"
    assert not Bot.objects.filter(owner=alice).exists() and Order.objects.filter(owner=alice)


@pytest.mark.parametrize("place", ["exchanges", "files", "bots.Decision", "bots.Bot", "person"])
def test_a_crash_in_the_middle_is_gone_on_from(
    alice: Any, password: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(alice)
    ask(alice, password)
    steps = erasing._steps

    def broken(row: AccountDeletion) -> Any:
        for name, step in steps(row):
            yield name, (lambda: 1 / 0) if name == place else step

    with after(days=15):
        with monkeypatch.context() as crash:
            crash.setattr(erasing, "_steps", broken)
            assert erasing.finish_due() == 0
        alice.refresh_from_db()
        assert not alice.is_active and alice.email == "alice@example.com"
        with pytest.raises(deletions.NotCancellable):
            deletions.cancel(user=alice)
        assert erasing.finish_due() == 1
    assert set(counts(alice, Fate.ERASED).values()) == {0}
    assert books.faults() == []


def test_a_worker_at_it_keeps_others_away_until_its_lease_is_over(
    alice: Any, password: str
) -> None:
    row = ask(alice, password)
    with after(days=15):
        lease = clock.now() + erasing.LEASE
        AccountDeletion.objects.filter(pk=row.pk).update(lease_until=lease)
        assert erasing.finish_due() == 0
    with after(days=15, minutes=6):
        assert erasing.finish_due() == 1


def test_what_came_in_the_way_since_is_told_once_and_waited_for(
    alice: Any, paper: PaperWorld, password: str
) -> None:
    fund(alice)
    ask(alice, password)
    erasing.finish_due()
    User.objects.filter(pk=alice.pk).update(leaves_at=None)  # as one that was under way
    placing.place(owner=alice, ticket=paper.ticket(SWAP, quantity=1))
    with after(days=15):
        assert erasing.finish_due() == erasing.finish_due() == 0
        assert mails()[1:] == ["Cryptobot: your account could not be deleted yet"]
        assert "close it" in mail.outbox[1].body
    closing.close(owner=alice, position_id=Position.objects.open().get().pk)
    with after(days=15):
        assert erasing.finish_due() == 1


def test_work_that_runs_is_cancelled_before_its_rows_go(alice: Any, password: str) -> None:
    fill(alice)
    mine = Backtest.objects.filter(owner=alice)
    lease = {"claim": uuid.uuid4(), "lease_until": clock.now()}
    mine.update(status="running", finished_at=None, **lease)
    ask(alice, password)
    with after(days=15):
        assert erasing.finish_due() == 0
        assert mine.get().cancel_requested
        mine.update(status="cancelled", finished_at=clock.now(), claim=None, lease_until=None)
        assert erasing.finish_due() == 1
    assert not mine.exists()


# --- a change of mind, and mails ----------------------------------------------------------------


def test_cancelled_it_does_not_happen(alice: Any, password: str) -> None:
    ask(alice, password)
    deletions.cancel(user=alice)
    with after(days=15):
        assert erasing.finish_due() == 0
    alice.refresh_from_db()
    assert alice.is_active and alice.leaves_at is None and alice.email == "alice@example.com"
    assert ask(alice, password), "and may be asked for anew"


def test_a_mail_server_that_is_away_holds_nothing_up(
    alice: Any, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_about: Any) -> None:
        raise ConnectionRefusedError

    row = ask(alice, password)
    with monkeypatch.context() as outage:
        outage.setattr(leaving_mails, "send_mail", away)
        with after(days=15):
            assert erasing.finish_due() == 1
        row.refresh_from_db()
        assert row.farewell_to == "alice@example.com"
        with after(days=19):
            erasing.finish_due()
        row.refresh_from_db()
        assert row.farewell_to == "", "the address is not kept for a mail that never goes"
    assert mails() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_at_once_one_sends_the_mail(
    alice: Any, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one comes while the first waits for the mail server."""
    ask(alice, password)
    send = leaving_mails.send_mail

    def slow(*about: Any) -> None:
        with monkeypatch.context() as inner:
            inner.setattr(leaving_mails, "send_mail", send)
            thread = threading.Thread(target=sweep)
            thread.start()
            thread.join()
        send(*about)

    def sweep() -> None:
        try:
            erasing.finish_due()
        finally:
            connection.close()

    monkeypatch.setattr(leaving_mails, "send_mail", slow)
    erasing.finish_due()
    assert mails() == ["Cryptobot: your account will be deleted"]
