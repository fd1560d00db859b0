import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Market',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.CharField(max_length=32)),
                ('symbol', models.CharField(max_length=70)),
                ('base', models.CharField(max_length=20)),
                ('quote', models.CharField(max_length=20)),
                ('kind', models.CharField(choices=[('spot', 'Spot'), ('swap', 'Perpetual swap'), ('future', 'Future')], default='spot', max_length=8)),
                ('price_step', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('amount_step', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('amount_min', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('notional_min', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('fee_maker', models.DecimalField(decimal_places=18, default=Decimal('0.0002'), max_digits=38)),
                ('fee_taker', models.DecimalField(decimal_places=18, default=Decimal('0.0004'), max_digits=38)),
                ('is_active', models.BooleanField(default=True)),
                ('is_simulated', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['venue', 'symbol'],
                'constraints': [models.UniqueConstraint(fields=('venue', 'symbol'), name='market_unique_venue_symbol')],
            },
        ),
        migrations.CreateModel(
            name='CandleSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('timeframe', models.CharField(max_length=4)),
                ('first_open_ms', models.BigIntegerField(null=True)),
                ('last_open_ms', models.BigIntegerField(null=True)),
                ('candle_count', models.BigIntegerField(default=0)),
                ('market', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candle_series', to='exchanges.market')),
            ],
            options={
                'verbose_name_plural': 'candle series',
                'ordering': ['market', 'timeframe'],
            },
        ),
        migrations.CreateModel(
            name='CandleChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_ms', models.BigIntegerField()),
                ('candle_count', models.IntegerField()),
                ('columns', models.BinaryField()),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='exchanges.candleseries')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('series', 'start_ms'), name='candle_chunk_unique')],
            },
        ),
        migrations.CreateModel(
            name='Candle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('open_time_ms', models.BigIntegerField()),
                ('open', models.FloatField()),
                ('high', models.FloatField()),
                ('low', models.FloatField()),
                ('close', models.FloatField()),
                ('volume', models.FloatField()),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_candles', to='exchanges.candleseries')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('series', 'open_time_ms'), name='candle_unique')],
            },
        ),
        migrations.AddConstraint(
            model_name='candleseries',
            constraint=models.UniqueConstraint(fields=('market', 'timeframe'), name='candle_series_unique'),
        ),
        migrations.RunSQL(
            # Float columns hardly compress: leave them as they are and read them fast.
            "ALTER TABLE exchanges_candlechunk ALTER COLUMN columns SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
