import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sealed } from '../../../src/files/sealed.js';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { DamagedObjectError } from '../../../src/pipeline/cache/damaged-object-error.js';
import { collectGarbage } from '../../../src/pipeline/cache/gc/collect-garbage.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { type DatasetArtifact, type ObjectRef, objectsOf } from '../../../src/stage/artifact.js';
import { sha256 } from '../../../src/util/sha256.js';
import castAudio from '../../../stages/cast-audio.js';
import mapPreprocess from '../../../stages/map-preprocess.js';
import { entryOf, flipBit, makeOld, objectFile, partsOf, tempFolder } from '../../support/cache.js';
import { clipDataset, numbered } from '../../support/clips.js';
import { MemoryChunkResults } from '../../support/memory-objects.js';
import { contextOf } from '../../support/stage.js';

const feature_extractor = {
  feature_extractor_type: 'Wav2Vec2FeatureExtractor',
  sampling_rate: 16000,
  return_attention_mask: true,
};

/**
 * Clips as files, as samples and as features, each committed: one chunk of six, as a stage's process has it.
 */
async function clips() {
  const dir = tempFolder();
  const stage = await openCache(dir, { shareDerived: true });
  const { objects } = stage;
  const given = { objects, chunks: new MemoryChunkResults() };
  const encoded = await clipDataset(objects, numbered(0, 6, 6));
  const cast = { column: 'audio', sampling_rate: 16000, mono: true, on_error: 'fail' } as const;
  const speech = await castAudio.run(contextOf(cast, { ...given, inputs: { dataset: encoded } }));
  const map = { feature_extractor, column: 'audio', remove_columns: ['audio'], batch_size: 1000 };
  const features = await mapPreprocess.run(
    contextOf({ ...map, on_error: 'fail' } as never, { ...given, inputs: { dataset: speech.artifact } }),
  );
  const artifacts = [encoded, speech.artifact, features.artifact] as DatasetArtifact[];
  const entries = artifacts.map((artifact, i): Entry => {
    const more = { artifact, artifactDigest: artifactDigest(artifact) };
    return entryOf(partsOf({ i }), {}, more);
  });
  for (const entry of entries) await stage.commit(entry);
  await stage.flush();
  const [files, samples] = artifacts.map(({ chunks }) => chunks[0]!.columns.audio!);
  const { input_values, attention_mask } = artifacts[2]!.chunks[0]!.columns;
  const refs = { files: files!, samples: samples!, values: input_values!, mask: attention_mask! };
  return { dir, stage, entries, ...refs };
}

async function typeOf(cache: DiskCache, { fingerprint }: Entry): Promise<string> {
  return (await cache.lookup(fingerprint)).type;
}

const recordFile = (dir: string, { digest }: ObjectRef) =>
  join(dir, 'derived', digest.slice(0, 2), `${digest.slice(2)}.json`);
const workingFile = (dir: string, { digest }: ObjectRef) =>
  join(dir, 'working', digest.slice(0, 2), digest.slice(2));

test('what is made of other objects is not stored, and on reading has the bytes of its name', async () => {
  const { dir, stage, entries, samples, values, mask } = await clips();
  for (const ref of [samples, values, mask]) {
    assert.ok(!existsSync(objectFile(dir, ref)));
    assert.ok(existsSync(workingFile(dir, ref)), 'the next stage finds it');
  }
  await stage.clearDerived();
  assert.ok(!existsSync(join(dir, 'working')));
  const cache = await openCache(dir);
  for (const ref of [mask, values, samples]) {
    assert.ok(cache.objects.has(ref));
    assert.equal(sha256(await cache.objects.read(ref)), ref.digest);
    assert.equal(sha256(readFileSync(await cache.objects.pathOf(ref))), ref.digest);
    assert.equal(await cache.objects.check(ref, { verify: true }), undefined);
  }
  for (const entry of entries) assert.equal(await typeOf(cache, entry), 'hit');
  assert.ok(!existsSync(join(dir, 'working')), 'only stages leave bytes to others');
});

test('bytes that are being modified are not believed by another process', async () => {
  const { dir, values } = await clips();
  flipBit(workingFile(dir, values));
  const next = await openCache(dir, { shareDerived: true });
  assert.equal(sha256(await next.objects.read(values)), values.digest);
  assert.equal(sha256(readFileSync(workingFile(dir, values))), values.digest);
});

