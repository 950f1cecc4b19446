/**
 * Edits files while they are being read, and restores them, repeatedly, and checks whether a run is ever
 * wrong:
 *
 *   node --import tsx scripts/check-edits.ts [WORD…] [--edits 10] [--seed 1] [--verify]
 *
 * One small recipe for every kind of source and every stage type that reads files (those whose name has one
 * of the words). A hook in the run's processes counts what they do with the file, replaces it at a random
 * step and restores it at a later one, including its times. After each such run the recipe is run with the
 * original file, and with the edited one: both must give, to the digest, what an undisturbed run gives. With
 * --verify, everything is recomputed at the end.
 */
import { parseArgs } from 'node:util';
import { hubCases, sourceCases, stageCases } from '../test/support/edit-cases.js';
import { checkEdits } from '../test/support/edits.js';
import { HubServer } from '../test/support/hub-server.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    edits: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    verify: { type: 'boolean', default: false },
  },
});
const hub = await HubServer.start();
let edits = 0;
let faults = 0;
try {
  for (const [name, make] of Object.entries({ ...sourceCases, ...hubCases, ...stageCases })) {
    if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
    const one = await make(hub);
    try {
      const options = { edits: Number(values.edits), seed: Number(values.seed), verify: values.verify };
      const report = await checkEdits(one, options);
      edits += report.edits;
      faults += report.faults.length;
      const outcomes = Object.entries(report.outcomes).map(([outcome, count]) => `${count} ${outcome}`);
      console.log(`${name}: ${report.edits} edits, ${report.faults.length} faults (${outcomes.join(', ')})`);
      if (report.verified !== undefined) console.log(`  verify: ${report.verified}`);
      for (const fault of report.faults) console.error(`  ${fault}`);
    } finally {
      one.project.remove();
    }
  }
} finally {
  await hub.close();
}
console.log(`${edits} edits: ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
