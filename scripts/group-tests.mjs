/**
 * Groups test files that do not need their own process, a few per process: starting Node and loading their
 * imports takes longer than most of them run. A group is a file of `.test-build/groups/` that imports them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { compiledFile, TEST_BUILD } from './compile-tests.mjs';

/** A folder whose files hold on to a device. */
const ALONE_FOLDER = 'test/engine/';

/** What one file of a group would do to the others: hooks around every test, and state of the process. */
const ALONE_TEXT =
  /^(before(Each)?|afterEach)\(|process\.(env|chdir|on|umask|exit)|cache } = createRequire|globalThis|mock\./m;

/** Few enough that the processes end at about the same time; those of e2e take longer. */
const FILES_OF_A_GROUP = { e2e: 3, others: 8 };

/** Folders by how long their processes take, the longest first, so that short ones are left for the end. */
const FIRST = ['e2e', 'pipeline/remote', 'learning', 'pipeline', 'stages', 'cli', 'project', 'engine', 'ui'];

/** The compiled files for Node's test runner, those that take longest first. */
export function groupTests(files) {
  const isAlone = (file) => file.startsWith(ALONE_FOLDER) || ALONE_TEXT.test(readFileSync(file, 'utf8'));
  const alone = files.filter(isAlone).map((file) => ({ file, path: compiledFile(file) }));
  const groups = new Map();
  for (const file of files.filter((each) => !isAlone(each))) {
    const [, folder, inner] = file.split('/');
    const name = folder === 'pipeline' ? `${folder}-${inner}` : rank(file) < FIRST.length ? folder : 'others';
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
  return [...alone, ...written].sort((a, b) => rank(a.file) - rank(b.file)).map(({ path }) => path);
}

function rank(file) {
  const found = FIRST.findIndex((folder) => file.startsWith(`test/${folder}/`));
  return found === -1 ? FIRST.length : found;
}

function writeGroup(name, files) {
  const group = join(TEST_BUILD, 'groups', `${name}.test.js`);
  mkdirSync(dirname(group), { recursive: true });
  const imports = files.map((file) => relative(dirname(group), compiledFile(file)).replaceAll('\\', '/'));
  writeFileSync(group, imports.map((path) => `import './${path}';\n`).join(''));
  return group;
}
