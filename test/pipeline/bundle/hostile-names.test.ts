import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { admit } from '../../../src/pipeline/bundle/quarantine.js';
import { unbundle } from '../../../src/pipeline/bundle/unbundle.js';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry, FingerprintParts } from '../../../src/pipeline/cache/types.js';
import { formatLock, parseLock } from '../../../src/pipeline/lock/lock-file-io.js';
import { makeReceipt } from '../../../src/pipeline/lock/receipt.js';
import { judgeStages } from '../../../src/pipeline/lock/stage-verdicts.js';
import type { LockFile } from '../../../src/pipeline/lock/types.js';
import { readThrough } from '../../../src/pipeline/remote/read-through.js';
import { entryKey, objectKey } from '../../../src/pipeline/remote/types.js';
import type { Artifact, ObjectRef } from '../../../src/stage/artifact.js';
import { digestOfJson } from '../../../src/util/canonical-json.js';
import { EtudeError } from '../../../src/util/errors.js';
import { sha256 } from '../../../src/util/sha256.js';
import { archive, RECIPE, text } from '../../support/archive.js';
import { partsOf } from '../../support/cache.js';
import { FakeRemote } from '../../support/fake-remote.js';
import { tempFolder } from '../../support/temp-folder.js';

const root = tempFolder('hostile');

/** What surrounds the places that are written to, and must not change. */
const canaries = ['canary/keep.txt', 'canary/deep/er.txt', 'keep.yaml', 'x'];
for (const name of canaries) {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), `here before: ${name}`);
}

const NAMES = [
  '',
  '.',
  '..',
  '../x',
  '../../canary/keep.txt',
  join(root, 'canary', 'keep.txt'),
  'a/../../x',
  'a\u0000b',
  'a\nb',
  '\u001b]0;x\u0007',
  '\u202ex',
  'x'.repeat(300),
  'CON',
  'nul.txt',
  'com1',
  'C:\\x',
  '\\\\host\\share',
  'objects',
  'index',
  'quarantine',
  'known',
  'format',
  '.etude',
  '.git/hooks/post-checkout',
  '__proto__',
  'constructor',
  'toString',
  '%2e%2e%2fx',
  '-rf',
  '$(touch x)',
];

/** Every file below the root except in folders that are meant to be written to, with its digest. */
function outside(): string {
  const names = readdirSync(root, { recursive: true }) as string[];
  const files = names.filter((name) => !/^(project|cache|bundle)-\d+(\/|$)/.test(name));
  return files
    .sort()
    .map((name) =>
      statSync(join(root, name)).isFile() ? `${name} ${sha256(readFileSync(join(root, name)))}` : name,
    )
    .join('\n');
}
const before = outside();
let count = 0;

/** Runs something that must succeed or fail with an EtudeError, and change nothing outside its folders. */
async function harmless(
  what: string,
  work: (at: { dir: string; cacheDir: string; file: string }) => Promise<void>,
): Promise<'done' | 'refused'> {
  const number = count++;
  const at = {
    dir: join(root, `project-${number}`),
    cacheDir: join(root, `cache-${number}`),
    file: join(root, `bundle-${number}`),
  };
  let outcome: 'done' | 'refused' = 'done';
  try {
    await work(at);
  } catch (error) {
    assert.ok(error instanceof EtudeError, `${what}: ${(error as Error).stack}`);
    outcome = 'refused';
  }
  for (const path of Object.values(at)) rmSync(path, { recursive: true, force: true });
  assert.equal(outside(), before, what);
  assert.equal(({} as Record<string, unknown>).polluted, undefined, what);
  return outcome;
}

/** Everything in a cache has the name that the cache gives it. */
function assertOwnNames(dir: string): void {
  const names = readdirSync(dir, { recursive: true }) as string[];
  for (const name of names) {
    assert.match(
      name.replaceAll('\\', '/'),
      /^(CACHEDIR\.TAG|format|\.gitignore|known(\/\w+\.json)?|(tmp|locks|scratch|chunks|code)(\/.*)?|objects(\/[0-9a-f]{2}(\/[0-9a-f]{62})?)?|index(\/[A-Za-z0-9_-]{1,80}(\/[0-9a-f]{64}\.json)?)?|quarantine)$/,
    );
  }
}

