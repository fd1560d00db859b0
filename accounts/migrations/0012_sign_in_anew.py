"""Everybody signs in anew: sign-ins are listed from now on, and tokens are made otherwise.

The former blacklist kept refresh tokens in clear; it goes. Whoever has a channel hears of what
concerns their account.
"""

from django.db import migrations

FORWARD = """
DELETE FROM django_session;
DROP TABLE IF EXISTS token_blacklist_blacklistedtoken, token_blacklist_outstandingtoken;
DELETE FROM django_migrations WHERE app = 'token_blacklist';
UPDATE accounts_notificationchannel SET kinds = array_append(kinds, 'security')
 WHERE NOT 'security' = ANY (kinds);
"""
BACK = """
UPDATE accounts_notificationchannel SET kinds = array_remove(kinds, 'security');
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_sign_ins"), ("sessions", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
