import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { generate } from '../../../scripts/generate-types.js';
import { builtInStageTypes, schemasFolder } from '../../../src/stage/find-stage-type.js';

test('the files written by `npm run schemas` are up to date', async () => {
  // The sources, wherever this file was compiled to.
  const root = dirname(realpathSync(join(import.meta.dirname, '../../../package.json')));
  for (const [path, text] of Object.entries(await generate())) {
    const committed = readFileSync(join(root, path), 'utf8');
    assert.ok(committed === text, `${path} is out of date: npm run schemas`);
  }
});

const readSchema = (path: string) => JSON.parse(readFileSync(join(schemasFolder(), path), 'utf8'));

test('every stage type has a schema with a description of each parameter', () => {
  for (const name of builtInStageTypes()) {
    const schema = readSchema(`stages/${name}.schema.json`);
    assert.equal(schema.additionalProperties, false, name);
    for (const [parameter, property] of Object.entries<{ description?: string }>(schema.properties)) {
      assert.ok(property.description, `${name}: ${parameter}`);
    }
  }
});

const ajv = new Ajv({ strict: false, code: { optimize: false } });
const validate = ajv.compile(readSchema('pipeline.schema.json'));

const PIPELINES = join(import.meta.dirname, '../../../pipelines');
// Whether they pass `check`: test/pipelines.
for (const file of readdirSync(PIPELINES).filter((name) => name.endsWith('.yaml'))) {
  const text = readFileSync(join(PIPELINES, file), 'utf8');

  test(`${file} fits the schema for editors`, () => {
    assert.ok(validate(parse(text)), ajv.errorsText(validate.errors));
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schemas\/pipeline\.schema\.json\n/);
  });
}

test('the schema for editors knows the parameters of stage types, and accepts references in place of any of them', () => {
  const recipe = (params: object, uses = 'split') => ({
    stages: { parts: { uses, from: 'x', with: params } },
  });
  assert.ok(validate(recipe({ test_size: 0.2 })), ajv.errorsText(validate.errors));
  assert.ok(
    validate(recipe({ test_size: `$\{{ params.share }}`, shuffle: `$\{{ params.a.b }}` })),
    ajv.errorsText(validate.errors),
  );
  assert.ok(validate(recipe({ anything: 1 }, './stages/mine.js')), ajv.errorsText(validate.errors));
  assert.ok(!validate(recipe({ test_size: 'much' })));
  assert.ok(!validate(recipe({ test_sise: 0.2 })));
  assert.ok(!validate(recipe({}, 'splitt')));
  assert.ok(!validate({ stages: {}, stage: {} }));
});

test('the schema for editors accepts recipes that extend another one in part, and matrices', () => {
  const stages = { model: { with: { learning_rate: 1 } }, scores: null };
  assert.ok(validate({ extends: './base.yaml', stages }));
  assert.ok(validate({ extends: './base.yaml', params: { x: 1 }, matrix: { x: [1, 2] } }));
  assert.ok(!validate({ stages }), 'a recipe of its own is whole');
  assert.ok(!validate({ extends: 1, stages }));
  assert.ok(!validate({ extends: './base.yaml', stages: { model: { wiht: {} } } }));
  assert.ok(!validate({ extends: './base.yaml', matrix: { x: 1 } }));
});
