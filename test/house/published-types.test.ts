import assert from 'node:assert/strict';
import { relative, sep } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const ENTRIES = ['dist/src/index.d.ts', 'dist/src/stage-api.d.ts'];

/** The types of the package as seen by a project without browser types, with libraries checked, too. */
const program = ts.createProgram(ENTRIES, {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  types: ['node'],
});

test("the package's types have no errors where libraries are checked", () => {
  const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const where = file === undefined ? '' : relative('', file.fileName);
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  assert.deepEqual(found, []);
});

test("the package's types reference no tensor library", () => {
  const names = program.getSourceFiles().map(({ fileName }) => relative('', fileName).split(sep).join('/'));
  assert.ok(names.includes(ENTRIES[0]!));
  const reached = names.filter((name) => /node_modules\/(@tensorflow|onnxruntime|@webgpu)/.test(name));
  assert.deepEqual(reached, []);
});
