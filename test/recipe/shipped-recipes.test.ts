import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { loadPipeline } from '../../src/recipe/load-pipeline.js';
import { schemasFolder } from '../../src/stage-registry.js';

const FOLDER = join(import.meta.dirname, '../../pipelines');
const STAGES = [
  'load',
  'split',
  'remove-columns',
  'cast-audio',
  'map-preprocess',
  'rename',
  'train',
  'evaluate',
];

const ajv = new Ajv({ strict: false });
const fitsEditor = ajv.compile(
  JSON.parse(readFileSync(join(schemasFolder(), 'pipeline.schema.json'), 'utf8')),
);

for (const file of readdirSync(FOLDER)) {
  const text = readFileSync(join(FOLDER, file), 'utf8');

  test(`${file} fits the schema that editors use`, () => {
    assert.ok(fitsEditor(parse(text)), ajv.errorsText(fitsEditor.errors));
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schemas\/pipeline\.schema\.json\n/);
  });

  test(`${file} has no problem but files that are not there`, async () => {
    const loaded = await loadPipeline(join(FOLDER, file));
    const problems = 'problems' in loaded ? loaded.problems : [];
    assert.deepEqual(
      problems.map(({ message }) => message).filter((message) => !/^no (such file|folder)/.test(message)),
      [],
    );
  });
}

test('quickstart and minds14 have the eight stages of the guide', () => {
  for (const file of ['quickstart.yaml', 'minds14.yaml']) {
    const { stages } = parse(readFileSync(join(FOLDER, file), 'utf8')) as {
      stages: Record<string, { uses: string }>;
    };
    assert.deepEqual(
      Object.values(stages).map((stage) => stage.uses),
      STAGES,
    );
  }
});
