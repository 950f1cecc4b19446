import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { tempFolder } from '../support/temp-folder.js';

const ENTRIES = ['classifier.ts', 'worker/worker.ts', 'microphone-worklet.ts', 'page/page.ts'];

/** Pages that import the module, and what is wrong with each. */
const PAGES: Record<string, { code: string; problem?: RegExp }> = {
  'right.ts': {
    code: `
      const classifier = await loadClassifier(new URL('model/', location.href), { dtype: 'q8', threads: 2 });
      const labels: readonly string[] = classifier.labels;
      const { scores, duration } = await classifier.classify(new Blob([]), { topK: labels.length });
      const best: { label: string; score: number } = scores[0]!;
      await classifier.classify(new Float32Array(16000), { samplingRate: 8000 });
      await classifier.classify(new ArrayBuffer(9));
      const { samples, samplingRate } = await classifier.decode(new Blob([]));
      const listener = await classifier.listen({ onResult: (heard) => console.log(heard.scores, heard.samples) });
      listener.stop();
      classifier.close();
      const error: unknown = new ClassifierError('audio', 'text');
      if (error instanceof ClassifierError && error.code === 'microphone-denied') console.log(error.hint);
      console.log(best, duration, samples, samplingRate);`,
  },
  'dtype.ts': { code: "await loadClassifier('.', { dtype: 'q5' });", problem: /"q5"' is not assignable/ },
  'name.ts': {
    code: "await (await loadClassifier('.')).classify('a.wav');",
    problem: /'string' is not assignable/,
  },
  'labels.ts': {
    code: "(await loadClassifier('.')).labels.push('more');",
    problem: /'push' does not exist/,
  },
};

const folder = tempFolder('types');
const module = JSON.stringify(resolve('dist/web/classifier.js'));
for (const [name, { code }] of Object.entries(PAGES))
  writeFileSync(join(folder, name), `import { ClassifierError, loadClassifier } from ${module};\n${code}\n`);

/** One program for all, as browsers run them: without Node's types. */
const program = ts.createProgram(
  [
    ...ENTRIES.map((name) => resolve('src/web', name)),
    ...Object.keys(PAGES).map((name) => join(folder, name)),
  ],
  {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  },
);
const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
  file: basename(file?.fileName ?? ''),
  text: ts.flattenDiagnosticMessageText(messageText, '\n'),
}));

test('what runs in browsers uses nothing of Node, and has no errors of types', () => {
  assert.deepEqual(
    problems.filter(({ file }) => PAGES[file] === undefined),
    [],
  );
});

test('classifier.d.ts types a page, and finds its mistakes', () => {
  for (const [name, { problem }] of Object.entries(PAGES)) {
    const found = problems.filter(({ file }) => file === name).map(({ text }) => text);
    assert.equal(found.length, problem === undefined ? 0 : 1, `${name}: ${found.join('\n')}`);
    if (problem !== undefined) assert.match(found[0]!, problem);
  }
});
