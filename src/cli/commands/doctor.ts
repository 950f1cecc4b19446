import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { automatic } from '../../engine/automatic.js';
import { inspectEngines } from '../../engine/choose.js';
import { inspectDevices } from '../../engine/devices.js';
import type { EngineReport } from '../../engine/engine-type.js';
import { installedVersion } from '../../engine/resolve-engine.js';
import { hubSettings } from '../../hub/settings.js';
import { projectCache } from '../../project/project-cache.js';
import { version } from '../../project/version.js';
import { formatBytes } from '../../terminal/format.js';
import { clean, fold, type Line, span } from '../../terminal/line.js';
import { messageOf } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

const PACKAGES = [
  '@tensorflow/tfjs-core',
  'onnxruntime-node',
  'apache-arrow',
  'hyparquet',
  'ink',
  'yaml',
  'ajv',
];
/** Less free space than this is worth a word: a trained model and its training state need about as much. */
const LITTLE_SPACE = 5e9;

/**
 * `etude doctor [RECIPE]`: the machine, the engines, their devices, the cache, the Hub; what is missing and
 * how to get it. Exit code 1 where nothing can compute.
 */
export async function doctor(
  recipe: string | undefined,
  options: { cacheDir?: string; json?: boolean },
): Promise<void> {
  const engines = await inspectEngines();
  const { name, why: reason } = await automatic();
  const auto = { name, why: reason };
  const devices = await inspectDevices();
  const { dir, why } = projectCache(options, recipe);
  const report = {
    etude: version(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    engines,
    auto,
    devices,
    cache: { dir, why, exists: existsSync(dir), freeBytes: await freeBytes(dir) },
    hub: inspectHub(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)])),
  };
  if (!engines.some((engine) => engine.available)) process.exitCode = EXIT.failed;
  if (options.json) return printJson(report);

  const width = proseWidth(outputWidth());
  const lines: Line[] = [
    pair('etude', report.etude),
    pair('node', report.node),
    pair(
      'platform',
      `${report.platform}, ${count(report.cores, 'core')}, ${formatBytes(report.memory)} of memory`,
    ),
    pair('cpu', report.cpu),
    [],
    [span('engines', 'bold')],
    ...engines.flatMap((engine) => engineLines(engine, width)),
    ...fold(clean(`auto takes ${auto.name}: ${auto.why}`), width - 4).map(
      (text): Line => [span(`    ${text}`, 'dim')],
    ),
    [],
    [span('devices of onnxruntime', 'bold')],
    ...devices.flatMap((device) => engineLines(device, width)),
    [],
    [span('cache', 'bold')],
    [span(`  ${report.cache.dir}${report.cache.exists ? '' : ' (not made yet)'}`)],
    ...fold(clean(report.cache.why), width - 2).map((text): Line => [span(`  ${text}`, 'dim')]),
    ...spaceLines(report.cache.freeBytes),
    [],
    [span('Hugging Face Hub', 'bold')],
    ...hubLines(report.hub),
    [],
    [span('packages', 'bold')],
    ...Object.entries(report.packages).map(
      ([name, found]): Line => [span(`  ${name} `), span(found ?? 'missing', 'dim')],
    ),
  ];
  printLines(lines);
}

interface HubReport {
  endpoint: string;
  /** Where a token was found; the token itself is shown nowhere. */
  tokenFrom?: string;
  offline: boolean;
  cacheDir: string;
}

/** How the Hub would be reached; nothing is asked of it. */
function inspectHub(): HubReport | { error: string } {
  try {
    const { endpoint, tokenFrom, offline, cacheDir } = hubSettings();
    return { endpoint, tokenFrom, offline, cacheDir };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function hubLines(hub: HubReport | { error: string }): Line[] {
  if ('error' in hub) return hub.error.split('\n').map((text) => [span(`  ${clean(text)}`, 'yellow')]);
  const { endpoint, tokenFrom, offline, cacheDir } = hub;
  const token = tokenFrom === undefined ? 'no token: public repositories only' : `token from ${tokenFrom}`;
  return [
    [span(`  ${clean(endpoint)}`), span(offline ? ', not asked: HF_HUB_OFFLINE is set' : '', 'yellow')],
    [span(`  ${clean(token)}`, 'dim')],
    [span(`  ${clean(cacheDir)}${existsSync(cacheDir) ? '' : ' (not made yet)'}`)],
  ];
}

function pair(name: string, value: string): Line {
  return [span(name.padEnd(10), 'bold'), span(value)];
}

/** An engine, or a device. */
function engineLines(engine: Omit<EngineReport, 'name'> & { name: string }, width: number): Line[] {
  const { name, available, version, device, why, howToGet } = engine;
  const what = [version, device].filter((part) => part !== undefined).join(', ');
  const mark = available ? span('✔ ', 'green') : span('– ', 'yellow');
  const indent = ' '.repeat(17);
  const rest = [available && what ? `${what}` : why, ...(available ? [] : [howToGet ?? ''])].filter(Boolean);
  const folded = rest.flatMap((text) => fold(clean(text), width - indent.length));
  return folded.map((text, i) =>
    i === 0
      ? [
          span('  '),
          mark,
          span(name.padEnd(13), available ? 'plain' : 'dim'),
          span(text, available ? 'plain' : 'dim'),
        ]
      : [span(indent), span(text, 'dim')],
  );
}

function spaceLines(bytes: number | undefined): Line[] {
  if (bytes === undefined) return [];
  const line: Line = [span(`  ${formatBytes(bytes)} free`, bytes < LITTLE_SPACE ? 'yellow' : 'dim')];
  return bytes < LITTLE_SPACE
    ? [line, [span('  little space: `etude gc --max-size 2GB` makes some', 'yellow')]]
    : [line];
}

/** Of the file system that the folder is on, or will be. */
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
