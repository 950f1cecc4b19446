import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ModuleFacts } from '../../../src/pipeline/cache/types.js';
import { codeClosure } from '../../../src/pipeline/plan/code/code-closure.js';
import { CodeView } from '../../../src/pipeline/plan/code/code-view.js';
import { Project } from '../../support/project.js';

const files = {
  'stages/main.js': "import '../lib/part.js'; import './absent.js'; import './typed.js'",
  'stages/typed.ts': 'a()',
  'lib/part.js': "import './deep.js'",
  'lib/deep.js': 'x()',
};

/** A project whose code was looked at by a view; what it learnt is kept for the next one. */
async function seen(t: TestContext, more: Record<string, string> = {}) {
  const project = new Project({ ...files, ...more });
  const main = join(project.dir, 'stages/main.js');
  // As if the files had been written a while ago: nothing is remembered of those that may still change.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  const cache = await project.cache();
  let asked = 0;
  const modules = {
    get(path: string, signature: string): ModuleFacts | undefined {
      asked++;
      return cache.modules.get(path, signature);
    },
    set: cache.modules.set.bind(cache.modules),
  };
  return {
    project,
    cache,
    /** What a new view finds, and whether it followed imports to find it. */
    async look() {
      asked = 0;
      const digest = await new CodeView({ modules, closures: cache.closures }).digest(main);
      assert.equal(digest, (await codeClosure(main, cache.modules)).digest);
      return { digest, followed: asked > 0 };
    },
  };
}

test('the digest of code whose files are unchanged is found without following its imports', async (t) => {
  const { look, cache, project } = await seen(t);
  const first = await look();
  assert.equal(first.followed, true);
  assert.deepEqual(await look(), { digest: first.digest, followed: false });
  // Another process.
  await cache.flush();
  const { closures } = await project.cache();
  const modules = { get: () => assert.fail('imports are followed'), set: () => undefined };
  const digest = await new CodeView({ modules, closures }).digest(join(project.dir, 'stages/main.js'));
  assert.equal(digest, first.digest);
});

const changes: [string, (project: Project) => void][] = [
  ['a file deep in it that changed', (project) => void project.write('lib/deep.js', 'y()')],
  ['a file that was deleted', (project) => rmSync(join(project.dir, 'lib/deep.js'))],
  ['a file that an import did not find before', (project) => void project.write('stages/absent.js', 'y()')],
  ['a file that comes before the one it found', (project) => void project.write('stages/typed.js', 'y()')],
];
for (const [what, change] of changes) {
  test(`${what} is noticed`, async (t) => {
    const { look, project } = await seen(t);
    const before = await look();
    change(project);
    const after = await look();
    assert.notEqual(after.digest, before.digest);
    assert.equal(after.followed, true);
  });
}

test('a package that a module imports is looked at each time, with all its files', async (t) => {
  const { look, project } = await seen(t, {
    'stages/main.js': "import 'tool'",
    'node_modules/tool/package.json': '{"name":"tool","version":"1.0.0"}',
    'node_modules/tool/index.js': 'x()',
  });
  const before = await look();
  project.write('node_modules/tool/index.js', 'y()');
  assert.notEqual((await look()).digest, before.digest);
});

test('a file that may still be changing is not remembered', async () => {
  const project = new Project(files);
  const { modules, closures } = await project.cache();
  const main = join(project.dir, 'stages/main.js');
  await new CodeView({ modules, closures }).digest(main);
  assert.equal(closures.bytes(), 0);
});
