import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AudioSamples } from '../../../src/learning/data/column.js';
import { factsOf } from '../../../src/learning/report/data/clip-facts.js';
import { makeReport } from '../../../src/learning/report/make-report.js';
import type { ReportedRun } from '../../../src/learning/report/section.js';
import { clipBytes, clipDataset } from '../../support/clips.js';
import { MemoryChunkResults, MemoryObjects } from '../../support/memory-objects.js';
import { reportedRun } from '../../support/reported-run.js';
import { contextOf } from '../../support/stage.js';
import { pcm16 } from '../../support/wav-file.js';

const RATE = 8000;
const sine = (seconds: number, level: number) =>
  Float32Array.from({ length: seconds * RATE }, (_, i) =>
    Math.max(-0.99995, Math.min(0.99995, level * Math.sin(i * 0.3))),
  );

/** Clips of all kinds: 3 is clipped, 5 silent, 6 missing, 7 broken, 8 the same as 0, 9 mostly silence. */
function bytesOf(number: number): Uint8Array | null {
  if (number === 3) return pcm16(sine(0.5, 3), RATE);
  if (number === 5) return pcm16(new Float32Array(RATE), RATE);
  if (number === 6) return null;
  if (number === 7) return Uint8Array.of(1, 2, 3);
  if (number === 9) return pcm16(Float32Array.of(...sine(0.25, 0.5), ...new Float32Array(RATE)), RATE);
  return number === 8 ? bytesOf(0) : pcm16(sine(0.25 + number / 20, 0.5), RATE);
}

async function dataRun(): Promise<ReportedRun & { objects: MemoryObjects }> {
  const objects = new MemoryObjects();
  const splits = { train: [0, 1, 2, 3, 4, 5, 6], test: [7, 8, 9] };
  const artifact = await clipDataset(
    objects,
    [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ],
    splits,
    bytesOf,
  );
  const empty = { ...(await reportedRun([])), evaluations: [], models: [] };
  return { ...empty, objects, datasets: [{ stage: 'clips', artifact }] };
}

/** The cells of a table, row by row. */
function cells(page: string, caption: string): string[][] {
  const [, body] = new RegExp(`<caption>${caption}</caption>.*?<tbody>(.*?)</tbody>`, 's').exec(page)!;
  return body!
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      row
        .split(/<\/t[hd]>/)
        .slice(0, -1)
        .map((cell) => cell.replaceAll(/<[^>]*>|\n/g, '')),
    );
}

test('data is shown before any training: splits, classes, faults, duplicates', async () => {
  const page = await makeReport([await dataRun()], { title: 'clips' });
  assert.deepEqual(
    [...page.matchAll(/<h3[^>]*>(.*?)</g)].map(([, title]) => title),
    ['Data'],
  );
  const [train, heldOut] = cells(page, 'Splits');
  assert.deepEqual(train, ['train', '7', '2.9 s', '0.4 s 0.3 s–1.0 s', '−9.0 dB', '8 kHz']);
  assert.deepEqual(heldOut!.slice(0, 2), ['test', '3']);
  assert.deepEqual(cells(page, 'Rows by class'), [
    ['low', '4', '1', '5'],
    ['high', '3', '2', '5'],
  ]);
  const faults = cells(page, 'Clips that may be faulty').map(([title, ...rest]) => [
    title!.split(':')[0],
    ...rest,
  ]);
  assert.deepEqual(faults, [
    ['clipped', '1', '0', 'clips/3.wav (row 3)'],
    ['silent', '1', '0', 'clips/5.wav (row 5)'],
    ['mostly silence', '0', '1', 'clips/9.wav (row 2)'],
    ['broken', '1', '1', 'clips/6.wav (row 6), clips/7.wav (row 0)'],
  ]);
  assert.deepEqual(cells(page, 'Clips with the same content'), [['test, also in train', '1', '0', '1 = 0']]);
  const durations = cells(page, 'Durations: clips').map(([, , ...clips]) => clips.map(Number));
  assert.equal(
    durations.flat().reduce((sum, clips) => sum + clips),
    8,
  );
  assert.match(page, /A few clips of each class.*low.*row 0 of.*train.*<audio/s);
  assert.doesNotMatch(page, /NaN|Infinity|undefined/);
});

test('what was measured is kept, and no clip is read for it again', async () => {
  const run = await dataRun();
  const chunks = new MemoryChunkResults();
  const measuring = { ...contextOf({}), chunks };
  const page = await makeReport([{ ...run, measuring }], { title: 'clips', audio: 'none' });
  assert.equal(chunks.stored.size, 2);
  const audio = run.datasets[0]!.artifact.chunks.map(({ columns }) => columns.audio!.digest);
  const read = run.objects.read.bind(run.objects);
  const again: string[] = [];
  run.objects.read = (ref) => {
    again.push(ref.digest);
    return read(ref);
  };
  const named = await makeReport([{ ...run, measuring }], { title: 'clips', audio: 'none' });
  assert.equal(named, page);
  // Only for the names of those that may be faulty.
  assert.deepEqual(new Set(again.filter((digest) => audio.includes(digest))).size, 2);
  assert.equal(again.filter((digest) => audio.includes(digest)).length, 2);
});

test('data without audio, without classes, and without rows', async () => {
  const run = await dataRun();
  const { artifact } = run.datasets[0]!;
  const { audio: _, ...withoutAudio } = artifact.features;
  const { label: __, ...withoutLabel } = artifact.features;
  const none = { num_rows: 0, ranges: [] };
  for (const changed of [
    { ...artifact, features: withoutAudio },
    { ...artifact, features: withoutLabel },
    { ...artifact, chunks: [], splits: { train: none } },
  ]) {
    const page = await makeReport([{ ...run, datasets: [{ stage: 'clips', artifact: changed }] }], {
      title: 'x',
    });
    assert.match(page, /<caption>Splits/);
    assert.doesNotMatch(page, /NaN|Infinity|undefined/);
  }
});

test('a clip is measured by its samples', async () => {
  const feature = { _type: 'Audio', storage: 'samples', sampling_rate: 1000 } as const;
  const array = new Float32Array(100).fill(0.5, 0, 40).fill(-1, 40, 44);
  const facts = await factsOf({ array, path: null }, feature);
  assert.ok(facts !== false);
  const { digest, rms, ...rest } = facts;
  // The last 40 ms are below −60 dB: two of five parts.
  assert.deepEqual(rest, { duration: 0.1, rate: 1000, peak: 1, clipped: 4, quiet: 0.4 });
  assert.ok(Math.abs(rms - Math.sqrt((40 * 0.25 + 4) / 100)) < 1e-9);
  const bytes = clipBytes(1);
  const [one, other] = [
    await factsOf({ bytes, path: 'a' }, feature),
    await factsOf({ bytes, path: 'b' }, feature),
  ];
  assert.deepEqual(one, other);
  assert.notEqual((one as typeof facts).digest, digest);
});

test('a clip that was skipped, of which only the name is left, has no facts', async () => {
  const skipped = { array: null, path: 'broken.wav' } as unknown as AudioSamples;
  assert.equal(await factsOf(skipped, { _type: 'Audio', sampling_rate: 16000, storage: 'samples' }), false);
});
