import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChoosingSession } from '../../src/engine/onnxruntime/choosing-session.js';
import type { NativeSession } from '../../src/engine/onnxruntime/native-binding.js';
import { SpinChoice } from '../../src/engine/onnxruntime/spin-choice.js';
import { openEngine } from '../../src/engine/open-engine.js';
import { recordInto } from '../../src/engine/record.js';
import * as tf from '../../src/engine/tf.js';

/** A machine on which runs take some milliseconds, and others some of its cores. */
class Machine {
  readonly time = { all: 0, own: 0 };
  clocksRead = 0;
  readonly choice = new SpinChoice(() => {
    this.clocksRead += 1;
    return { ...this.time };
  });
  others = 0;
  sleepingMs = 1000;
  spinningMs = 900;

  /** Which of so many runs spin. */
  runs(count: number): string {
    return Array.from({ length: count }, () => {
      const spins = this.choice.begin();
      const ms = spins ? this.spinningMs : this.sleepingMs;
      this.time.own += 2 * ms;
      this.time.all += 2 * ms + this.others * ms;
      this.choice.end(ms);
      return spins ? 'S' : '.';
    }).join('');
  }
}

test('alone, spinning is tried, and kept if it is faster', () => {
  const machine = new Machine();
  assert.equal(machine.runs(16), '.....SS..SSSSSSS');
});

test('spinning that saves less than two percent is given up', () => {
  const machine = new Machine();
  machine.spinningMs = 990;
  assert.equal(machine.runs(16), '.....SS..S......');
});

test('beside others nothing spins, and what was measured before is measured again afterwards', () => {
  const machine = new Machine();
  machine.runs(12);
  machine.others = 1;
  assert.equal(machine.runs(4), 'S...');
  machine.others = 0;
  machine.spinningMs = 1100;
  assert.equal(machine.runs(12), '....SS..S...');
});

test('short runs never spin, and no clocks are read for them', () => {
  const machine = new Machine();
  machine.sleepingMs = 50;
  assert.equal(machine.runs(20), '.'.repeat(20));
  assert.equal(machine.clocksRead, 0);
});

test('a session for threads that spin is opened once it is needed, and closed with the other', () => {
  const events: string[] = [];
  const open = (_: unknown, { extra }: { extra?: Record<string, unknown> }): NativeSession => {
    const name = String(extra!.spin);
    events.push(`open ${name}`);
    return {
      run: () => {
        events.push(`run ${name}`);
        return {};
      },
      dispose: () => events.push(`close ${name}`),
    };
  };
  const answers = [false, true, true, false];
  const choice = { begin: () => answers.shift()!, end: () => {} } as unknown as SpinChoice;
  const options = (spin: boolean) => ({ extra: { spin } });
  const session = new ChoosingSession({ open: open as never }, new Uint8Array(1), options, choice);
  for (let run = 0; run < 4; run++) session.run({}, {});
  session.dispose();
  const expected = 'open false, run false, open true, run true, run true, run false, close false, close true';
  assert.equal(events.join(', '), expected);
});

test('without room for a second session, the first one goes on alone', () => {
  let opened = 0;
  let ran = 0;
  const open = (): NativeSession => {
    if (++opened > 1) throw new Error('out of memory');
    return { run: () => ({ ran: ++ran }) as never, dispose: () => {} };
  };
  const choice = { begin: () => true, end: () => {} } as unknown as SpinChoice;
  const session = new ChoosingSession({ open: open as never }, new Uint8Array(1), () => ({}), choice);
  for (let run = 0; run < 3; run++) session.run({}, {});
  session.dispose();
  assert.deepEqual([opened, ran], [2, 3], 'it is not tried again');
});

test('threads that spin compute the same bits', async () => {
  const results = [];
  for (const spin of [false, true, 'auto'] as const) {
    await openEngine('onnxruntime', { threads: 2, spin });
    const x = tf.tensor2d(
      Array.from({ length: 128 * 128 }, (_, i) => Math.sin(i)),
      [128, 128],
    );
    const result = new Float32Array(128 * 128);
    recordInto(() => [tf.exp(tf.matMul(x, x, false, true))], [result]);
    results.push(result);
  }
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
});
