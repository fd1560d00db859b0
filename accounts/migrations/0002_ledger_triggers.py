"""The database defends the money: balances follow from entries alone, history is never edited.

Every function names its search path with pg_temp last, so that a temporary table cannot stand in
for a ledger table. Every trigger is ENABLE ALWAYS: session_replication_role does not switch it off.
"""

from django.db import migrations

HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# An entry moves its account's balance and takes its place in the account's chain. The entry before
# it must agree with the balance found: a balance that was changed by other means stops here.
APPLY = f"""
CREATE FUNCTION ledger_entry_apply() RETURNS trigger {HEAD} $$
DECLARE
    transfer_legs smallint;
    balance_before numeric;
BEGIN
    SELECT legs INTO transfer_legs FROM accounts_transfer WHERE id = NEW.transfer_id;
    IF transfer_legs IS NULL OR NEW.leg > transfer_legs THEN
        RAISE EXCEPTION 'ledger: transfer % has no leg %', NEW.transfer_id, NEW.leg
            USING ERRCODE = 'check_violation';
    END IF;
    UPDATE accounts_ledgeraccount
       SET balance = balance + NEW.amount, entry_count = entry_count + 1
     WHERE id = NEW.account_id
    RETURNING balance, entry_count INTO NEW.balance_after, NEW.number;
    SELECT balance_after INTO balance_before FROM accounts_entry
     WHERE account_id = NEW.account_id AND number = NEW.number - 1;
    IF NOT FOUND AND NEW.number = 1 THEN
        balance_before := 0;
    END IF;
    IF balance_before + NEW.amount IS DISTINCT FROM NEW.balance_after THEN
        RAISE EXCEPTION 'ledger: balance of account % is not the sum of its entries',
            NEW.account_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_apply BEFORE INSERT ON accounts_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_apply();
ALTER TABLE accounts_entry ENABLE ALWAYS TRIGGER ledger_entry_apply;
"""

# At commit: as many legs as announced, and per asset they sum to zero. Legs are numbered and
# unique, so a complete transfer can never be given another one.
BALANCED = f"""
CREATE FUNCTION ledger_transfer_balanced() RETURNS trigger {HEAD} $$
DECLARE
    found_legs bigint;
    uneven text;
BEGIN
    SELECT sum(count)::bigint, string_agg(asset, ', ') FILTER (WHERE total <> 0)
      INTO found_legs, uneven
      FROM (SELECT account.asset, count(*) AS count, sum(entry.amount) AS total
              FROM accounts_entry entry
              JOIN accounts_ledgeraccount account ON account.id = entry.account_id
             WHERE entry.transfer_id = NEW.id
             GROUP BY account.asset) per_asset;
    IF found_legs IS DISTINCT FROM NEW.legs::bigint THEN
        RAISE EXCEPTION 'ledger: transfer % has % legs, not %',
            NEW.id, coalesce(found_legs, 0), NEW.legs USING ERRCODE = 'check_violation';
    ELSIF uneven IS NOT NULL THEN
        RAISE EXCEPTION 'ledger: transfer % does not balance in %', NEW.id, uneven
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_balanced AFTER INSERT ON accounts_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_balanced();
ALTER TABLE accounts_transfer ENABLE ALWAYS TRIGGER ledger_transfer_balanced;
"""

# At commit: the cached balance is the balance after the account's last entry.
CACHED = f"""
CREATE FUNCTION ledger_account_balance_true() RETURNS trigger {HEAD} $$
DECLARE
    account record;
    balance_last numeric;
BEGIN
    SELECT balance, entry_count INTO account FROM accounts_ledgeraccount WHERE id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;  -- made and deleted in one transaction
    END IF;
    SELECT balance_after INTO balance_last FROM accounts_entry
     WHERE account_id = NEW.id AND number = account.entry_count;
    IF NOT FOUND AND account.entry_count = 0
       AND NOT EXISTS (SELECT FROM accounts_entry WHERE account_id = NEW.id) THEN
        balance_last := 0;
    END IF;
    IF account.balance IS DISTINCT FROM balance_last THEN
        RAISE EXCEPTION 'ledger: balance of account % is not the sum of its entries', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_account_balance_true
    AFTER INSERT OR UPDATE OF balance, entry_count ON accounts_ledgeraccount
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_account_balance_true();
ALTER TABLE accounts_ledgeraccount ENABLE ALWAYS TRIGGER ledger_account_balance_true;
"""

REFUSE = f"""
CREATE FUNCTION ledger_refuse() RETURNS trigger {HEAD} $$
BEGIN
    RAISE EXCEPTION 'ledger: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_entry_is_final BEFORE UPDATE OR DELETE ON accounts_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_transfer_is_final BEFORE UPDATE OR DELETE ON accounts_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_account_is_who_it_is BEFORE UPDATE ON accounts_ledgeraccount
    FOR EACH ROW WHEN ((OLD.id, OLD.owner_id, OLD.kind, OLD.asset, OLD.reference,
                        OLD.may_go_negative)
        IS DISTINCT FROM (NEW.id, NEW.owner_id, NEW.kind, NEW.asset, NEW.reference,
                          NEW.may_go_negative))
    EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON accounts_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_transfer_no_truncate BEFORE TRUNCATE ON accounts_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON accounts_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE accounts_entry ENABLE ALWAYS TRIGGER ledger_entry_is_final;
ALTER TABLE accounts_entry ENABLE ALWAYS TRIGGER ledger_entry_no_truncate;
ALTER TABLE accounts_transfer ENABLE ALWAYS TRIGGER ledger_transfer_is_final;
ALTER TABLE accounts_transfer ENABLE ALWAYS TRIGGER ledger_transfer_no_truncate;
ALTER TABLE accounts_ledgeraccount ENABLE ALWAYS TRIGGER ledger_account_is_who_it_is;
ALTER TABLE accounts_ledgeraccount ENABLE ALWAYS TRIGGER ledger_account_no_truncate;
"""

DROP = "".join(
    f"DROP FUNCTION {name}() CASCADE;"
    for name in (
        "ledger_entry_apply",
        "ledger_transfer_balanced",
        "ledger_account_balance_true",
        "ledger_refuse",
    )
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(APPLY + BALANCED + CACHED + REFUSE, DROP)]
