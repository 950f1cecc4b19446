import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

interface Row {
  path: string;
  audio: { bytes: Uint8Array; path: string };
  transcription: string;
  english_transcription: string;
  intent_class: bigint;
  lang_id: bigint;
  speaker: string;
}

interface Split {
  bytes: number;
  features: Record<string, { _type: string; names?: string[]; sampling_rate?: number; dtype?: string }>;
  rows: Row[];
}

const INTENTS =
  'abroad address app_error atm_limit balance business_loan card_issues cash_deposit direct_debit freeze high_value_payment joint_account latest_transactions pay_bill';
const COLUMNS = 'path audio transcription english_transcription intent_class lang_id speaker';
const COUNTS = { train: 840, unseen_voices: 140, unseen_phrasings: 140 };
type Name = keyof typeof COUNTS;
const NAMES = Object.keys(COUNTS) as Name[];
const splits = {} as Record<Name, Split>;

async function readSplit(name: Name): Promise<Split> {
  const path = fileURLToPath(new URL(`../../samples/data/${name}.parquet`, import.meta.url));
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const stored = metadata.key_value_metadata?.find((entry) => entry.key === 'huggingface')?.value;
  assert.ok(stored, `${name} has no 'huggingface' metadata`);
  const rows = (await parquetReadObjects({ file, metadata, compressors, utf8: false })) as unknown as Row[];
  return { bytes: statSync(path).size, features: JSON.parse(stored).info.features, rows };
}

/** Distinct values of one column. */
function distinct(name: Name, column: 'transcription' | 'speaker'): Set<string> {
  return new Set(splits[name].rows.map((row) => row[column]));
}

function countBy<T>(values: T[]): number[] {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

/** A speaker without its vocal tract length, accent and synthesizer: `espeak-en-us+f3` -> `f3`. */
function identity(speaker: string): string {
  const [, name = ''] = speaker.split('*')[0]!.match(/^[a-z]+-(.*)$/) ?? [];
  return name.includes('+') ? name.slice(name.indexOf('+') + 1) : name;
}

describe('the sample dataset', () => {
  before(async () => {
    for (const name of NAMES) splits[name] = await readSplit(name);
  });

  it("has the columns and feature types of MInDS-14, and the voice's name", () => {
    for (const name of NAMES) {
      const { features, rows } = splits[name];
      assert.deepEqual(Object.keys(features), COLUMNS.split(' '));
      assert.deepEqual(Object.keys(rows[0]!), COLUMNS.split(' '));
      assert.deepEqual(features.audio, { sampling_rate: 8000, _type: 'Audio' });
      assert.deepEqual(features.intent_class?.names, INTENTS.split(' '));
      assert.equal(features.lang_id?.names?.length, 14);
      for (const column of ['path', 'transcription', 'english_transcription', 'speaker']) {
        assert.deepEqual(features[column], { dtype: 'string', _type: 'Value' });
      }
    }
  });

  it('has the documented number of clips, the same for every intent, within 17 MB', () => {
    for (const name of NAMES) {
      const { rows } = splits[name];
      assert.equal(rows.length, COUNTS[name]);
      assert.deepEqual(new Set(countBy(rows.map((row) => row.intent_class))), new Set([COUNTS[name] / 14]));
    }
    assert.ok(NAMES.reduce((sum, name) => sum + splits[name].bytes, 0) < 17e6);
  });

  it('contains 8 kHz mono mu-law WAV files of at most 3.2 s whose sizes agree with their headers', () => {
    for (const { audio, path } of NAMES.flatMap((name) => splits[name].rows)) {
      const wav = Buffer.from(audio.bytes.buffer, audio.bytes.byteOffset, audio.bytes.byteLength);
      assert.equal(wav.toString('latin1', 0, 16), `RIFF${wav.toString('latin1', 4, 8)}WAVEfmt `, path);
      assert.equal(wav.readUInt32LE(4), wav.length - 8, path);
      assert.deepEqual(
        [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)],
        [7, 1, 8000],
        path,
      );
      assert.equal(wav.toString('latin1', 50, 54), 'data', path);
      const seconds = wav.readUInt32LE(54) / 8000;
      assert.ok(seconds > 1 && seconds <= 3.21, `${path}: ${seconds} s`);
    }
  });

  it('has no phrasing twice with the same voice', () => {
    const all = NAMES.flatMap((name) => splits[name].rows);
    assert.equal(new Set(all.map((row) => `${row.speaker} ${row.transcription}`)).size, all.length);
  });

  it('has at least 12 phrasings per intent for training and 3 held out', () => {
    for (const [name, least] of [
      ['train', 12],
      ['unseen_phrasings', 3],
    ] as const) {
      const pairs = new Set(splits[name].rows.map((row) => `${row.intent_class} ${row.transcription}`));
      const counts = countBy([...pairs].map((pair) => pair.split(' ')[0]));
      assert.ok(counts.length === 14 && Math.min(...counts) >= least, `${name}: ${counts}`);
    }
  });

  it('keeps unseen phrasings out of training, but spoken by training voices', () => {
    const heard = distinct('train', 'transcription');
    assert.deepEqual(
      [...distinct('unseen_phrasings', 'transcription')].filter((text) => heard.has(text)),
      [],
    );
    const voices = distinct('train', 'speaker');
    assert.deepEqual(
      [...distinct('unseen_phrasings', 'speaker')].filter((voice) => !voices.has(voice)),
      [],
    );
  });

  it('keeps unseen voices out of training in every accent, but with training phrasings', () => {
    const heard = new Set([...distinct('train', 'speaker')].map(identity));
    const unseen = [...distinct('unseen_voices', 'speaker')];
    assert.deepEqual(
      unseen.filter((voice) => heard.has(identity(voice))),
      [],
    );
    assert.deepEqual(
      new Set(unseen.map((voice) => voice.split('-')[0])),
      new Set(['espeak', 'flite', 'festival']),
    );
    const texts = distinct('train', 'transcription');
    assert.deepEqual(
      [...distinct('unseen_voices', 'transcription')].filter((text) => !texts.has(text)),
      [],
    );
  });
});
