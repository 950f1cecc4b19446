/**
 * Groups test files, a few per process: starting Node and loading their imports takes longer than most of
 * them run. A group is a file of `.test-build/groups/` that runs them with `test-in-turn.mjs`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { compiledFile, TEST_BUILD } from './compile-tests.mjs';

/** Loads packages that only pretend to be TensorFlow, or looks at which ones the process has loaded. */
const ALONE_TEXT = /process\.env\.ETUDE_TENSORFLOW_DIR = |cache } = createRequire/;

/** Those of e2e that share a server or a project take long enough by themselves. */
const LONG = /^before\(/m;

/** Files that compare engines hold on to the one that others open anew. */
const HOLDS_ENGINE = /support\/compare-engines/;

/** Few enough that the processes end at about the same time; those of e2e take longer. */
const FILES_OF_A_GROUP = { e2e: 3, stages: 6, others: 16 };

/** Folders by how long their processes take, the longest first, so that short ones are left for the end. */
const FIRST = [
  'e2e',
  'pipeline/remote',
  'web',
  'project',
  'pipeline',
  'cli',
  'scripts',
  'house',
  'stages',
  'ui',
  'learning',
  'engine',
];

/** The compiled files for Node's test runner, those that take longest first. */
export function groupTests(files) {
  const groups = new Map();
  for (const file of files) {
    const name = groupOf(file);
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const written = [...groups].flatMap(([name, all]) => {
    const count = Math.ceil(all.length / (FILES_OF_A_GROUP[name] ?? FILES_OF_A_GROUP.others));
    return Array.from({ length: count }, (_, i) => {
      const part = all.filter((_, at) => at % count === i);
      const path = part.length === 1 ? compiledFile(part[0]) : writeGroup(`${name}-${i + 1}`, part);
      return { file: part[0], path };
    });
  });
  return written.sort((a, b) => rank(a.file) - rank(b.file)).map(({ path }) => path);
}

function groupOf(file) {
  const text = readFileSync(file, 'utf8');
  if (ALONE_TEXT.test(text) || (file.startsWith('test/e2e/') && LONG.test(text))) return file;
  if (HOLDS_ENGINE.test(text)) return 'compared-engines';
  const folder = FIRST.find((folder) => file.startsWith(`test/${folder}/`)) ?? 'others';
  return folder.replace('/', '-');
}

function rank(file) {
  const found = FIRST.findIndex((folder) => file.startsWith(`test/${folder}/`));
  return found === -1 ? FIRST.length : found;
}

function writeGroup(name, files) {
  const group = join(TEST_BUILD, 'groups', `${name}.test.js`);
  mkdirSync(dirname(group), { recursive: true });
  const names = files.map((file) => relative(dirname(group), compiledFile(file)).replaceAll('\\', '/'));
  const runs = "import { testInTurn } from '../scripts/test-in-turn.mjs';\n\n";
  writeFileSync(group, `${runs}await testInTurn(${JSON.stringify(names)}, import.meta.url);\n`);
  return group;
}
