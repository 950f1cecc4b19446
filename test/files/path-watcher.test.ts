import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PathWatcher } from '../../src/files/watch/path-watcher.js';
import { tempFolder } from '../support/temp-folder.js';

const watchers: PathWatcher[] = [];
after(() => {
  for (const watcher of watchers) watcher.close();
});

/** A folder with a recipe and clips, and a watcher of both. */
async function watching(options: { poll?: number } = {}) {
  const dir = realpathSync(tempFolder('watch'));
  const at = (name: string) => join(dir, name);
  for (const folder of ['data/dog', 'data/cat', 'elsewhere', 'own'])
    mkdirSync(at(folder), { recursive: true });
  for (const name of ['recipe.yaml', 'other.yaml', 'data/dog/1.wav', 'data/cat/1.wav', 'elsewhere/far.wav'])
    writeFileSync(at(name), 'old');
  symlinkSync(at('elsewhere/far.wav'), at('data/cat/far.wav'));
  symlinkSync(at('elsewhere'), at('data/linked'));
  const reported: string[][] = [];
  let wake = () => {};
  const watcher = new PathWatcher({
    within: dir,
    ignored: (path) => path.startsWith(at('own')),
    poll: options.poll,
    onChange(paths) {
      reported.push(paths.map((path) => path.slice(dir.length + 1)));
      wake();
    },
  });
  watchers.push(watcher);
  const paths = [at('recipe.yaml'), at('data'), at('missing/later.csv'), at('own')];
  const watch = () => watcher.watch(paths);
  await watch();
  /** The next report after a change that is made now. */
  const next = async (change: () => unknown) => {
    const heard = new Promise<void>((resolve) => (wake = resolve));
    await change();
    await heard;
    return reported.splice(0).flat();
  };
  return { at, next, watch, watcher, reported };
}

test('however a file is saved, it is reported as one change', async () => {
  const { at, next, reported } = await watching();
  const file = at('recipe.yaml');
  const ways: Record<string, () => void> = {
    'in place': () => writeFileSync(file, 'in place'),
    'truncated, then written in pieces'() {
      const handle = openSync(file, 'r+');
      ftruncateSync(handle);
      for (const piece of ['one ', 'two ', 'three']) writeSync(handle, piece);
      closeSync(handle);
    },
    'a new file, renamed over it'() {
      writeFileSync(at('.recipe.yaml.tmp'), 'renamed over');
      renameSync(at('.recipe.yaml.tmp'), file);
    },
    'moved to a backup, written anew'() {
      writeFileSync(at('4913'), '');
      rmSync(at('4913'));
      renameSync(file, at('recipe.yaml~'));
      writeFileSync(file, 'with a backup');
      rmSync(at('recipe.yaml~'));
    },
    removed: () => rmSync(file),
    'there again': () => writeFileSync(file, 'again'),
  };
  for (const [way, save] of Object.entries(ways)) assert.deepEqual(await next(save), ['recipe.yaml'], way);
  assert.deepEqual(reported, []);
});

test('everything below a folder counts: new, changed and removed files, also through links', async () => {
  const { at, next, watch } = await watching();
  const several = () => {
    writeFileSync(at('data/dog/2.wav'), 'new');
    appendFileSync(at('data/dog/1.wav'), 'more');
    rmSync(at('data/cat/1.wav'));
  };
  assert.deepEqual(await next(several), ['data/cat/1.wav', 'data/dog/1.wav', 'data/dog/2.wav']);
  const far = await next(() => writeFileSync(at('elsewhere/far.wav'), 'changed'));
  assert.ok(far.some((path) => path.endsWith('far.wav')));
  assert.deepEqual(await next(() => mkdirSync(at('data/bird'))), ['data/bird']);
  await watch();
  assert.deepEqual(await next(() => writeFileSync(at('data/bird/1.wav'), 'tweet')), ['data/bird/1.wav']);

  // As when checking out another branch: all at once, with the folder replaced.
  const checkout = await next(() => {
    rmSync(at('data'), { recursive: true });
    mkdirSync(at('data/dog'), { recursive: true });
    for (let i = 0; i < 100; i++) writeFileSync(at(`data/dog/${i}.wav`), `${i}`);
  });
  assert.ok(checkout.includes('data'));
  await watch();
  assert.deepEqual(await next(() => writeFileSync(at('data/dog/7.wav'), 'new')), ['data/dog/7.wav']);
});

test('a path that does not exist yet is reported when it appears', async () => {
  const { at, next, watch } = await watching();
  assert.deepEqual(await next(() => mkdirSync(at('missing'))), ['missing']);
  await watch();
  assert.deepEqual(await next(() => writeFileSync(at('missing/later.csv'), 'a')), ['missing/later.csv']);
});

for (const poll of [undefined, 30]) {
  test(`what does not count is not reported${poll ? ', and polling finds the rest' : ''}`, async () => {
    const { at, next, reported } = await watching({ poll });
    await next(() => writeFileSync(at('recipe.yaml'), 'known'));
    writeFileSync(at('other.yaml'), 'new');
    writeFileSync(at('own/result'), 'new');
    writeFileSync(at('data/.hidden'), 'new');
    writeFileSync(at('data/dog/passing.tmp'), 'new');
    if (poll === undefined) rmSync(at('data/dog/passing.tmp'));
    else assert.deepEqual(await next(() => undefined), ['data/dog/passing.tmp']);
    const last = await next(() => writeFileSync(at('data/dog/1.wav'), 'newer'));
    assert.deepEqual(last, ['data/dog/1.wav']);
    assert.deepEqual(reported, []);
  });
}

test('a newly watched file reports a change since the given time, and no older one', async () => {
  const { at, watcher, reported } = await watching();
  const old = Date.now() / 1000 - 60;
  utimesSync(at('other.yaml'), old, old);
  writeFileSync(at('fresh.yaml'), 'new');
  await watcher.watch([at('recipe.yaml'), at('other.yaml'), at('fresh.yaml')], Date.now() - 30_000);
  while (reported.length === 0) await delay(10);
  assert.deepEqual(reported, [['fresh.yaml']]);
});
