import { lookUp } from '../../util/look-up.js';
import { formatNumber } from '../plan/rerun-reasons/format-value.js';
import type { LockedOutput } from './types.js';

/** How two results of a stage compare. */
export interface Comparison {
  verdict: 'byte-equal' | 'within-tolerance' | 'different';
  /** The metric that deviates most, in units of its tolerance. */
  furthest?: { metric: string; locked: number; now: number; off: number; tolerance: number };
  /** What differs, most important first. */
  differs: string[];
}

/** The most differences that are reported. */
const MOST = 5;

/**
 * Compares a stage's result with the one in the lock. For a model or a report the metrics decide, each within
 * its tolerance; for a dataset only its bytes, because no stage that makes one may depend on the machine.
 */
export function compareOutput(
  locked: LockedOutput,
  now: LockedOutput,
  tolerances: Readonly<Record<string, number>>,
): Comparison {
  if (locked.digest === now.digest) return { verdict: 'byte-equal', differs: [] };
  const differs = [
    ...(locked.kind === now.kind ? [] : [`a ${now.kind} instead of a ${locked.kind}`]),
    ...diffMaps('rows of', locked.rows, now.rows, String),
    ...diffLabels(locked.labels, now.labels),
  ];
  const { far, furthest } = compareMetrics(locked.metrics ?? {}, now.metrics ?? {}, tolerances);
  const shape = differs.length + far.length > 0;
  const bytes = bytesThatDiffer(locked, now);
  const judged = furthest !== undefined && !shape;
  return {
    verdict: judged ? 'within-tolerance' : 'different',
    ...(furthest && { furthest }),
    differs: [...differs, ...far, ...bytes].slice(0, MOST),
  };
}

function compareMetrics(
  locked: Record<string, Record<string, number>>,
  now: Record<string, Record<string, number>>,
  tolerances: Readonly<Record<string, number>>,
): { far: string[]; furthest?: Comparison['furthest'] } {
  const far: string[] = [];
  let furthest: Comparison['furthest'];
  let most = -1;
  const [before, after] = [flat(locked), flat(now)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, fresh] = [before.get(name), after.get(name)];
    const text = `${name} ${old === undefined ? '(none)' : formatNumber(old)} → ${fresh === undefined ? '(none)' : formatNumber(fresh)}`;
    if (old === undefined || fresh === undefined) {
      far.push(text);
      continue;
    }
    const tolerance = lookUp(tolerances, name.split(' ').at(-1)!) ?? 0;
    const off = Math.abs(fresh - old);
    if (off > tolerance) far.push(`${text} (tolerance ${formatNumber(tolerance)})`);
    const share = off === 0 ? 0 : off / tolerance;
    if (share > most) {
      most = share;
      furthest = { metric: name, locked: old, now: fresh, off, tolerance };
    }
  }
  return { far, furthest };
}

/** `test accuracy` -> 0.958. */
function flat(metrics: Record<string, Record<string, number>>): Map<string, number> {
  return new Map(
    Object.entries(metrics).flatMap(([split, values]) =>
      Object.entries(values).map(([metric, value]): [string, number] => [`${split} ${metric}`, value]),
    ),
  );
}

function diffLabels(locked: LockedOutput['labels'] = {}, now: LockedOutput['labels'] = {}): string[] {
  return diffMaps('class names of', joined(locked), joined(now), (text) => text);
}

function joined(labels: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([column, names]) => [column, names.join(', ')]));
}

function bytesThatDiffer(locked: LockedOutput, now: LockedOutput): string[] {
  const files = diffMaps('file', locked.files, now.files, (digest) => digest.slice(0, 12));
  if (locked.objects === undefined || now.objects === undefined) return files;
  if (locked.objects.digest === now.objects.digest) return ['manifest of the dataset'];
  return [`objects ${locked.objects.digest.slice(0, 12)} → ${now.objects.digest.slice(0, 12)}`];
}

function diffMaps<T>(
  what: string,
  locked: Readonly<Record<string, T>> = {},
  now: Readonly<Record<string, T>> = {},
  show: (value: T) => string,
): string[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(locked)])];
  return names.flatMap((name) => {
    const [before, after] = [lookUp(locked, name), lookUp(now, name)];
    if (before === after) return [];
    const text = (value: T | undefined) => (value === undefined ? '(none)' : show(value));
    return [`${what} ${name} ${text(before)} → ${text(after)}`];
  });
}
