/**
 * `busy.ts`: starts itself again and prints the child's pid; `busy.ts child`: computes forever, ending only
 * with its parent.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithParent } from '../../../../src/util/end-with-parent.js';

if (process.argv[2] === 'child') {
  endWithParent();
  process.send!('started', () => {
    for (;;);
  });
} else {
  const child = fork(fileURLToPath(import.meta.url), ['child']);
  child.once('message', () => console.log(child.pid));
}
