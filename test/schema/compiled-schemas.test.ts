import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Ajv, type ErrorObject } from 'ajv';
import { compileSchemas, shippedSchemas } from '../../scripts/compile-schemas.js';
import {
  ajvOptions,
  checkSchema,
  compiledName,
  compileMetaSchema,
  compileSchema,
  META_OPTIONS,
  META_SCHEMA,
} from '../../src/schema/validator.js';
import { tempFolder } from '../support/temp-folder.js';

const VALUES = [
  {},
  { seed: 1.5, split: [], columns: [], rest: 1 },
  { columns: ['a', 'a'], sampling_rate: 1 },
  { stages: { 'A b': { uses: 1 } } },
  { path: '', model: '' },
  [],
];

const folder = tempFolder('validators');
symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));

test('schemas compiled by the build find the same errors and defaults as ajv', async () => {
  const schemas = await shippedSchemas();
  compileSchemas(schemas, join(folder, 'validators'));
  let errors = 0;
  for (const schema of schemas) {
    const compiled = await compiledModule(compiledName(schema));
    const { $id: _, ...anonymous } = schema;
    const now = new Ajv(ajvOptions(schema)).compile(anonymous);
    for (const value of VALUES) {
      const [one, two] = [structuredClone(value), structuredClone(value)];
      assert.equal(compiled(one), now(two));
      assert.deepEqual(one, two);
      assert.deepEqual(compiled.errors, now.errors);
      errors += now.errors?.length ?? 0;
    }
  }
  assert.ok(errors > 50);
});

test("mistakes in users' schemas are the ones that ajv finds", async () => {
  compileSchemas([], join(folder, 'validators'));
  const compiled = await compiledModule(META_SCHEMA);
  const now = compileMetaSchema(new Ajv(META_OPTIONS));
  const wrong = [
    { type: 'oops' },
    { properties: { a: { minLength: -1 } } },
    { required: ['a', 'a'] },
    { definitions: { a: { items: [{ enum: 3 }] } } },
  ];
  for (const schema of [{}, ...(await shippedSchemas()), ...wrong]) {
    assert.equal(compiled(schema), now(schema));
    assert.deepEqual(compiled.errors, now.errors);
  }
  for (const schema of wrong) assert.equal(now(schema), false);
  assert.equal(
    await checkSchema({ properties: { a: { minLength: -1 } } }),
    'schema/properties/a/minLength must be >= 0',
  );
});

test("errors carry the schema and the data that they refer to, as ajv's verbose ones do", async () => {
  for (const schema of await shippedSchemas()) {
    const { $id: _, ...anonymous } = schema;
    const verbose = new Ajv({ ...ajvOptions(schema), verbose: true }).compile(anonymous);
    const validate = await compileSchema(schema);
    for (const value of VALUES) {
      verbose(structuredClone(value));
      const plain = ({ instancePath, keyword, data, parentSchema }: ErrorObject) => ({
        instancePath,
        keyword,
        data,
        parentSchema: withoutId(parentSchema),
      });
      assert.deepEqual(validate(structuredClone(value)).map(plain), (verbose.errors ?? []).map(plain));
    }
  }
});

/** What `compileSchemas` wrote. */
async function compiledModule(name: string) {
  const file = pathToFileURL(join(folder, 'validators', `${name}.js`)).href;
  const { default: compiled } = (await import(file)) as {
    default: { (value: unknown): boolean; errors: ErrorObject[] | null };
  };
  return compiled;
}

function withoutId(schema: object | undefined): object {
  const { $id: _, ...rest } = (schema ?? {}) as Record<string, unknown>;
  return rest;
}
