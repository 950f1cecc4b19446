/**
 * Disturbs runs over and over, and checks that nothing is ever lost, wrong or left behind:
 *
 *   node --import tsx scripts/check-crashes.ts [RECIPE] [--kills 25] [--pairs 4] [--disks 6] [--seed 1]
 *
 * RECIPE is run once undisturbed; without one, a small recipe of sixteen tones is used, which saves its
 * training state after every step. Then:
 *
 * - `--kills`: a run is killed with SIGKILL at a random moment, with or without its stage processes, that
 *   many times; each continues from the one before.
 * - `--pairs`: two to four runs start at the same moment on one cache. In half of the groups some are killed.
 * - `--disks`: the cache is on a file system of that many sizes, from nearly nothing to just too small, or
 *   with too few inodes; then space is freed. Needs permission to mount.
 *
 * Every run that was not killed, and had room, must succeed, with models and metrics byte-equal to those of
 * the undisturbed one. Every object must match its digest, the cache must have the same results, and nothing
 * may be left that garbage collection does not remove. A full disk must be reported in one sentence. Exit
 * code 1 otherwise; the caches are then kept.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/random/random.js';
import { Attempts } from '../test/support/crashes/attempts.js';
import { checkDisks } from '../test/support/crashes/disks.js';
import { checkGroups } from '../test/support/crashes/groups.js';
import { checkKills } from '../test/support/crashes/kills.js';
import { restlessProject } from '../test/support/tone-project.js';

const count = { type: 'string', default: '0' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: count,
    pairs: count,
    disks: count,
    seed: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'etude-crashes-'));
const recipe = positionals[0];
const attempts = new Attempts(folder, {
  recipe: recipe ?? 'recipe.yaml',
  cwd: recipe === undefined ? restlessProject().dir : process.cwd(),
  args: values.set.flatMap((one) => ['--set', one]),
});
const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
const random = (name: string) => Random.stream(Number(values.seed), name);

const expected = await attempts.undisturbed();
say(`undisturbed: ${expected.seconds.toFixed(1)} s`);
const kills = await checkKills(attempts, expected, {
  kills: Number(values.kills),
  random: random('kills'),
  say,
});
const groups = await checkGroups(attempts, expected, {
  groups: Number(values.pairs),
  random: random('groups'),
  say,
});
const disks =
  values.disks === '0'
    ? { count: 0, refused: 0, faults: [] }
    : await checkDisks(attempts, expected, { disks: Number(values.disks), random: random('disks'), say });
if (disks === undefined) say('no disks: file systems cannot be mounted here');

const faults = [...kills.faults, ...groups.faults, ...(disks?.faults ?? [])];
for (const fault of faults) console.error(fault);
const sizes = disks === undefined ? '' : `, ${disks.count} disk sizes (${disks.refused} runs out of space)`;
say(`${kills.count} kills, ${groups.count} groups${sizes}: ${faults.length} faults`);
if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
else say(`caches kept in ${folder}`);
process.exitCode = faults.length === 0 ? 0 : 1;
