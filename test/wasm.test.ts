import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compile, compiledPath, wasmSources } from '../scripts/compile-wat.js';

for (const source of wasmSources()) {
  const name = source.split(/[\\/]/).at(-1)!;
  test(`the compiled form of ${name} is that of its source (else: npm run wasm)`, async () => {
    assert.equal(readFileSync(compiledPath(source), 'utf8'), await compile(source));
  });
}
