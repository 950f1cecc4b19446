"""Parquet in the schema of MInDS-14, with the feature types as Hugging Face datasets writes them."""

import json
import struct

import pyarrow as pa
import pyarrow.parquet as pq

from telephone import RATE

INTENTS = (
    "abroad address app_error atm_limit balance business_loan card_issues cash_deposit direct_debit freeze "
    "high_value_payment joint_account latest_transactions pay_bill"
).split()
LANGUAGES = "cs-CZ de-DE en-AU en-GB en-US es-ES fr-FR it-IT ko-KR nl-NL pl-PL pt-PT ru-RU zh-CN".split()

_STRING = {"dtype": "string", "_type": "Value"}
_FEATURES = {
    "path": _STRING,
    "audio": {"sampling_rate": RATE, "_type": "Audio"},
    "transcription": _STRING,
    "english_transcription": _STRING,
    "intent_class": {"names": INTENTS, "_type": "ClassLabel"},
    "lang_id": {"names": LANGUAGES, "_type": "ClassLabel"},
    "speaker": _STRING,
}
_SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("transcription", pa.string()),
        ("english_transcription", pa.string()),
        ("intent_class", pa.int64()),
        ("lang_id", pa.int64()),
        ("speaker", pa.string()),
    ],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)


def mulaw_wav(codes):
    """A WAV file of 8-bit mu-law samples at 8 kHz: RIFF header, fmt (format 7), fact, data."""
    data = codes.tobytes()
    padding = b"\0" * (len(data) % 2)
    chunks = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8, 0)
    chunks += struct.pack("<4sII", b"fact", 4, len(data))
    chunks += struct.pack("<4sI", b"data", len(data)) + data + padding
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks


def write_split(path, rows):
    """rows: dicts of the columns of the schema. Small row groups, so that a reader need not hold the whole."""
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    pq.write_table(table, path, row_group_size=64, compression="gzip", write_statistics=False, store_schema=True)
