import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { openProject, type RunEvent } from '../../../src/index.js';
import { Project } from '../../support/project.js';

const files = new Project({
  'package.json': '{}',
  'rows.jsonl': '{"text": "one"}\n',
  'recipe.yaml': 'name: last\nstages:\n  rows: { uses: load, with: { path: rows.jsonl } }\n',
});
after(() => files.remove());

/** The types of a run's events from the end of its only stage; `meddle` is called with each event. */
async function ending(meddle: (event: RunEvent) => void): Promise<string[]> {
  const recipe = await openProject({ dir: files.dir }).open('recipe.yaml');
  const events: RunEvent[] = [];
  for await (const event of await recipe.run()) {
    events.push(event);
    meddle(event);
  }
  const types = events.map(({ type }) => type);
  return types.slice(types.indexOf('stage-finished'));
}

test('run-finished is the last event, also if the record of the run cannot be written', async () => {
  assert.deepEqual(await ending(() => {}), ['stage-finished', 'run-finished']);
  const types = await ending((event) => {
    if (event.type !== 'run-started') return;
    const folder = files.path(`.etude/runs/${event.run}`);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
  });
  assert.deepEqual(types, ['stage-finished', 'warning', 'run-finished']);
});

test('the record of a run ends with run-finished', async () => {
  let run = '';
  await ending((event) => {
    if (event.type === 'run-started') run = event.run;
  });
  const lines = files.read(`.etude/runs/${run}/events.ndjson`).trim().split('\n');
  assert.equal((JSON.parse(lines.at(-1)!) as RunEvent).type, 'run-finished');
});
