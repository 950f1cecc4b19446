import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish, parseRun, statuses } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

/**
 * Two chains, a -> b -> c and d -> e, each stage with the parameters given. One at a time they start as a, d,
 * b, e, c.
 */
function chain(parameters: Record<string, string> = {}): Project {
  const project = new Project();
  writeCountStage(project);
  const stage = (id: string, from: string | undefined) =>
    `  ${id}:\n    uses: ./stages/count.js\n${from === undefined ? '' : `    from: ${from}\n`}    with: { value: ${id.charCodeAt(0)}${parameters[id] ?? ''} }\n`;
  project.write(
    'recipe.yaml',
    `name: chain\nstages:\n${stage('a', undefined)}${stage('b', 'a')}${stage('c', 'b')}${stage('d', undefined)}${stage('e', 'd')}`,
  );
  return project;
}

test('a failing stage fails the run with its message and no stack trace; finished work is kept', async () => {
  const project = chain({ b: ', fail: true' });
  const human = await project.etude('run', 'recipe.yaml', '--jobs', '1');
  assert.equal(human.code, 1);
  assert.match(human.stdout + human.stderr, /asked to fail/);
  assert.doesNotMatch(human.stdout + human.stderr, /^\s+at .*node:internal/m);
  const run = await project.run({ jobs: 1 });
  assert.equal(run.finished.status, 'failed');
  assert.deepEqual(statuses(run), { a: 'hit', b: 'failed', c: 'skipped', d: 'hit', e: 'skipped' });
  assert.deepEqual(run.stages.c?.because, ['b failed']);
});

test('--keep-going finishes what does not depend on the failed stage', async () => {
  const run = await chain({ b: ', fail: true' }).etudeRun('--keep-going', '--jobs', '1');
  assert.deepEqual(statuses(run), { a: 'run', b: 'failed', c: 'skipped', d: 'run', e: 'run' });
  assert.equal(run.code, 1);
});

test('a stage whose process is killed fails and says so', async () => {
  const run = await chain({ b: ', crash: true' }).run({ jobs: 1 });
  assert.equal(run.stages.b?.status, 'failed');
  assert.match(run.stages.b?.error ?? '', /SIGKILL.*\n?.*memory/s);
});

/** A user's stage with this body of `run`; one that uses all cores has its own process. */
function misbehaving(body: string, cores = 'one'): Project {
  const project = new Project();
  project.write('package.json', '{"type": "module", "private": true}');
  project.write(
    'stages/odd.js',
    `import { mkdirSync } from 'node:fs';
    export default {
      name: 'odd', description: 'Misbehaves.', inputs: {}, output: 'report', cores: '${cores}',
      schema: { type: 'object', properties: {}, additionalProperties: false },
      async run({ progress, log }) { ${body} },
    };`,
  );
  project.write('recipe.yaml', 'name: odd\nstages:\n  only:\n    uses: ./stages/odd.js\n');
  return project;
}

const fine = "return { artifact: { kind: 'report', metrics: {}, files: {} } };";

test("whatever a user's module does, the run ends with a clear message", async () => {
  const bodies: [body: string, message: RegExp, cores?: 'all'][] = [
    ['process.exit(0);', /the process of stage 'only' died \(exit code 0\)/],
    ["throw 'a word';", /it threw 'a word', which is not an Error/],
    ['await Promise.reject(undefined);', /it threw undefined, which is not an Error/],
    ['return;', /invalid result: the result of run\n +expected a map\n +got +undefined/],
    [fine.replace(' };', ', summary: { a: 1 } };'), /invalid result: summary\n +expected text/],
    // The folder is where the process would write its output.
    [
      `mkdirSync(process.argv[2].replace('task.json', 'output.json.part')); ${fine}`,
      /not a file but a folder/,
      'all',
    ],
  ];
  const runs = await Promise.all(bodies.map(([body, , cores]) => misbehaving(body, cores).run()));
  for (const [i, [body, message]] of bodies.entries()) {
    assert.equal(runs[i]!.finished.status, 'failed', body);
    assert.match(runs[i]!.stages.only?.error ?? '', message);
    assert.doesNotMatch(JSON.stringify(runs[i]!.events), /stage-main/);
  }
});

test('what a stage prints or misreports is shown or ignored', async () => {
  const run = await misbehaving(
    `console.log('printed'); progress(); progress({ done: NaN }); log('odd', { a: 1 }); ${fine}`,
  ).run();
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  assert.ok(run.events.some((event) => event.type === 'stage-log' && event.text === 'printed'));
});

test('a run with a read-only cache is all hits', { skip: process.getuid?.() === 0 }, async () => {
  const project = chain();
  await project.run();
  const folders = ['', 'runs', 'tmp', 'locks', 'known', 'index'].map((name) =>
    project.path(`.etude/${name}`),
  );
  for (const folder of folders) chmodSync(folder, 0o555);
  const run = await project.run();
  for (const folder of folders) chmodSync(folder, 0o755);
  assert.deepEqual(new Set(Object.values(statuses(run))), new Set(['hit']));
});

