"""Float columns hardly compress: let the database keep them as they are, and read them fast."""

from django.db import migrations


def set_storage(kind):
    return f"ALTER TABLE exchanges_candlechunk ALTER COLUMN columns SET STORAGE {kind}"


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0001_initial")]

    operations = [migrations.RunSQL(set_storage("EXTERNAL"), set_storage("EXTENDED"))]