test('what was made in another way than its name says is damaged, and recomputed', async () => {
  const { dir, stage, entries, values } = await clips();
  await stage.clearDerived();
  const { sha256: _, ...record } = JSON.parse(readFileSync(recordFile(dir, values), 'utf8'));
  record.derivation.params.config.do_normalize = !record.derivation.params.config.do_normalize;
  writeFileSync(recordFile(dir, values), sealed(JSON.stringify(record)));
  const cache = await openCache(dir);
  await assert.rejects(cache.objects.read(values), DamagedObjectError);
  assert.equal(await typeOf(cache, entries[2]!), 'damaged');
  assert.equal(await typeOf(cache, entries[1]!), 'hit');
});

test('a record that is damaged, or that nobody makes, counts as absent', async () => {
  const { dir, stage, entries, samples, mask } = await clips();
  await stage.clearDerived();
  chmodSync(recordFile(dir, mask), 0o644);
  flipBit(recordFile(dir, mask));
  const { sha256: _, ...record } = JSON.parse(readFileSync(recordFile(dir, samples), 'utf8'));
  record.derivation.uses = '../../etc/passwd';
  writeFileSync(recordFile(dir, samples), sealed(JSON.stringify(record)));
  const cache = await openCache(dir);
  assert.equal(await cache.objects.check(mask), 'missing');
  await assert.rejects(cache.objects.read(samples), /does not make it/);
  await cache.repair([samples]);
  assert.equal(await typeOf(cache, entries[1]!), 'damaged');
});

test('what is made of a damaged object is damaged', async () => {
  const { dir, stage, entries, files, values } = await clips();
  await stage.clearDerived();
  rmSync(objectFile(dir, files));
  const cache = await openCache(dir);
  for (const entry of entries) assert.equal(await typeOf(cache, entry), 'damaged');
  await assert.rejects(cache.objects.read(values), DamagedObjectError);
});

test('the bytes stay while another run is in progress', async () => {
  const { dir, stage, values } = await clips();
  const lock = await stage.lock('other', { runId: 'other' });
  await stage.clearDerived();
  assert.ok(existsSync(workingFile(dir, values)));
  await lock.release();
  await stage.clearDerived();
  assert.ok(!existsSync(workingFile(dir, values)));
});

test('garbage collection keeps what others are made of, and counts what is on disk', async () => {
  const { dir, stage, entries, files, values, samples } = await clips();
  await stage.clearDerived();
  const [encoded, speech, features] = entries as [Entry, Entry, Entry];
  const everything = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  for (const one of everything) makeOld(join(one.parentPath ?? one.path, one.name), 24 * 365);
  const cache = await openCache(dir);
  await cache.entries.find(features.fingerprint);
  const report = await collectGarbage(cache, { graceMinutes: 1, maxBytes: 1e9 });
  assert.equal(await typeOf(cache, encoded), 'miss');
  assert.equal(await typeOf(cache, speech), 'miss');
  assert.equal(await typeOf(cache, features), 'hit');
  assert.ok(existsSync(objectFile(dir, files)) && existsSync(recordFile(dir, samples)));
  assert.ok(report.kept.objects.bytes < values.size, String(report.kept.objects.bytes));

  for (const ref of [...objectsOf(features.artifact), samples])
    if (existsSync(recordFile(dir, ref))) makeOld(recordFile(dir, ref), 24 * 365);
  makeOld(join(dir, 'index', 'load', `${features.fingerprint}.json`), 24 * 365);
  await collectGarbage(await openCache(dir), { graceMinutes: 1 });
  assert.ok(!existsSync(objectFile(dir, files)) && !existsSync(recordFile(dir, samples)));
});

test('garbage collection removes stored objects that can be made again', async () => {
  const { dir, stage, entries, samples } = await clips();
  const bytes = await stage.objects.read(samples);
  await stage.clearDerived();
  // As earlier versions stored it.
  await stage.objects.put(bytes);
  makeOld(objectFile(dir, samples), 24);
  const dry = await collectGarbage(await openCache(dir), { dryRun: true });
  const report = await collectGarbage(await openCache(dir));
  assert.deepEqual({ ...report, dryRun: true }, dry);
  assert.deepEqual(report.removed.objects, { count: 1, bytes: samples.size });
  const cache = await openCache(dir);
  for (const entry of entries) assert.equal(await typeOf(cache, entry), 'hit');
  assert.equal(sha256(await cache.objects.read(samples)), samples.digest);
});

test('another cache takes over how objects are made, with what they are made of', async () => {
  const { dir, stage, values, files } = await clips();
  const other = await openCache(tempFolder());
  await other.objects.takeFrom(stage.objects, values);
  rmSync(dir, { recursive: true });
  assert.ok(!existsSync(objectFile(other.dir, values)) && existsSync(objectFile(other.dir, files)));
  assert.equal(sha256(await other.objects.read(values)), values.digest);
});
