import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playInTerminal, SUSPENDED } from '../support/ui/terminal.js';

const CSI = '\u001b[';

describe('the live UI on a real pseudo-terminal', { concurrency: 2 }, () => {
  for (const columns of [40, 80, 120]) {
    test(`${columns} columns: no wrapped line at any moment, each finished line once, the cursor back`, async () => {
      const screen = await playInTerminal({ script: 'guideRun', columns, speed: 100 });
      assert.equal(screen.exitCode, 0);
      assert.equal(screen.wrappedEver, 0);
      assert.equal(screen.cursorHidden, false);
      assert.equal(screen.rows[0], '$ before');
      assert.match(screen.rows[1]!, /minds14-intent · 8 stages, 3 hits/);
      const finished = screen.rows.filter((row) => row.startsWith('✔ ')).map((row) => row.split(/\s+/)[1]);
      assert.deepEqual(finished, [
        'minds',
        'parts',
        'slim',
        'speech',
        'features',
        'encoded',
        'model',
        'scores',
        '3',
      ]);
      // Nothing of the live region remains.
      assert.doesNotMatch(screen.rows.join('\n'), /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|waits for|8 stages ·/);
      // Nothing ever cleared the screen or its scrollback, or switched to another screen.
      for (const code of ['2J', '3J', '?1049h', 'H']) assert.ok(!screen.output.includes(CSI + code), code);
      assert.match(screen.output, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    });
  }

  test('more stages than rows: the scrollback contains every stage once, and is never cleared; NO_COLOR only removes colours', async () => {
    const env = { NO_COLOR: '1' };
    const screen = await playInTerminal({ script: 'manyStages', columns: 80, rows: 12, speed: 2, env });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
    assert.doesNotMatch(screen.output, /\u001b\[[\d;]*m/);
    assert.match(screen.output, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    assert.equal(screen.wrappedEver, 0);
    assert.equal(screen.rows[0], '$ before');
    assert.equal(screen.rows.filter((row) => row.startsWith('✔ ')).length, 41);
    for (const code of ['2J', '3J']) assert.ok(!screen.output.includes(CSI + code), code);
  });

  test('while suspended, the terminal is as it was before; afterwards nothing of the shell is overwritten', async () => {
    let suspended: Promise<void> | undefined;
    const screen = await playInTerminal({
      script: 'guideRun',
      columns: 80,
      rows: 40,
      speed: 60,
      hold: true,
      during(output, act) {
        if (!output.includes('loss ')) return;
        suspended ??= act.suspend(300);
        if (output.split(SUSPENDED)[1]?.includes('loss ')) act.release();
      },
    });
    await suspended;
    const before = screen.output.split(SUSPENDED)[0]!;
    // The last output: the cursor is shown, and no frame came after it.
    assert.ok(before.endsWith(`${CSI}?25h`), JSON.stringify(before.slice(-80)));
    assert.equal(screen.exitCode, 0);
    assert.equal(screen.cursorHidden, false);
    const text = screen.rows.join('\n');
    assert.match(text, /\$ shell\n\$ fg\n/);
    assert.doesNotMatch(text, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  test('a terminal that is resized while stages run keeps its lines intact', async () => {
    let released = false;
    let busy = false;
    const sizes: [number, number][] = [
      [50, 24],
      [100, 20],
      [44, 24],
    ];
    const screen = await playInTerminal({
      script: 'guideRun',
      columns: 100,
      speed: 60,
      hold: true,
      during(output, act) {
        // One size for every third frame of the training, three more frames at the end.
        const frames = output.split('loss ').length - 1;
        if (busy || frames < 3 * (4 - sizes.length)) return;
        if (sizes.length > 0) {
          busy = true;
          act.resize(...sizes.shift()!).finally(() => {
            busy = false;
          });
        } else if (!released) {
          released = true;
          act.release();
        }
      },
    });
    assert.equal(sizes.length, 0);
    assert.equal(screen.cursorHidden, false);
    const text = screen.rows.join('\n');
    assert.doesNotMatch(text, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|waits for/);
    assert.equal(text.match(/✔ model/g)?.length, 1);
  });

  test('Ctrl-C shows that the state is being saved', async () => {
    let interrupted = false;
    const screen = await playInTerminal({
      script: 'cancelledRun',
      columns: 80,
      speed: 5,
      during(output, act) {
        if (interrupted || !output.includes('loss')) return;
        interrupted = true;
        act.write('\u0003');
      },
    });
    assert.match(screen.output, /stopping: saving state … \(Ctrl-C again to kill\)/);
    assert.match(screen.rows.join('\n'), /■ cancelled: 6 hits, 2 skipped/);
    assert.doesNotMatch(screen.rows.join('\n'), /\^C/);
  });

  for (const env of [{ CI: '1' }, { TERM: 'dumb' }] as Record<string, string>[]) {
    const [name = '', value = ''] = Object.entries(env)[0] ?? [];
    test(`${name}=${value}: plain lines, nothing that moves`, async () => {
      const screen = await playInTerminal({
        script: 'guideRun',
        columns: 200,
        speed: 100,
        env: { ...env, NO_COLOR: '1' },
      });
      assert.ok(!screen.output.includes('\u001b'));
      assert.match(screen.rows.join('\n'), /model +train +start/);
    });
  }
});
