"""Who invited whom is set once and makes a tree: the database itself refuses anything else."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The lock makes two people who name each other at the same moment wait for one another: the second
# then sees the first. `volatile` (the default): each query sees what was committed before it.
GUARD = """
CREATE FUNCTION referred_by_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.referred_by_id IS NOT DISTINCT FROM OLD.referred_by_id THEN
            RETURN NEW;
        ELSIF OLD.referred_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'referral: who invited user % is set already', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'user_referred_once';
        END IF;
    END IF;
    IF NEW.referred_by_id IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('accounts.referred_by'));
    IF EXISTS (
        WITH RECURSIVE above(id) AS (
            SELECT NEW.referred_by_id
            UNION
            SELECT person.referred_by_id FROM accounts_user person JOIN above USING (id)
             WHERE person.referred_by_id IS NOT NULL
        )
        SELECT 1 FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'referral: user % would have invited itself', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_referred_without_circle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER referred_by_guard BEFORE INSERT OR UPDATE OF referred_by_id ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION referred_by_guard();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER referred_by_guard;
"""
UNGUARD = """
DROP TRIGGER referred_by_guard ON accounts_user;
DROP FUNCTION referred_by_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_system_settings")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="referred_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="referrals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
