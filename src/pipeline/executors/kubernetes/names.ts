import { sha256 } from '../../../util/sha256.js';

/** The longest name of a Job, whose pods have it in a label (RFC 1123). */
const LONGEST = 63;

/** The labels that Etude's Jobs and their pods have in addition to the recommended ones. */
export const LABELS = {
  /** Of one cache folder: a question for all of them has one selector, whatever else is in the namespace. */
  cache: 'etude-audio/cache',
  job: 'etude-audio/job',
  stage: 'etude-audio/stage',
  fingerprint: 'etude-audio/fingerprint',
} as const;

/**
 * The name of the Job for a job's name: lower-case letters, digits and `-`. Two names have the same only if
 * they differ in nothing else; the end, which makes a job's name unique, is kept.
 */
export function dnsName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const cut = plain.length <= LONGEST ? plain : `${plain.slice(0, LONGEST - 31)}-${plain.slice(-30)}`;
  return cut.replaceAll(/^-+|-+$/g, '').replaceAll(/-{2,}/g, '-') || 'etude';
}

/** A value of a label for any text: at most 63 letters, digits, `-`, `_` and `.`, the outer ones no signs. */
export function labelValue(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, LONGEST)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** The value of the label `cache` for a cache folder. */
export function cacheLabel(cacheDir: string): string {
  return sha256(cacheDir).slice(0, 16);
}
