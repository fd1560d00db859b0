from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0015_stop_and_target_in_one")]

    operations = [
        migrations.RemoveField(model_name="accountholdings", name="told_at"),
        *(
            migrations.AddField(
                model_name="accountholdings",
                name=f"{kind}_told_at",
                field=models.DateTimeField(blank=True, null=True),
            )
            for kind in ("balances", "positions", "orders")
        ),
    ]
