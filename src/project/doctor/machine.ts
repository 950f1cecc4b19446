import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { automatic } from '../../engine/auto-engine.js';
import { inspectDevices } from '../../engine/devices.js';
import type { DeviceReport, EngineReport } from '../../engine/engine-type.js';
import { inspectEngines } from '../../engine/open-engine.js';
import { installedVersion } from '../../engine/resolve-engine.js';
import { hubSettings } from '../../hub/settings.js';
import { messageOf } from '../../util/errors.js';
import { version } from '../version.js';

const PACKAGES = [
  '@tensorflow/tfjs-core',
  'onnxruntime-node',
  'apache-arrow',
  'hyparquet',
  'ink',
  'yaml',
  'ajv',
];

/** How the Hub would be reached. */
export interface HubReport {
  endpoint: string;
  /** Where a token was found; the token itself is never shown. */
  tokenFrom?: string;
  offline: boolean;
  cacheDir: string;
}

/** The machine, the engines and their devices, the cache, the Hub, and versions. */
export interface DoctorReport {
  etude: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  /** Bytes. */
  memory: number;
  engines: EngineReport[];
  /** The engine that `auto` means, and why. */
  auto: { name: EngineReport['name']; why: string };
  /** Of the engine `onnxruntime`. */
  devices: DeviceReport[];
  /** The cache folder, and why it is that one; `freeBytes` of the file system that it is on, or will be. */
  cache: { dir: string; why: string; exists: boolean; freeBytes?: number };
  hub: HubReport | { error: string };
  /** Versions of packages; `undefined` for one that is missing. */
  packages: Record<string, string | undefined>;
}

/** See `Project.doctor`. Opens engines and tries devices, but does not contact the Hub. */
export async function examine({ dir, why }: { dir: string; why: string }): Promise<DoctorReport> {
  const engines = await inspectEngines();
  const auto = await automatic();
  return {
    etude: version(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    engines,
    auto: { name: auto.name, why: auto.why },
    devices: await inspectDevices(),
    cache: { dir, why, exists: existsSync(dir), freeBytes: await freeBytes(dir) },
    hub: inspectHub(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)])),
  };
}

function inspectHub(): DoctorReport['hub'] {
  try {
    const { endpoint, tokenFrom, offline, cacheDir } = hubSettings();
    return { endpoint, tokenFrom, offline, cacheDir };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

async function freeBytes(dir: string): Promise<number | undefined> {
  for (let folder = dir; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      if (dirname(folder) === folder) return undefined;
    }
  }
}
