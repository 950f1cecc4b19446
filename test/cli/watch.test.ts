import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { finish } from '../support/command-line.js';
import { writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';
import { script } from '../support/script.js';

const main = script('../../src/cli/main.cts', import.meta.url);
const project = new Project();
writeCountStage(project);
project.write(
  'recipe.yaml',
  `name: sums
stages:
  one:
    uses: ./stages/count.js
    with: { value: 1, milliseconds: 0 }
`,
);
after(() => project.remove());

/** `etude watch recipe.yaml` on a terminal, and what it shows. */
function watchInTerminal(columns: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows: 24, scrollback: 1000, allowProposedApi: true });
  const env = { ...process.env, ...project.env, TERM: 'xterm-256color' } as Record<string, string>;
  for (const name of ['CI', 'NO_COLOR', 'NODE_TEST_CONTEXT', 'NODE_ENV']) delete env[name];
  const options = { cols: columns, rows: 24, cwd: project.dir, env };
  const child = spawn(process.execPath, [...main, 'watch', 'recipe.yaml'], options);
  let output = '';
  let look = () => {};
  child.onData((data) => {
    output += data;
    terminal.write(data, () => look());
  });
  const rows = () => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)!);
    return {
      lines: lines.map((line) => line.translateToString(true)),
      wrapped: lines.filter((l) => l.isWrapped),
    };
  };
  /** Waits until the rows after the last mark show something, which becomes the next mark. */
  let mark = 0;
  const shown = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${what} in\n${rows().lines.join('\n')}`)), 60_000);
      look = () => {
        const at = rows().lines.findIndex((line, y) => y >= mark && what.test(line));
        if (at === -1) return;
        mark = at;
        look = () => {};
        clearTimeout(late);
        resolve();
      };
      look();
    });
  after(() => child.kill());
  const exit = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  return { press: (key: string) => child.write(key), rows, shown, exit, output: () => output };
}

test('on a terminal: keys run, plan, restart and quit', async () => {
  const { press, rows, shown, exit, output } = watchInTerminal(60);
  await shown(/waiting for changes of recipe\.yaml/);
  press('p');
  await shown(/1 hit: nothing would run/);
  press('\r');
  await shown(/1 hit: nothing ha/);
  await shown(/enter run · p plan · q quit/);

  project.edit('recipe.yaml', 'milliseconds: 0', 'milliseconds: 60000');
  await shown(/↻ recipe\.yaml changed/);
  await shown(/⠋|⠙|⠹|⠸|⠼|⠴|⠦|⠧|⠇|⠏/);
  project.edit('recipe.yaml', 'milliseconds: 60000', 'milliseconds: 1');
  await shown(/milliseconds 60000 → 1/);
  await shown(/r restart · f finish it first/);
  press('r');
  await shown(/cancelled/);
  await shown(/✔ 0 hits, 1 run/);
  await shown(/q quit/);
  project.edit('recipe.yaml', 'name: sums', 'name: [');
  await shown(/YAML syntax/);
  await shown(/q quit/);
  press('q');
  assert.equal(await exit, 0);
  const { lines, wrapped } = rows();
  assert.deepEqual(wrapped, []);
  // What was drawn has been erased, and the cursor is back.
  assert.doesNotMatch(lines.join('\n'), /q quit|f finish|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  assert.ok(output().lastIndexOf('\u001b[?25h') > output().lastIndexOf('\u001b[?25l'));
});

test('Ctrl-C on a terminal ends it with the exit code of a run', async () => {
  const { press, rows, shown, exit } = watchInTerminal(60);
  await shown(/q quit/);
  press('\u0003');
  assert.equal(await exit, 130);
  assert.doesNotMatch(rows().lines.join('\n'), /bug in Etude/);
});

test('without a terminal it prints lines and reads no keys; Ctrl-C ends it', async () => {
  project.write(
    'recipe.yaml',
    'name: sums\nstages: { one: { uses: ./stages/count.js, with: { value: 5 } } }\n',
  );
  const child = project.start('run', 'recipe.yaml', '--watch');
  child.stdout!.on('data', (data) => {
    if (String(data).includes('waiting for changes')) child.kill('SIGINT');
  });
  const { code, stdout } = await finish(child);
  assert.equal(code, 130);
  assert.match(stdout, /one .* done +total 5/);
  assert.match(stdout, /waiting for changes of recipe\.yaml\n$/);

  const wrong = await project.etude('run', 'recipe.yaml', '--watch', '--locked');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /'--watch' cannot be used with option '--locked'/);
});
