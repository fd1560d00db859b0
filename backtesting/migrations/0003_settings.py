from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backtesting", "0002_curve_storage")]

    operations = [
        migrations.AddField(
            model_name="backtest",
            name="settings",
            field=models.JSONField(blank=True, default=dict),
        )
    ]
