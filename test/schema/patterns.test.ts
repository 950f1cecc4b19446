import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = join(import.meta.dirname, '../../schemas/stages');

test('a pattern of a stage parameter says in words what it allows, for its error', () => {
  const schemas = readdirSync(folder).map(
    (name) => [name, readFileSync(join(folder, name), 'utf8')] as const,
  );
  let patterns = 0;
  for (const [name, text] of schemas)
    JSON.parse(text, (_, node) => {
      if (typeof node?.pattern !== 'string') return node;
      patterns += 1;
      assert.ok(typeof node.$comment === 'string', `${name}: ${node.pattern}`);
      return node;
    });
  assert.ok(patterns > 0);
});
