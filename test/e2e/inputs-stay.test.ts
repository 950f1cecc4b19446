import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warningsOf } from '../support/command-line.js';
import { Project } from '../support/project.js';

/** A project with one user's stage, whose `run` has this body. */
function projectWith(body: string, more = ''): Project {
  const project = new Project();
  project.write('package.json', '{"type": "module", "private": true}');
  project.write('recipe.yaml', 'name: p\nstages:\n  s: { uses: ./stages/s.js }\n');
  project.write(
    'stages/s.js',
    `
import fs, { readFileSync, createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
${more}
const report = (total) => ({ artifact: { kind: 'report', metrics: { all: { total: Number(total) } }, files: {} } });
export default {
  name: 's', description: 'Reads.', inputs: {}, output: 'report',
  schema: { type: 'object', additionalProperties: false, properties: { file: { type: 'string' } } },
  async sources(params, place) {
    if (params.file === undefined) return [];
    return [{ param: 'file', files: [{ name: params.file, path: place.resolve(params.file) }] }];
  },
  async run({ place, sources }) { ${body} },
};
`,
  );
  return project;
}

/** Replaces a file's content, and restores it once `read` is done. */
const swapping = (read: string) => `
  const { path } = sources.file[0];
  const value = await (async () => { ${read} })();
  return report(value);`;

const EDIT = "fs.writeFileSync(path, '2000'); ";
const BACK = "; fs.writeFileSync(path, '1000')";
const mark =
  "const flag = place.resolve('swapped'); const first = !fs.existsSync(flag); if (first) fs.mkdirSync(flag); ";

test('a result is never kept if a file was edited and restored while the stage read it, however it reads', {
  timeout: 120_000,
}, async () => {
  const ways: Record<string, string> = {
    readFile: `${mark} const text = readFile(path, 'utf8'); if (first) { ${EDIT} } return text.finally(() => { if (first) { ${BACK} } });`,
    handle: `${mark} const file = await open(path); if (first) { ${EDIT} } const text = await file.readFile('utf8'); if (first) { ${BACK} } await file.close(); return text;`,
    stream: `${mark} const stream = createReadStream(path, 'utf8'); await new Promise((done) => stream.on('open', done)); if (first) { ${EDIT} } let text = ''; try { for await (const part of stream) text += part; } finally { if (first) { ${BACK} } } return text;`,
    before: `${mark} if (first) { ${EDIT} } try { return readFileSync(path, 'utf8'); } catch { return 5; } finally { if (first) { ${BACK} } }`,
    'never closed': `${mark} const file = fs.openSync(path); if (first) { ${EDIT} } const bytes = Buffer.alloc(4); fs.readSync(file, bytes); if (first) { ${BACK} } return bytes.toString();`,
  };
  await Promise.all(
    Object.entries(ways).map(async ([way, read]) => {
      const project = projectWith(swapping(read));
      project.write('recipe.yaml', 'name: p\nstages:\n  s: { uses: ./stages/s.js, with: { file: n.txt } }\n');
      project.write('n.txt', '1000');
      const run = await project.run();
      assert.equal(run.finished.status, 'success', way);
      assert.equal(run.finished.metrics.all_total, 1000, way);
      assert.match(warningsOf(run).join(), /n\.txt changed while 's' read it/, way);
      assert.equal((await project.run()).stages.s!.status, 'hit', way);
    }),
  );
});

