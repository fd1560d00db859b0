from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Max


def begin_where_reading_stood(apps: Any, _editor: Any) -> None:
    """What was imported until now was asked for from the newest trade on."""
    trades = apps.get_model("exchanges", "AccountTrade").objects
    told = apps.get_model("exchanges", "TradesTold")
    newest = trades.order_by().values("credential_id", "symbol").annotate(until=Max("time_ms"))
    told.objects.bulk_create(
        [
            told(credential_id=one["credential_id"], symbol=one["symbol"], until_ms=one["until"])
            for one in newest
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0012_marks_of_fundings_may_be_unknown")]

    operations = [
        migrations.AddField(
            model_name="accountholdings",
            name="streams_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="accountholdings",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="accountorder",
            name="cancel_through_halt",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="TradesTold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("symbol", models.CharField(max_length=70)),
                ("until_ms", models.BigIntegerField()),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trades_told",
                        to="exchanges.exchangecredential",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "trades told",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credential", "symbol"), name="trades_told_once"
                    )
                ],
            },
        ),
        migrations.RunPython(begin_where_reading_stood, migrations.RunPython.noop, elidable=True),
    ]