test('Ctrl-C ends the run with 130; the next run continues from there', async () => {
  const project = chain({ b: ', milliseconds: 60000' });
  const child = project.start('run', 'recipe.yaml', '--progress', 'json', '--jobs', '1');
  await until(child, /"stage-started","id":"b"/);
  process.kill(child.pid!, 'SIGINT');
  const run = parseRun(await finishWith(child));
  assert.equal(run.code, 130);
  assert.equal(run.finished.status, 'cancelled');
  assert.deepEqual(statuses(run), { a: 'run', b: 'skipped', c: 'skipped', d: 'run', e: 'skipped' });
  project.edit('recipe.yaml', ', milliseconds: 60000', '');
  assert.deepEqual(statuses(await project.run()), { a: 'hit', b: 'run', c: 'run', d: 'hit', e: 'run' });
});

test('SIGTERM and a closed terminal stop a run as Ctrl-C does', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const project = chain({ b: ', milliseconds: 60000' });
    const child = project.start('run', 'recipe.yaml', '--progress', 'json', '--jobs', '1');
    await until(child, /"stage-progress","id":"b"/);
    process.kill(-child.pid!, signal);
    const run = parseRun(await finishWith(child));
    assert.equal(run.code, code);
    assert.equal(run.stages.b?.status, 'skipped');
  }
});

test('two runs at the same time compute each stage once, and both succeed', async () => {
  const project = chain({ a: ', milliseconds: 400', b: ', milliseconds: 300' });
  // In two processes.
  const [one, two] = await Promise.all([project.etudeRun(), project.run()]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal(two.finished.status, 'success', JSON.stringify(two.finished));
  assert.equal(computations(project), 5);
  const both = [...one.finished.stages, ...two.finished.stages].map(({ status }) => status);
  assert.equal(both.filter((status) => status === 'run').length, 5);
  assert.equal(both.filter((status) => status === 'hit').length, 5);
});

test('a run killed with kill -9 leaves no lock and no partial result behind', async () => {
  const project = chain({ b: ', milliseconds: 1000' });
  const child = project.start('run', 'recipe.yaml', '--progress', 'json', '--jobs', '1');
  await until(child, /"stage-started","id":"b"/);
  process.kill(-child.pid!, 'SIGKILL');
  await finishWith(child);
  const run = await project.run();
  assert.deepEqual(statuses(run), { a: 'hit', b: 'run', c: 'run', d: 'hit', e: 'run' });
});

test('a flipped byte in a cached object is detected, reported and repaired', async () => {
  const project = new Project();
  project.write('package.json', '{"type": "module", "private": true}');
  project.write(
    'stages/file.js',
    `export default {
      name: 'file', description: 'Writes a file.', inputs: {}, output: 'report',
      schema: { type: 'object', properties: {}, additionalProperties: false },
      async run({ objects }) {
        const file = await objects.put(new TextEncoder().encode('precious'.repeat(100)));
        return { artifact: { kind: 'report', metrics: {}, files: { 'text.txt': file } } };
      },
    };`,
  );
  project.write('recipe.yaml', 'name: damage\nstages:\n  only:\n    uses: ./stages/file.js\n');
  await project.run();

  const object = objectsOf(project).find((path) => readFileSync(path, 'utf8').startsWith('precious'))!;
  const bytes = readFileSync(object);
  bytes[7]! ^= 1;
  chmodSync(object, 0o644);
  writeFileSync(object, bytes);

  const run = await project.run();
  assert.deepEqual(statuses(run), { only: 'run' });
  assert.match(
    run.events.map((event) => ('text' in event ? event.text : '')).join('\n') +
      run.stages.only?.because.join(),
    /damaged/,
  );
  assert.equal(readFileSync(object, 'utf8'), 'precious'.repeat(100));
  assert.deepEqual(statuses(await project.run()), { only: 'hit' });
});

function objectsOf(project: Project): string[] {
  const folder = project.path('.etude/objects');
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}

/** What a process printed while `until` was waiting is part of its result, too. */
const heard = new WeakMap<object, string>();

function until(child: ReturnType<Project['start']>, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer) => {
      text += chunk;
      heard.set(child, text);
      // Events put `at` first; the pattern must not depend on that.
      if (pattern.test(text.replaceAll(/"at":\d+,/g, '').replaceAll('"type":', ''))) {
        child.stdout?.off('data', listen);
        resolve();
      }
    };
    child.stdout?.on('data', listen);
    child.once('close', () => reject(new Error(`ended before ${pattern}: ${text}`)));
  });
}

async function finishWith(child: ReturnType<Project['start']>) {
  const result = await finish(child);
  return { ...result, stdout: (heard.get(child) ?? '') + result.stdout };
}
