/**
 * Damages a cache repeatedly and checks whether a run is ever wrong:
 *
 *   node --import tsx scripts/check-damage.ts [--mutations 1000] [--seed 1]
 *
 * A small recipe (a dataset in CSV, split, columns removed and renamed, a user's stage that makes a report)
 * is run with an intact cache. Then, `--mutations` times, one file below `.etude` is damaged (a bit flipped,
 * truncated, deleted, zeroed, filled with noise, swapped with another, replaced by a folder, a pipe or a
 * broken link), and the recipe is run in this process: it must give the same lock as the first run, or fail
 * with a clear error, but never with a defect. A quarantine, a pin, a scratch folder and the lock of a dead
 * process are damaged, too. Stage processes run as usual if something must be computed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkDamage } from '../test/support/damage.js';

const { values } = parseArgs({
  options: { mutations: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const folder = mkdtempSync(join(tmpdir(), 'etude-damage-'));
try {
  const { mutations, faults, refused, kinds } = await checkDamage(folder, {
    mutations: Number(values.mutations),
    seed: Number(values.seed),
    onFault: (fault) => console.error(fault),
  });
  for (const [kind, count] of Object.entries(kinds)) console.log(`${String(count).padStart(5)}  ${kind}`);
  console.log(
    `${mutations} mutations: ${faults.length} faults, ${refused} runs refused with a proper message`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