test('code and files that are not in the fingerprint are refused by name', {
  timeout: 120_000,
}, async () => {
  const ways: Record<string, [body: string, where: RegExp, more?: string]> = {
    'computed import': [
      "return report((await import('./la' + 'te.js')).late)",
      /late\.js: the stage type loads code/,
    ],
    createRequire: [
      "return report(createRequire(import.meta.url)('./' + 'late.cjs'))",
      /late\.cjs: the stage type loads code/,
    ],
    'hidden createRequire': [
      "const load = createRequire(import.meta.url); return report(load('./late.cjs'))",
      /late\.cjs: the stage type loads code/,
    ],
    'computed package': [
      "return report((await import('some' + 'thing')).default)",
      /something.*: the stage type loads code/,
    ],
    'working directory': [
      "return report(readFileSync('number.txt', 'utf8'))",
      /number\.txt: the stage type reads a file/,
    ],
    swallowed: [
      "let n = 7; try { n = await readFile(place.resolve('number.txt'), 'utf8') } catch {} return report(n)",
      /number\.txt: the stage type reads a file/,
    ],
    worker: [
      "const { Worker } = await import('node:worker_threads'); new Worker(place.resolve('stages/late.cjs')); return report(1)",
      /late\.cjs: the stage type loads code/,
    ],
  };
  await Promise.all(
    Object.entries(ways).map(async ([way, [body, where, more]]) => {
      const project = projectWith(body, more);
      project.write('stages/late.js', 'export const late = 1000;');
      project.write('stages/late.cjs', 'module.exports = 1000;');
      project.write('number.txt', '1000');
      project.write(
        'node_modules/something/package.json',
        '{"name":"something","version":"1.0.0","main":"i.cjs"}',
      );
      project.write('node_modules/something/i.cjs', 'module.exports = 1000;');
      const { finished, stages } = await (way === 'working directory' ? project.etudeRun() : project.run());
      assert.equal(finished.status, 'failed', way);
      assert.match(stages.s!.error!, where, way);
      assert.doesNotMatch(stages.s!.error!, /defect/, way);
    }),
  );
});

test('files that are in the fingerprint, or that a stage created itself, may be read', async () => {
  const project = projectWith(
    `const made = place.resolve('made.txt');
     fs.writeFileSync(made, '1');
     const one = Number(readFileSync(made, 'utf8'));
     const table = JSON.parse(readFileSync(new URL('./table.json', import.meta.url), 'utf8'));
     const { late } = await import('./late.js');
     const { default: something } = await import('something');
     return report(one + table.n + late + something);`,
  );
  project.write('stages/late.js', 'export const late = 1000;');
  project.write('stages/table.json', '{"n": 20}');
  project.write(
    'node_modules/something/package.json',
    '{"name":"something","version":"1.0.0","main":"i.cjs"}',
  );
  project.write('node_modules/something/i.cjs', 'module.exports = require("./inner.cjs");');
  project.write('node_modules/something/inner.cjs', 'module.exports = 300;');
  const first = await project.run();
  assert.equal(first.stages.s!.error, undefined);
  assert.equal(first.finished.metrics.all_total, 1321);
  // An edited package of the same version.
  project.write('node_modules/something/inner.cjs', 'module.exports = 500;');
  const second = await project.run();
  assert.deepEqual([second.stages.s!.status, second.finished.metrics.all_total], ['run', 1521]);
  project.write('stages/table.json', '{"n": 30}');
  assert.equal((await project.run()).finished.metrics.all_total, 1531);
});

const EDIT_LATE = "fs.writeFileSync(place.resolve('stages/late.js'), 'export const late = 2000;');";

test('a module that is edited before the stage imports it invalidates the result, one edited after does not', async () => {
  const edit = (when: string) =>
    projectWith(
      when === 'before'
        ? `${EDIT_LATE} return report((await import('./late.js')).late)`
        : `const { late } = await import('./late.js'); ${EDIT_LATE} return report(late)`,
    );
  for (const when of ['before', 'after'] as const) {
    const project = edit(when);
    project.write('stages/late.js', 'export const late = 1000;');
    const { finished, stages } = await project.run();
    assert.equal(finished.status, when === 'before' ? 'failed' : 'success', when);
    if (when === 'before')
      assert.match(stages.s!.error!, /code.*changed while the stage ran: stages\/late\.js/);
    project.write('stages/late.js', 'export const late = 1000;');
    const again = await project.run();
    if (when === 'after') {
      assert.equal(again.stages.s!.status, 'hit');
      assert.equal(again.finished.metrics.all_total, 1000);
    } else assert.notEqual(again.stages.s!.status, 'hit');
  }
});
