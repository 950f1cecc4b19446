/**
 * Puts test files that need no process of their own together, a few to a process: starting Node and loading
 * what they import takes longer than most of them run. A group is a file of `.test-build/groups/` that
 * imports them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { compiledFile, TEST_BUILD } from './compile-tests.mjs';

/** Folders of test/ whose files start no command line and no server, and hold on to no device. */
const SHARED = [
  'files',
  'house',
  'init',
  'learning',
  'pipeline/cache',
  'pipeline/diff',
  'pipeline/lock',
  'pipeline/plan',
  'pipeline/recipe',
  'pipeline/run',
  'pipeline/verify',
  'random',
  'samples',
  'schema',
  'stages',
  'terminal',
  'ui',
  'util',
];

/** What one file of a group would do to the others: hooks around every test, and state of the process. */
const ALONE = /^(before|beforeEach|afterEach)\(|process\.(env|chdir|on|umask|exit|kill)|globalThis|mock\./m;

/** So few that the processes at work end at about the same time. */
const FILES_OF_A_GROUP = 8;

/** Files that take longest, so that they start first. */
const FIRST = ['e2e', 'pipeline/remote', 'cli', 'engine', 'pipeline/run'];

/** The files to hand to Node's test runner, compiled, those first that take longest. */
export function groupTests(files) {
  const alone = files.filter((file) => !isShared(file));
  const groups = new Map();
  for (const file of files.filter(isShared)) {
    const folder = SHARED.find((name) => file.startsWith(`test/${name}/`));
    const name =
      ['learning', 'stages'].includes(folder) || folder.startsWith('pipeline/') ? folder : 'others';
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const written = [...groups].flatMap(([name, all]) => {
    const count = Math.ceil(all.length / FILES_OF_A_GROUP);
    return Array.from({ length: count }, (_, i) => {
      const part = all.filter((_, at) => at % count === i);
      return part.length === 1
        ? compiledFile(part[0])
        : writeGroup(`${name.replace('/', '-')}-${i + 1}`, part);
    });
  });
  const rank = (file) => {
    const found = FIRST.findIndex((folder) => file.startsWith(`test/${folder}/`));
    return found === -1 ? FIRST.length : found;
  };
  return [...alone.sort((a, b) => rank(a) - rank(b)).map(compiledFile), ...written];
}

function isShared(file) {
  return (
    SHARED.some((folder) => file.startsWith(`test/${folder}/`)) && !ALONE.test(readFileSync(file, 'utf8'))
  );
}

function writeGroup(name, files) {
  const group = join(TEST_BUILD, 'groups', `${name}.test.js`);
  mkdirSync(dirname(group), { recursive: true });
  const imports = files.map((file) => relative(dirname(group), compiledFile(file)).replaceAll('\\', '/'));
  writeFileSync(group, imports.map((path) => `import './${path}';\n`).join(''));
  return group;
}
