"""Importing files: all or nothing per file, every format, real data, honest exit codes."""

import gzip
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import CandleSeries, Market
from exchanges.selectors import candles as selector
from exchanges.services import candle_import
from foundation.lib import clock
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "candles"
OVERLAPS = "BTCUSDT-1h-2023-01.zip"
T0 = 1_672_531_200_000
WHERE = {"venue": "binance", "symbol": "BTC/USDT", "timeframe": "1m"}


def csv_bytes(*minutes, close=11.5):
    lines = [f"{T0 + i * 60_000},10.5,12.5,9.25,{close},3" for i in minutes]
    return ("timestamp_ms,open,high,low,close,volume\n" + "\n".join(lines) + "\n").encode()


def zipped(data, *names, method=zipfile.ZIP_DEFLATED):
    """Always the same bytes: they name tests, which every worker must call alike."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def damaged_lzma():
    """A zip whose one member is packed by LZMA, three of its packed bytes turned over."""
    data = bytearray(zipped(csv_bytes(*range(9)), "a.csv", method=zipfile.ZIP_LZMA))
    for at in (50, 55, 60):
        data[at] ^= 0xFF
    return bytes(data)


def run(capsys, *arguments):
    """(exit code, stdout, stderr) of import_candles."""
    try:
        call_command("import_candles", *map(str, arguments))
        code = 0
    except SystemExit as left:
        code = left.code
    return code, *capsys.readouterr()


def options(**changed):
    return [part for name, value in (WHERE | changed).items() for part in (f"--{name}", value)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", csv_bytes(0, 1, 2)),
        ("A.CSV", csv_bytes(0, 1, 2)),
        ("a.csv.gz", gzip.compress(csv_bytes(0, 1, 2), mtime=0)),
        ("a.zip", zipped(csv_bytes(0, 1, 2), "BTCUSDT-1m-2023-01.csv")),
    ],
)
def test_packed_or_not_the_candles_are_the_same(tmp_path, capsys, name, data):
    (tmp_path / name).write_bytes(data)
    code, out, err = run(capsys, tmp_path / name, *options())
    assert (code, err) == (0, "")
    assert out == f"{name}: 3 rows read, 3 stored, 0 skipped, no gaps\n"
    code, out, _ = run(capsys, tmp_path / name, *options())
    assert out == f"{name}: 3 rows read, 0 stored, 3 skipped, no gaps\n"
    assert len(selector.load("binance", "BTC/USDT", "1m")) == 3


def test_gaps_are_told(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes(csv_bytes(0, 1, 5, 6, 8))
    _, out, _ = run(capsys, tmp_path / "a.csv", *options())
    assert "2 gaps (4 candles missing)" in out
    assert "  2023-01-01 00:02 to 2023-01-01 00:05: 3" in out


def test_a_bad_file_stores_nothing_and_the_good_one_before_it_stays(tmp_path, capsys):
    (tmp_path / "good.csv").write_bytes(csv_bytes(0, 1))
    (tmp_path / "bad.csv").write_bytes(csv_bytes(2, 3) + b"junk\n")
    code, out, err = run(capsys, tmp_path / "good.csv", tmp_path / "bad.csv", *options())
    assert code == 2 and out.startswith("good.csv: 2 rows read")
    assert err == "bad.csv: 1 fault: line 4: has 1 columns, not 6\n"
    assert len(selector.load("binance", "BTC/USDT", "1m")) == 2


def test_other_values_than_stored_are_refused_with_their_line(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes(csv_bytes(0, 1))
    (tmp_path / "b.csv").write_bytes(csv_bytes(1, 2, close=12.0))
    run(capsys, tmp_path / "a.csv", *options())
    code, _, err = run(capsys, tmp_path / "b.csv", *options())
    assert code == 2 and err.count("\n") == 1
    assert "line 2: candle 1672531260000 is stored with" in err
    assert "close 11.5" in err and "close 12.0" in err
    assert len(selector.load("binance", "BTC/USDT", "1m")) == 2


#  arguments that change            words on stderr
BAD_OPTIONS = [
    ({"venue": "../etc"}, "venue must be a venue key"),
    ({"symbol": "../../etc/passwd"}, "symbol must be a symbol like BTC/USDT"),
    ({"symbol": "BTC/USDT\x00"}, "symbol must be"),
    ({"timeframe": "7m"}, "timeframe must be one of 1m, 3m"),
]


@pytest.mark.parametrize(("changed", "words"), BAD_OPTIONS)
def test_bad_options_exit_with_2_and_one_line(tmp_path, capsys, changed, words):
    (tmp_path / "a.csv").write_bytes(csv_bytes(0))
    code, out, err = run(capsys, tmp_path / "a.csv", *options(**changed))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert not Market.objects.exists()


#  name         bytes                                      words
BAD_FILES = [
    ("a.csv.gz", b"not gzip", "not a readable gzip file"),
    ("a.csv.gz", gzip.compress(csv_bytes(0, 1), mtime=0)[:-12], "not a readable gzip file"),
    ("a.zip", b"not a zip", "not a readable zip file"),
    ("a.zip", zipped(csv_bytes(0), "a.csv", "b.csv"), "exactly one .csv"),
    ("a.zip", zipped(csv_bytes(0), "../../evil.sh"), "exactly one .csv"),
    ("a.xlsx", b"x", "the name must end in"),
    ("a.csv", b"timestamp_ms,open,high,low,close,volume\n", "no candles in the file"),
    ("a.zip", damaged_lzma(), "not a readable zip file"),
    ("a.feather", b"ARROW1 no", "not a readable feather file"),
    ("a.parquet", b"PAR1 no", "not a readable parquet file"),
]


@pytest.mark.parametrize(("name", "data", "words"), BAD_FILES)
def test_unreadable_files_are_refused(tmp_path, capsys, name, data, words):
    (tmp_path / name).write_bytes(data)
    code, _, err = run(capsys, tmp_path / name, *options())
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not CandleSeries.objects.exists()


def test_a_missing_file_is_the_callers_fault(tmp_path, capsys):
    code, _, err = run(capsys, tmp_path / "none.csv", *options())
    assert code == 2 and "No such file" in err


@pytest.mark.parametrize("endless", ["/dev/zero", "pipe.csv"])
def test_what_may_have_no_end_is_not_read(tmp_path, capsys, endless):
    os.mkfifo(tmp_path / "pipe.csv")
    code, _, err = run(capsys, tmp_path / endless, *options())
    assert code == 2 and err.strip().endswith("not a file")


def test_a_candle_that_has_not_closed_is_refused_with_its_line(tmp_path, capsys):
    forming = (clock.now_ms() // 60_000 - T0 // 60_000) + 1
    (tmp_path / "a.csv").write_bytes(csv_bytes(0, forming))
    code, _, err = run(capsys, tmp_path / "a.csv", *options())
    assert code == 2 and "line 3: this candle has not closed yet" in err
    assert not CandleSeries.objects.exists()


def test_an_upload_may_unpack_to_less_than_a_file_on_disk(monkeypatch):
    monkeypatch.setattr(candle_import, "UPLOAD_UNPACKED_BYTES_MAX", 1000)
    data = gzip.compress(b"0" * 1001, mtime=0)
    with pytest.raises(BadInput, match="unpacks to more than"):
        candle_import.import_data(name="a.csv.gz", data=data, is_upload=True, **WHERE)


def test_a_file_that_unpacks_too_large_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(candle_import, "UNPACKED_BYTES_MAX", 1000)
    for name, data in (
        ("a.csv.gz", gzip.compress(b"0" * 10**7, mtime=0)),
        ("a.zip", zipped(b"0" * 10**7, "a.csv")),
    ):
        (tmp_path / name).write_bytes(data)
        code, _, err = run(capsys, tmp_path / name, *options())
        assert code == 2 and "unpacks to more than" in err


def test_the_checksum_beside_a_file_must_agree(tmp_path, capsys):
    data = zipped(csv_bytes(0), "a.csv")
    (tmp_path / "a.zip").write_bytes(data)
    beside = tmp_path / "a.zip.CHECKSUM"
    beside.write_text(f"{'0' * 64}  a.zip\n")
    code, _, err = run(capsys, tmp_path / "a.zip", *options())
    assert code == 2 and "does not match its .CHECKSUM" in err
    beside.write_text(f"{hashlib.sha256(data).hexdigest()}  a.zip\n")
    assert run(capsys, tmp_path / "a.zip", *options())[0] == 0


def test_uploads_take_text_formats_only():
    with pytest.raises(BadInput, match="can be uploaded"):
        candle_import.import_data(name="a.feather", data=b"", is_upload=True, **WHERE)


def real_files():
    return sorted(SHARED.rglob("*.gz")) + sorted(SHARED.rglob("*.zip")) if SHARED.is_dir() else []


def described(path):
    """(venue, symbol, timeframe) from the name of a real file."""
    if path.suffix == ".zip":
        symbol, timeframe = path.name.split("-")[:2]
        return "binance", f"{symbol.removesuffix('USDT')}/USDT", timeframe
    venue, rest = path.name.removesuffix(".csv.gz").replace("_spot", "").split("_", 1)
    pair, timeframe = rest.split("_")[:2]
    symbol = pair.replace("-SWAP", ":USDT").replace("-", "/", 1)
    return venue, symbol, timeframe


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared market data is not here")
def test_every_real_file_imports_once():
    for path in real_files():
        venue, symbol, timeframe = described(path)
        assert timeframe in TIMEFRAME_MS
        where = {"venue": venue, "symbol": symbol, "timeframe": timeframe}
        done = candle_import.import_file(path=path, **where)
        # The zip's hours are in the long hourly file too, to the last digit.
        assert done.read == (done.skipped if path.name == OVERLAPS else done.stored), path.name
        again = candle_import.import_file(path=path, **where)
        assert (again.stored, again.skipped) == (0, done.read), path.name
        assert len(selector.load(venue, symbol, timeframe)) >= done.read


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared market data is not here")
def test_gaps_of_real_files_are_those_that_are_known():
    known = {
        "binance_spot_BTC-USDT_1h_2017-2024.csv.gz": (28, 128),
        "binance_spot_BTC-USDT_1m_2023-03_2023-05.csv.gz": (1, 80),
        "binance_spot_XRP-ETH_1m_2019-10.csv.gz": (676, 1091),
        "coinbase_spot_BTC-USD_1d_2014-2018.csv.gz": (8, 34),
    }
    for name, expected in known.items():
        venue, symbol, timeframe = described(SHARED / name)
        done = candle_import.import_file(
            path=SHARED / name, venue=venue, symbol=symbol, timeframe=timeframe
        )
        assert (len(done.gaps), done.missing) == expected, name
