import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaMistakes } from '../../../src/pipeline/recipe/schema-mistakes.js';
import { compileSchema } from '../../../src/schema/validator.js';

const schema = {
  type: 'object',
  properties: { seed: { type: 'integer' } },
  additionalProperties: false,
  'x-unsupported': { fp16: 'every engine trains in float32' },
};

const words = {
  unknown: (_path: unknown, key: string) => `unknown parameter '${key}'`,
  missing: (_path: unknown, key: string) => `missing parameter '${key}'`,
  subject: () => 'parameters',
};

test('a parameter that is known from elsewhere is refused with the reason, another with a suggestion', async () => {
  const validate = await compileSchema(schema);
  const mistakes = schemaMistakes(
    validate({ fp16: true, sed: 1, constructor: 2 }),
    { fp16: true, sed: 1 },
    words,
  );
  assert.deepEqual(
    mistakes.map(({ path, message, suggestion }) => [path.join('.'), message, suggestion]),
    [
      ['fp16', "unknown parameter 'fp16': every engine trains in float32", undefined],
      ['sed', "unknown parameter 'sed'", 'seed'],
      ['constructor', "unknown parameter 'constructor'", undefined],
    ],
  );
});
