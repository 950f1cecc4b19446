import { distance } from 'fastest-levenshtein';

/**
 * The candidate that a person most likely meant by `word`, or `undefined` if none is close: at most a third
 * of the letters may differ (Levenshtein distance, or the same letters in another order), and case, `-` and
 * `_` do not count. A candidate that starts with the word also counts as close.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: { candidate: string; cost: number } | undefined;
  for (const candidate of candidates) {
    const cost = distance(wanted, plain(candidate));
    if (best === undefined || cost < best.cost) best = { candidate, cost };
  }
  if (best === undefined || wanted === '') return undefined;
  const longest = Math.max(wanted.length, best.candidate.length);
  if (best.cost <= Math.max(1, Math.floor(longest / 3)) && best.cost < longest) return best.candidate;
  const shuffled = candidates.find((candidate) => sortedLetters(plain(candidate)) === sortedLetters(wanted));
  if (shuffled !== undefined) return shuffled;
  const started =
    wanted.length < 3 ? [] : candidates.filter((candidate) => plain(candidate).startsWith(wanted));
  return started.length === 1 ? started[0] : undefined;
}

function plain(word: string): string {
  return word.slice(0, 200).toLowerCase().replaceAll('-', '_');
}

function sortedLetters(word: string): string {
  return [...word].sort().join('');
}
