import { NumpyRandom } from '../../random/numpy-random.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { ParameterError } from './parameter-error.js';
import type { SplitSizes } from './split-sizes.js';
import type { TrainTest } from './train-test-split.js';

/** The most groups that a message lists. */
const MOST_NAMES = 20;

/** The largest exact search (groups times rows), beyond which a greedy choice takes over. */
const maxSearch = 2e8;

/**
 * Splits rows so that no group (a speaker, say) is on both sides, with part sizes as close as possible to
 * those requested. With a seed, groups are considered in a random order (NumPy's permutation) and the rows of
 * each part are shuffled; without one, groups are considered in order of first appearance and rows keep their
 * order.
 */
export function groupSplit(
  groups: readonly (string | number)[],
  { n_train, n_test }: SplitSizes,
  seed: number | undefined,
): TrainTest {
  const rng = seed === undefined ? undefined : new NumpyRandom(seed);
  const members = new Map<string | number, number[]>();
  groups.forEach((group, row) => {
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [row]);
    else rows.push(row);
  });
  const names = [...members.keys()];
  if (names.length < 2) {
    throw new EtudeError('too few groups to split', {
      expected: 'at least 2 groups',
      got: `${names.length}`,
    });
  }
  const order = rng === undefined ? names : Array.from(rng.permutation(names.length), (i) => names[i]!);
  const sizeOf = (group: string | number) => members.get(group)!.length;

  const test = nearestSum(order, sizeOf, n_test);
  const rest = order.filter((group) => !test.has(group));
  const restRows = rest.reduce<number>((sum, group) => sum + sizeOf(group), 0);
  const train = restRows <= n_train ? new Set(rest) : nearestSum(rest, sizeOf, n_train, true);
  const rows = rng === undefined ? groups.map((_, row) => row) : Array.from(rng.permutation(groups.length));
  return {
    train: rows.filter((row) => train.has(groups[row]!)),
    test: rows.filter((row) => test.has(groups[row]!)),
  };
}

/**
 * Splits rows by groups that are named: these for testing, all others for training. With a seed, the rows of
 * each part are shuffled.
 *
 * @throws ParameterError for names that no group has, and if no group is left for training
 */
export function namedGroupSplit(
  groups: readonly string[],
  wanted: readonly (string | number)[],
  seed: number | undefined,
): TrainTest {
  const names = [...new Set(groups)];
  const test = new Set(wanted.map(String));
  const unknown = [...test].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ParameterError('test_groups', `no group ${unknown.map((name) => `'${name}'`).join(', ')}`, {
      wrong: unknown[0],
      names: names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), '…'] : names,
    });
  }
  if (test.size === names.length)
    throw new ParameterError('test_groups', 'no group is left for training', {
      expected: `some of the ${count(names.length, 'group')}`,
      got: 'all of them',
    });
  const order =
    seed === undefined ? groups.map((_, row) => row) : new NumpyRandom(seed).permutation(groups.length);
  const rows = Array.from(order);
  return {
    train: rows.filter((row) => !test.has(groups[row]!)),
    test: rows.filter((row) => test.has(groups[row]!)),
  };
}

/**
 * Groups whose sizes add up as close as possible to `target`: at least one of them, and, unless `allowAll`,
 * not all.
 */
function nearestSum<G>(
  groups: readonly G[],
  sizeOf: (group: G) => number,
  target: number,
  allowAll = false,
): Set<G> {
  const total = groups.reduce((sum, group) => sum + sizeOf(group), 0);
  const max = allowAll ? total : total - 1;
  if (groups.length * total > maxSearch) return greedySum(groups, sizeOf, target);
  // reachedBy[s]: 1 + the first group with which the sum s can be reached from groups before it.
  const reachedBy = new Int32Array(total + 1);
  let reached = 0;
  groups.forEach((group, g) => {
    const size = sizeOf(group);
    for (let sum = reached; sum >= 0; sum--) {
      if ((sum === 0 || reachedBy[sum] !== 0) && reachedBy[sum + size] === 0) reachedBy[sum + size] = g + 1;
    }
    reached += size;
  });
  let best = 0;
  for (let sum = 1; sum <= max; sum++) {
    if (reachedBy[sum] !== 0 && (best === 0 || Math.abs(sum - target) < Math.abs(best - target))) best = sum;
  }
  const chosen = new Set<G>();
  for (let sum = best; sum > 0; ) {
    const group = groups[reachedBy[sum]! - 1]!;
    chosen.add(group);
    sum -= sizeOf(group);
  }
  return chosen;
}

/** Greedily takes the largest groups that still fit; close enough when there are very many groups. */
function greedySum<G>(groups: readonly G[], sizeOf: (group: G) => number, target: number): Set<G> {
  const chosen = new Set<G>();
  let sum = 0;
  for (const group of groups) {
    if (sum + sizeOf(group) > target) continue;
    chosen.add(group);
    sum += sizeOf(group);
  }
  if (chosen.size === 0) chosen.add(groups.reduce((a, b) => (sizeOf(b) < sizeOf(a) ? b : a)));
  return chosen;
}
