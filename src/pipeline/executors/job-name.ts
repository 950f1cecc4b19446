import { randomBytes } from 'node:crypto';
import { fileName } from '../../files/file-name.js';
import type { StageWork } from '../run/executor.js';

/** Schedulers cut off names, or refuse long ones. */
const LONGEST = 40;

/** A name for a job that no other one has: `etude-model-3f2a91c0-1-9e4b21`. */
export function jobName(
  { stage, fingerprint }: Pick<StageWork, 'stage' | 'fingerprint'>,
  attempt: number,
  shard?: number,
): string {
  const shown = fileName(stage.id)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, LONGEST);
  const part = shard === undefined ? '' : `s${shard}-`;
  return `etude-${shown}-${fingerprint.slice(0, 8)}-${attempt}-${part}${randomBytes(3).toString('hex')}`;
}
