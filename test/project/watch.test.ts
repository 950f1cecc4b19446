import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { EtudeError, type WatchEvent, type WatchOptions, watchRecipe } from '../../src/index.js';
import { Project } from '../support/project.js';

/**
 * Counts the files of a folder, and waits as long as its parameter says, or until a file
 * `done-<milliseconds>` exists.
 */
const STAGE = `
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unit } from './unit.js';
export default {
  name: 'tally',
  description: 'Counts files.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { folder: { type: 'string' }, milliseconds: { type: 'number', default: 0 } },
  },
  inputs: {},
  output: 'report',
  async sources({ folder }, place) {
    const path = place.resolve(folder);
    return [{ param: 'folder', files: readdirSync(path).map((name) => ({ name, path: join(path, name) })) }];
  },
  async run({ params, sources, signal, place }) {
    const done = join(place.projectDir, 'done-' + params.milliseconds);
    for (let waited = 0; waited < params.milliseconds && !existsSync(done); waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      signal.throwIfAborted();
    }
    const total = sources.folder.length;
    return { artifact: { kind: 'report', metrics: { all: { total } }, files: {} }, summary: total + unit };
  },
};
`;

const RECIPE = `# counts
name: tally
stages:
  files:
    uses: ./stages/tally.js
    with: { folder: data, milliseconds: 0 }
`;

const projects: Project[] = [];
const stop = new AbortController();
after(() => {
  stop.abort();
  for (const project of projects) project.remove();
});

/** A watched project, and its next event of a type. */
async function watching(options: WatchOptions = {}) {
  const project = new Project();
  projects.push(project);
  project.write('package.json', '{"type": "module", "private": true}');
  project.write('stages/tally.js', STAGE);
  project.write('stages/unit.js', "export const unit = ' files';");
  project.write('data/one', '1');
  project.write('recipe.yaml', RECIPE);
  const watch = watchRecipe('recipe.yaml', {
    dir: project.dir,
    signal: stop.signal,
    lock: 'write',
    ...options,
  });
  const events = watch[Symbol.asyncIterator]();
  /** Every event up to and including the first of this type. */
  const until = async (type: WatchEvent['type']) => {
    const seen: WatchEvent[] = [];
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new Error(`the watch ended after ${JSON.stringify(seen)}`);
      seen.push(value);
      if (value.type === type) return seen;
    }
  };
  const edit = (from: string, to: string) => project.edit('recipe.yaml', from, to);
  return { project, watch, until, edit, events };
}

const summaryOf = (events: WatchEvent[]) =>
  events.flatMap((event) => (event.type === 'stage-finished' ? [event.summary] : [])).at(-1);
const reasonsOf = (events: WatchEvent[]) =>
  events.flatMap((event) =>
    event.type === 'watch-planned' ? event.stages.flatMap(({ because }) => because) : [],
  );
const typesOf = (events: WatchEvent[]) => events.map(({ type }) => type);

