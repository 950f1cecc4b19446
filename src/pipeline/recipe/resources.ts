import type { Json } from '../../util/json.js';

/** What a stage needs where it is computed as a job, as it is written. */
export interface Resources {
  cpus?: number;
  /** `16GB`, `512MiB`. */
  memory?: string;
  gpus?: number;
  /** `30m`, `4h`, `1d12h`, `1-12:00:00`. */
  time?: string;
  /** Number of jobs that divide the stage. */
  shards?: number;
}

/** The resources in a stage of a recipe that fits its schema. */
export function resourcesOf(stage: Record<string, Json> | undefined): { resources?: Resources } {
  return stage?.resources === undefined ? {} : { resources: stage.resources as Resources };
}

/**
 * Bytes, from `500MB` (powers of 1000) or `2GiB` (of 1024); `undefined` for any other text.
 */
export function bytesOf(memory: string): number | undefined {
  const [, number = '', unit = '', rest = ''] = /^(\d+(?:\.\d+)?)(k|M|G|T)(i?B)?$/.exec(memory) ?? [];
  if (number === '') return undefined;
  return Math.floor(Number(number) * (rest.startsWith('i') ? 1024 : 1000) ** ('kMGT'.indexOf(unit) + 1));
}

/** Seconds, from `1d12h`, `90m` or `[days-]hours:minutes[:seconds]`; `undefined` for any other text. */
export function secondsOf(time: string): number | undefined {
  const written = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(time);
  const clock = /^(?:(\d+)-)?(\d+):(\d{2})(?::(\d{2}))?$/.exec(time);
  const found = written ?? clock;
  if (found === null || time === '') return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
