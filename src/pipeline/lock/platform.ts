import { arch, availableParallelism, cpus, platform } from 'node:os';
import type { Platform } from './types.js';

/** This machine, as far as results may depend on it. */
export function thisPlatform(): Platform {
  const cpu = (cpus()[0]?.model ?? 'unknown').replace(/\s+/g, ' ').trim();
  return { os: platform(), arch: arch(), cpu, cores: availableParallelism(), node: process.versions.node };
}