// They mostly wait.
describe('a watched recipe', { concurrency: true, timeout: 120_000 }, () => {
  test('each relevant change is planned and run: to the recipe, to what a module imports, to the data', async () => {
    const { project, watch, until, edit } = await watching();
    assert.equal(summaryOf(await until('watch-waiting')), '1 files');

    const clip = async () => {
      project.write('data/two', '2');
      return until('watch-waiting');
    };
    const more = await clip();
    assert.deepEqual(typesOf(more).slice(0, 3), ['watch-changed', 'watch-planned', 'run-started']);
    assert.match(reasonsOf(more).join(), /two/);
    assert.equal(summaryOf(more), '2 files');

    edit('# counts', '# counts files');
    assert.deepEqual(typesOf(await until('watch-waiting')), [
      'watch-changed',
      'watch-unaffected',
      'watch-waiting',
    ]);

    // By rename, as many editors save.
    project.write('stages/.unit.js.tmp', "export const unit = ' things';");
    renameSync(project.path('stages/.unit.js.tmp'), project.path('stages/unit.js'));
    const things = await until('watch-waiting');
    assert.match(reasonsOf(things).join(), /unit\.js/);
    assert.equal(summaryOf(things), '2 things');

    // The lock file that these runs wrote started none.
    assert.match(project.read('recipe.lock'), /tally|files/);
    watch.plan();
    assert.deepEqual(typesOf(await until('watch-waiting')), ['watch-planned', 'watch-waiting']);
    watch.run();
    assert.ok(typesOf(await until('watch-waiting')).includes('run-finished'));
  });

  test('what cannot run is reported, and waits: broken YAML, a broken module, a recipe that is gone', async () => {
    const { project, until, edit } = await watching();
    await until('watch-waiting');
    edit('name: tally', 'name: [');
    const refused = (await until('watch-waiting')).find((event) => event.type === 'watch-refused');
    assert.match(refused?.problems[0]?.message ?? '', /YAML/);
    assert.ok(refused?.problems[0]?.source?.includes('name: ['));

    // Another mistake is made at the same time as the first one is fixed.
    project.write('stages/unit.js', 'export const unit = ;');
    edit('name: [', 'name: tally');
    const broken = (await until('watch-waiting')).find((event) => event.type === 'watch-refused');
    assert.match(broken?.problems[0]?.message ?? '', /cannot be loaded/);
    project.write('stages/unit.js', "export const unit = ' files';");
    assert.ok(typesOf(await until('watch-waiting')).includes('watch-unaffected'));

    rmSync(project.path('recipe.yaml'));
    assert.ok(typesOf(await until('watch-waiting')).includes('watch-refused'));
    project.write('recipe.yaml', RECIPE.replace('name: tally', 'name: tally\ndescription: again'));
    await until('watch-waiting');

    project.write('stages/unit.js', 'export const unit = process.exit();');
    const failed = (await until('watch-waiting')).find((event) => event.type === 'watch-failed');
    assert.match(failed?.text ?? '', /exits the process/);
    project.write('stages/unit.js', "export const unit = ' pieces';");
    assert.equal(summaryOf(await until('watch-waiting')), '1 pieces');
  });

  test('a change during a run leaves it alone if it is irrelevant, and otherwise restarts it if requested', async () => {
    const { until, edit } = await watching({ onChange: 'restart' });
    await until('watch-waiting');
    edit('milliseconds: 0', 'milliseconds: 60000');
    await until('stage-started');
    edit('# counts', '# counts slowly');
    assert.deepEqual(typesOf(await until('watch-unaffected')), ['watch-changed', 'watch-unaffected']);
    edit('name: tally', 'name: [');
    await until('watch-refused');
    edit('name: [', 'name: tally');
    await until('watch-unaffected');

    edit('milliseconds: 60000', 'milliseconds: 1');
    const events = await until('watch-waiting');
    const decision = events.find((event) => event.type === 'watch-decision');
    assert.equal(decision?.decision, 'restart');
    assert.deepEqual(decision?.changes, [{ id: 'files', because: ['milliseconds 60000 → 1'] }]);
    const statuses = events.flatMap((event) => (event.type === 'run-finished' ? [event.status] : []));
    assert.deepEqual(statuses, ['cancelled', 'success']);
  });

  test('a change during a run that is to finish waits for it; the end of the watch ends a run', async () => {
    const ended = new AbortController();
    const { project, until, edit, events, watch } = await watching({ signal: ended.signal, onChange: 'ask' });
    await until('watch-waiting');
    edit('milliseconds: 0', 'milliseconds: 50000');
    await until('stage-started');
    edit('milliseconds: 50000', 'milliseconds: 60000');
    const [decision] = (await until('watch-decision')).slice(-1);
    assert.ok(decision?.type === 'watch-decision' && decision.decision === 'ask');
    watch.finish();
    project.write('done-50000', '');
    const first = await until('run-finished');
    assert.ok(first.at(-1)?.type === 'run-finished' && !typesOf(first).includes('cancelling'));
    await until('stage-started');
    ended.abort();
    const last = await until('run-finished');
    assert.ok(typesOf(last).includes('cancelling'));
    while (!(await events.next()).done);
  });
});

test('a recipe that does not exist cannot be watched', () => {
  const project = new Project();
  projects.push(project);
  assert.throws(() => watchRecipe('none.yaml', { dir: project.dir }), EtudeError);
});
