/**
 * `busy.ts WHEN`: starts itself again and prints the child's pid; `busy.ts child WHEN`: never yields to its
 * event loop again, and ends only with its parent, which it watches `now`, as a stage that takes `long`, or
 * as one of the user's `own`.
 */
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithRunner } from '../../../../src/pipeline/run/end-with-runner.js';
import { watchModules } from '../../../../src/pipeline/run/guard/watch-modules.js';
import { findBuiltIn } from '../../../../src/stage/find-stage-type.js';
import { endWithParent } from '../../../../src/util/end-with-parent.js';

const [first, second] = process.argv.slice(2);
if (first === 'child') {
  if (second === 'now') endWithParent();
  else if (second === 'own')
    watchModules(
      { files: [], packages: [], etude: [] },
      new Map(),
      (path) => new Error(path),
      () => true,
    );
  else {
    endWithRunner((await findBuiltIn('rename'))!);
    await wait(1100);
  }
  process.send!('started', () => {
    // Like an endless loop, for others with a core to themselves.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
} else {
  const child = fork(fileURLToPath(import.meta.url), ['child', first!]);
  child.once('message', () => console.log(child.pid));
}
