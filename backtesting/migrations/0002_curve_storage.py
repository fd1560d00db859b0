"""Curves are packed already: let the database not try to compress them once more."""

from django.db import migrations

COLUMNS = ("open_time_ms", "equity", "exposure", "buy_and_hold")


def set_storage(kind):
    table = "backtesting_backtestcurves"
    changes = ", ".join(f"ALTER COLUMN {column} SET STORAGE {kind}" for column in COLUMNS)
    return f"ALTER TABLE {table} {changes}"


class Migration(migrations.Migration):
    dependencies = [("backtesting", "0001_initial")]

    operations = [migrations.RunSQL(set_storage("EXTERNAL"), set_storage("EXTENDED"))]