test('no name of a member, recipe, module or package leads a bundle out of its folder', async () => {
  const outcomes = { done: 0, refused: 0 };
  for (const name of NAMES) {
    const named = text(`project/${name}`, 'x');
    const bundles: Record<string, () => Buffer> = {
      member: () => archive([RECIPE, named]),
      recipe: () => archive([named], { recipe: name }),
      'recipe that is not there': () => archive([RECIPE], { recipe: name }),
      module: () => archive([RECIPE, named], { modules: [name] }),
      package: () => archive([RECIPE], { packages: [name] }),
      pipeline: () => archive([RECIPE], { pipeline: name }),
      'member of the cache': () => archive([RECIPE, text(`cache/objects/${name}`, 'x')]),
      'member of the index': () => archive([RECIPE, text(`cache/index/${name}.json`, '{}')]),
    };
    for (const [place, make] of Object.entries(bundles)) {
      let bytes: Buffer;
      try {
        bytes = make();
      } catch {
        // A name that no archive can contain.
        continue;
      }
      const outcome = await harmless(`${place} ${JSON.stringify(name)}`, async (at) => {
        writeFileSync(at.file, bytes);
        await unbundle(at.file, at);
      });
      outcomes[outcome]++;
    }
  }
  // Ordinary words are names like any other.
  assert.ok(outcomes.done > 20 && outcomes.refused > 60, JSON.stringify(outcomes));
});

const OBJECT = Buffer.from('an object of at least some bytes');
const REF: ObjectRef = { digest: sha256(OBJECT), size: OBJECT.length };

/** An object with one member, whatever its name. */
function member<T>(name: string, value: T): Record<string, T> {
  return Object.fromEntries([[name, value]]);
}

/** Each entry has its own fingerprint. */
let made = 0;

function entryWith(
  artifact: Artifact,
  more: Partial<Entry> = {},
  parts: Partial<FingerprintParts> = {},
): Entry {
  const own = partsOf({ number: made++ }, parts);
  return {
    fingerprint: digestOfJson(own),
    parts: own,
    artifact,
    artifactDigest: artifactDigest(artifact),
    pipeline: 'p',
    stage: 's',
    seconds: 1,
    cost: 1,
    created: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

const report = (
  files: Record<string, ObjectRef>,
  metrics: Record<string, Record<string, number>> = {},
): Artifact => ({
  kind: 'report',
  metrics,
  files,
});
const dataset = (column: string, split: string, label: string): Artifact => ({
  kind: 'dataset',
  features: member(column, { _type: 'ClassLabel' as const, names: [label] }),
  chunks: [{ rows: 2, columns: member(column, REF) }],
  splits: member(split, { num_rows: 2, ranges: [[0, 2]] as [number, number][] }),
});

/** An entry for each position that a name can be in. */
function entriesWith(name: string): Record<string, Entry> {
  const plain = report({ 'a.json': REF });
  const repository = { param: 'path', type: 'model' as const, id: name, revision: name, commit: name };
  return {
    file: entryWith(report(member(name, REF))),
    'file in a folder': entryWith(report(member(`a/${name}`, REF))),
    'file of a model': entryWith({
      kind: 'model',
      files: member(name, REF),
      labels: [name],
      num_parameters: 1,
      metrics: member(name, 1),
    }),
    split: entryWith(dataset('label', name, 'a')),
    column: entryWith(dataset(name, 'train', 'a')),
    class: entryWith(dataset('label', 'train', name)),
    metric: entryWith(report({}, { test: member(name, 1) })),
    'split of metrics': entryWith(report({}, member(name, { accuracy: 1 }))),
    stage: entryWith(plain, { stage: name }),
    pipeline: entryWith(plain, { pipeline: name }),
    summary: entryWith(plain, { summary: name }),
    warning: entryWith(plain, { warnings: [name] }),
    repository: entryWith(plain, { repositories: [repository] }),
    uses: entryWith(plain, {}, { uses: name }),
    parameter: entryWith(plain, {}, { params: member(name, made) }),
    source: entryWith(plain, {}, { sources: member(name, [[name, 'd']]) }),
    input: entryWith(plain, {}, { inputs: member(name, 'd') }),
    fingerprint: { ...entryWith(plain), fingerprint: name },
  };
}

/** What a cache of that entry contains can be looked up, and is unchanged. */
async function assertUsable(cache: DiskCache, entry: Entry): Promise<void> {
  const found = await cache.lookup(entry.fingerprint);
  if (found.type !== 'hit') return;
  assert.equal(artifactDigest(found.entry.artifact), entry.artifactDigest);
  assert.ok((await cache.entriesOf(entry.parts.uses)).length > 0);
}

test("no name in a remote's entry leads anywhere, or becomes a result that cannot be read", async () => {
  const outcomes = { done: 0, refused: 0 };
  for (const name of NAMES) {
    await harmless(JSON.stringify(name), async (at) => {
      const remote = new FakeRemote();
      remote.files.set(objectKey(REF.digest), OBJECT);
      const cache = await openCache(at.cacheDir);
      const warnings: string[] = [];
      const through = readThrough(cache, remote, { warn: (warning) => warnings.push(warning) });
      for (const [place, entry] of Object.entries(entriesWith(name))) {
        remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify(entry)));
        const { type } = await through.cache.lookup(entry.fingerprint);
        assert.ok(type === 'hit' || warnings.length > 0 || place === 'fingerprint', place);
        outcomes[type === 'hit' ? 'done' : 'refused']++;
        warnings.length = 0;
        await assertUsable(cache, entry);
      }
      assertOwnNames(at.cacheDir);
    });
  }
  assert.ok(outcomes.done > 100 && outcomes.refused > 80, JSON.stringify(outcomes));
});

