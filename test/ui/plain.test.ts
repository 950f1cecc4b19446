import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { RunEvent } from '../../src/pipeline/run/events/run-events.js';
import { createRenderer, resolveMode } from '../../src/ui/create-renderer.js';
import type { ProgressMode } from '../../src/ui/progress-mode.js';
import { script } from '../support/script.js';
import { cancelledRun, type EventScript, failedRun, guideRun, hitsOnly } from '../support/ui/events.js';
import { matchSnapshot } from '../support/ui/snapshot.js';

class Sink extends EventEmitter {
  text = '';
  isTTY = false;
  columns = 80;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

async function render(
  mode: ProgressMode,
  script: EventScript,
  env: Record<string, string> = {},
): Promise<{ out: string; err: string }> {
  const stdout = new Sink();
  const stderr = new Sink();
  const renderer = await createRenderer(mode, { stdout, stderr, env });
  for (const event of script.events) renderer.event(event);
  await renderer.close();
  return { out: stdout.text, err: stderr.text };
}

test('plain lines report starts, ends, and occasionally progress', async () => {
  const scripts = [guideRun(), hitsOnly(), failedRun(), cancelledRun()];
  const texts = await Promise.all(scripts.map((script) => render('plain', script)));
  matchSnapshot('plain', texts.map(({ out }) => out).join('────\n'));
  assert.ok(texts.every(({ err }) => err === ''));
});

test('JSON is the events, one per line, run-finished last', async () => {
  const script = guideRun(5);
  const { out } = await render('json', script);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  assert.deepEqual(events, JSON.parse(JSON.stringify(script.events)));
  assert.equal(events.at(-1)?.type, 'run-finished');
});

test('quiet prints nothing for a run that succeeds, and the errors of one that fails on standard error', async () => {
  const quiet = await render('quiet', hitsOnly());
  assert.deepEqual(quiet, { out: '', err: '' });
  const failed = await render('quiet', failedRun());
  assert.equal(failed.out, '');
  assert.match(failed.err, /the file ends in the middle of its samples/);
});

test('escape codes go to a pipe only with FORCE_COLOR, and never against NO_COLOR', async () => {
  assert.ok(!(await render('plain', guideRun(5))).out.includes('\u001b'));
  assert.ok((await render('plain', guideRun(5), { FORCE_COLOR: '1' })).out.includes('\u001b[32m'));
  assert.ok(
    !(await render('plain', guideRun(5), { FORCE_COLOR: '1', NO_COLOR: '1' })).out.includes('\u001b'),
  );
});

test('auto chooses the live UI only on a real terminal', () => {
  const tty = Object.assign(new Sink(), { isTTY: true });
  const mode = (stdout: Sink, env: Record<string, string>) => resolveMode('auto', { stdout, env });
  assert.equal(mode(tty, { TERM: 'xterm' }), 'tty');
  assert.equal(mode(tty, { TERM: 'dumb' }), 'plain');
  assert.equal(mode(tty, { TERM: 'xterm', CI: 'true' }), 'plain');
  assert.equal(mode(tty, { TERM: 'xterm', CI: 'false' }), 'tty');
  assert.equal(mode(new Sink(), { TERM: 'xterm' }), 'plain');
  assert.equal(resolveMode('tty', { stdout: new Sink(), env: {} }), 'plain');
});

test('a reader that closes early causes no error in the run or its process', async () => {
  const modes = ['plain', 'json'].map(async (mode) => {
    const driver = script('../support/ui/play.js', import.meta.url);
    const child = spawn(process.execPath, [...driver, 'guideRun', mode, '100'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual({ mode, code, errors }, { mode, code: 0, errors: '' });
  });
  await Promise.all(modes);
});
