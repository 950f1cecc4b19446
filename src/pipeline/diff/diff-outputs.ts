import { lookUp } from '../../util/look-up.js';
import { count } from '../../util/words.js';
import type { LockedOutput } from '../lock/types.js';
import { formatNumber } from '../plan/rerun-reasons/format-value.js';
import type { Difference } from './difference.js';

/**
 * How two results of a stage differ: rows, class names, metrics. Bytes are a separate difference only if
 * nothing explains them (`unexplained`): the same parameters, code and inputs gave another result.
 */
export function diffOutputs(
  before: LockedOutput | undefined,
  after: LockedOutput | undefined,
  unexplained: boolean,
): Difference[] {
  if (before === undefined || after === undefined || before.digest === after.digest) return [];
  const found = [
    ...diffRows(before.rows, after.rows),
    ...diffLabels(before, after),
    ...diffMetrics(before, after),
  ];
  if (!unexplained) return found;
  const [old, now] = [before.digest.slice(0, 12), after.digest.slice(0, 12)];
  return [
    {
      kind: 'result',
      field: 'result',
      before: old,
      after: now,
      text: `a different result from the same inputs (${old} → ${now})`,
    },
    ...found,
  ];
}

function diffRows(before: Record<string, number> = {}, after: Record<string, number> = {}): Difference[] {
  const splits = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return splits.flatMap((split): Difference[] => {
    const [old, now] = [lookUp(before, split), lookUp(after, split)];
    if (old === now) return [];
    const text = `split ${split} ${rows(old)} → ${rows(now)}`;
    return [{ kind: 'data', field: split, before: old, after: now, text }];
  });
}

function rows(number: number | undefined): string {
  return number === undefined ? '(none)' : count(number, 'row');
}

function diffLabels(
  { labels: before = {} }: LockedOutput,
  { labels: after = {} }: LockedOutput,
): Difference[] {
  return Object.keys(after).flatMap((column): Difference[] => {
    const [old, now] = [lookUp(before, column), after[column]!];
    if (old === undefined || old.join('\n') === now.join('\n')) return [];
    const at = old.findIndex((name, i) => name !== now[i]);
    const first = at < 0 ? old.length : at;
    const text = `class ${first} of ${column} ${old[first] ?? '(none)'} → ${now[first] ?? '(none)'}`;
    return [{ kind: 'data', field: column, before: old.join(', '), after: now.join(', '), text }];
  });
}

function diffMetrics(
  { metrics: before = {} }: LockedOutput,
  { metrics: after = {} }: LockedOutput,
): Difference[] {
  return Object.entries(after).flatMap(([split, values]) =>
    Object.entries(values).flatMap(([metric, now]): Difference[] => {
      const old = lookUp(lookUp(before, split), metric);
      if (old === undefined || Object.is(old, now)) return [];
      const by = now - old;
      const sign = by > 0 ? '+' : '−';
      const text = `${split} ${metric} ${short(old)} → ${short(now)} (${sign}${short(Math.abs(by))})`;
      return [{ kind: 'metric', field: `${split} ${metric}`, before: old, after: now, text }];
    }),
  );
}

/** Three decimals, if they are enough. */
function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 0.0005 ? value.toFixed(3) : formatNumber(Number(value.toPrecision(2)));
}