test("no name in a bundle's entry leads anywhere, or becomes a result that cannot be read", async () => {
  const outcomes = { done: 0, refused: 0 };
  for (const name of ['..', 'a\u0000b', '__proto__', 'toString']) {
    for (const [place, entry] of Object.entries(entriesWith(name))) {
      const outcome = await harmless(`${place} ${JSON.stringify(name)}`, async (at) => {
        const pieces = [
          text(`cache/objects/${REF.digest}`, OBJECT.toString()),
          text(`cache/index/${entry.fingerprint}.json`, JSON.stringify(entry)),
        ];
        writeFileSync(at.file, archive([RECIPE, ...pieces]));
        const { quarantine } = await unbundle(at.file, at);
        const cache = await openCache(at.cacheDir);
        assert.equal((await admit(cache, await openCache(quarantine!))).length, 1);
        await assertUsable(cache, entry);
        assertOwnNames(at.cacheDir);
      });
      outcomes[outcome]++;
    }
  }
  assert.ok(outcomes.done > 20 && outcomes.refused > 10, JSON.stringify(outcomes));
});

test('no name in a lock file breaks what reads it', async () => {
  const digest = 'a'.repeat(64);
  const outcomes = { done: 0, refused: 0 };
  for (const name of NAMES) {
    const outcome = await harmless(JSON.stringify(name), async () => {
      const lock: LockFile = {
        format: 1,
        recipe: name,
        name,
        etude: name,
        engine: name,
        platform: { os: name, arch: name, cpu: name, cores: 1, node: name },
        tolerances: member(name, 0.1),
        stages: member(name, {
          uses: name,
          from: member(name, name),
          fingerprint: digest,
          params: member(name, 1),
          sources: member(name, [[name, digest]]),
          code: digest,
          libraries: member(name, name),
          output: {
            kind: 'model' as const,
            digest,
            files: member(name, digest),
            labels: member(name, [name]),
            metrics: member(name, member(name, 0.5)),
          },
        }),
      };
      const read = await parseLock(formatLock(lock), 'x.lock');
      assert.deepEqual(
        judgeStages(read, read).map(({ verdict }) => verdict),
        ['byte-equal'],
      );
      const none = { ...read, stages: {} };
      assert.deepEqual(judgeStages(read, none), []);
      const receipt = makeReceipt({ lock: read, drift: [], now: none });
      assert.deepEqual(
        receipt.stages.map(({ stage, verdict }) => [stage, verdict]),
        [[name, 'not-run']],
      );
      const [stage] = Object.values(read.stages);
      const other = { ...stage!, output: { ...stage!.output, digest: 'b'.repeat(64) } };
      const near = judgeStages(read, { stages: member(name, other) });
      assert.deepEqual(
        near.map(({ verdict }) => verdict),
        ['within-tolerance'],
      );
    });
    outcomes[outcome]++;
  }
  assert.ok(outcomes.done > 20, JSON.stringify(outcomes));
});
