import { basename } from 'node:path';
import type { LockFile } from '../lock/types.js';
import type { Side, SideStage } from './side.js';

/** A lock file as a side. */
export function lockSide(file: string, lock: LockFile): Side {
  const stages = Object.entries(lock.stages).map(([id, stage]): [string, SideStage] => {
    const { uses, from = {}, params, sources = {}, code, libraries = {}, repositories, output } = stage;
    // A user's module has its own name, which is not in a lock file.
    const name = basename(uses);
    const parts = { format: 1 as const, uses: name, params, sources, inputs: {}, code, libraries };
    return [id, { uses, from, parts, repositories, output }];
  });
  return { kind: 'lock', shown: file, engine: lock.engine, stages: new Map(stages) };
}
