"""The audit log is only added to, and each row is bound to all before it when it is committed.

Numbering at commit, in a deferred trigger, keeps the lock on the end of the chain out of every
transaction's working time: whoever holds it waits for nothing that another act may hold.
"""

from django.db import migrations

HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

# What stands in the chain's columns is made here, whatever was inserted.
BARE = f"""
CREATE FUNCTION audit_bare() RETURNS trigger {HEAD} $$
BEGIN
    NEW.number := NULL;
    NEW.previous_hash := '';
    NEW.hash := '';
    RETURN NEW;
END $$;
CREATE TRIGGER audit_bare BEFORE INSERT ON accounts_auditlog
    FOR EACH ROW EXECUTE FUNCTION audit_bare();
ALTER TABLE accounts_auditlog ENABLE ALWAYS TRIGGER audit_bare;
"""

# At commit. The one row of the head serialises all writers until theirs is durable.
CHAIN = f"""
CREATE FUNCTION audit_chain() RETURNS trigger {HEAD} $$
DECLARE
    place bigint;
    before text;
    made text;
BEGIN
    INSERT INTO accounts_audithead (id, number, hash) VALUES (1, 1, '')
        ON CONFLICT (id) DO UPDATE SET number = accounts_audithead.number + 1
        RETURNING number, hash INTO place, before;
    made := encode(sha256(convert_to(before || '|' || place || '|' || NEW.body, 'UTF8')), 'hex');
    UPDATE accounts_auditlog SET number = place, previous_hash = before, hash = made
     WHERE id = NEW.id;
    UPDATE accounts_audithead SET hash = made WHERE id = 1;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON accounts_auditlog
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();
ALTER TABLE accounts_auditlog ENABLE ALWAYS TRIGGER audit_chain;
"""

# Only audit_chain, itself a trigger, changes anything: a row once, from no number to its number.
REFUSE = f"""
CREATE FUNCTION audit_refuse() RETURNS trigger {HEAD} $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        IF TG_TABLE_NAME = 'accounts_audithead' THEN
            RETURN NEW;
        ELSIF to_jsonb(OLD) ->> 'number' IS NULL AND
            to_jsonb(OLD) - 'number' - 'hash' - 'previous_hash' =
            to_jsonb(NEW) - 'number' - 'hash' - 'previous_hash' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit log: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_is_final BEFORE UPDATE OR DELETE ON accounts_auditlog
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON accounts_auditlog
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_is_final BEFORE UPDATE OR DELETE ON accounts_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON accounts_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE accounts_auditlog ENABLE ALWAYS TRIGGER audit_log_is_final;
ALTER TABLE accounts_auditlog ENABLE ALWAYS TRIGGER audit_log_no_truncate;
ALTER TABLE accounts_audithead ENABLE ALWAYS TRIGGER audit_head_is_final;
ALTER TABLE accounts_audithead ENABLE ALWAYS TRIGGER audit_head_no_truncate;
"""

DROP = "".join(
    f"DROP FUNCTION {name}() CASCADE;" for name in ("audit_bare", "audit_chain", "audit_refuse")
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_audit_log")]

    operations = [migrations.RunSQL(BARE + CHAIN + REFUSE, DROP)]
