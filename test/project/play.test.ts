import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clipOfRow } from '../../src/project/play/clip-of-row.js';
import { type Player, playersOf, playFile } from '../../src/project/play/players.js';
import type { Artifact } from '../../src/stage/artifact.js';
import { clipDataset } from '../support/clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { evaluationFile } from '../support/reported-run.js';
import { tempFolder } from '../support/temp-folder.js';

const NEVER = new AbortController().signal;
const node = (code: string, ...args: string[]): Player => ({
  command: process.execPath,
  args: ['-e', code, ...args],
});

test('a path is one argument, whatever is in it, and never code', () => {
  const file = `/tmp/it's $(x) "y";/clip.wav`;
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    for (const { args, env } of playersOf(platform, file)) {
      const isArgument = args.at(-1) === file && args.filter((arg) => arg.includes('clip.wav')).length === 1;
      assert.ok(isArgument || (env?.ETUDE_CLIP === file && !args.some((arg) => arg.includes('clip.wav'))));
    }
});

test('the first program that can plays the file', async () => {
  const file = join(tempFolder('play'), 'clip.wav');
  const missing = { command: 'etude-no-such-player', args: [] };
  const broken = node("console.error('no device'); process.exit(3)");
  const silent = { ...node("console.error('audio open failed')"), failure: /audio open failed/ };
  const works = node("require('node:fs').writeFileSync(process.argv[1], 'played')", file);
  assert.equal(await playFile([missing, broken, silent, works], NEVER), process.execPath);
  assert.ok(existsSync(file));
  await assert.rejects(playFile([missing, broken, silent], NEVER), (error: Error & { got?: string }) => {
    assert.match(error.message, /could not be played/);
    assert.match(String(error.got), /no device.*audio open failed/);
    return true;
  });
  await assert.rejects(playFile([missing], NEVER), /no program to play it is installed/);
});

test('an interruption ends the program', async () => {
  const abort = new AbortController();
  const started = join(tempFolder('play'), 'started');
  const waits = node(
    "require('node:fs').writeFileSync(process.argv[1], ''); setInterval(() => {}, 1e6)",
    started,
  );
  const playing = playFile([waits], abort.signal);
  while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 10));
  abort.abort();
  await assert.rejects(playing, { name: 'AbortError' });
});

test('a row of a dataset, and of an evaluation of its features, is the clip in the data', async () => {
  const objects = new MemoryObjects();
  const audio = await clipDataset(objects, [[0, 1, 2, 3]], { train: [0, 1], test: [2, 3] });
  const { audio: _, ...features } = audio.features;
  const bare = { ...audio, features };
  const text = evaluationFile(
    ['low', 'high'],
    [
      { truth: 0, guess: 0 },
      { truth: 1, guess: 0 },
    ],
  );
  const report: Artifact = {
    kind: 'report',
    metrics: {},
    files: { 'test.json': await objects.put(Buffer.from(text)) },
  };
  const artifacts = new Map<string, Artifact>([
    ['clips', audio],
    ['bare', bare],
    ['scores', report],
  ]);
  const stages = [
    { id: 'clips', from: {}, type: {} },
    { id: 'bare', from: { dataset: 'clips' }, type: { keepsRows: true } },
    { id: 'scores', from: { dataset: 'bare' }, type: {} },
  ] as never[];
  const clip = (id: string, row: number, split?: string) => {
    const stage = stages.find((each: { id: string }) => each.id === id)!;
    return clipOfRow(
      { artifact: artifacts.get(id)!, objects, origin: { stage, stages, artifacts } },
      row,
      split,
    );
  };
  for (const id of ['clips', 'bare', 'scores']) {
    const { path, split, wav, samples } = await clip(id, 1, 'test');
    assert.deepEqual([path, split], ['clips/3.wav', 'test']);
    assert.equal(wav.length, 44 + 2 * samples.length);
  }
  assert.equal((await clip('clips', 0)).split, 'train');
  await assert.rejects(clip('scores', 0, 'train'), /no clips of a split 'train'/);
  await assert.rejects(clip('clips', 2), /has no row 2/);
  artifacts.delete('clips');
  await assert.rejects(clip('scores', 0), /no clips can be found/);
});
