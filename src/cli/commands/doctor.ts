import { existsSync } from 'node:fs';
import type { DoctorReport, EngineReport } from '../../index.js';
import { formatBytes } from '../../terminal/format.js';
import { clean, fold, type Line, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { projectOf } from '../open-recipe.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

/** Warn if there is less free space than this: a trained model and its training state need about as much. */
const LITTLE_SPACE = 5e9;

/**
 * `etude doctor`: the machine, the engines, their devices, the cache, the Hub; what is missing and how to get
 * it. Exit code 1 if no engine can compute.
 */
export async function doctor(options: { cacheDir?: string; json?: boolean }): Promise<void> {
  const report = await projectOf(options).doctor();
  const { engines, auto, devices } = report;
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
    ...fold(clean(`auto picks ${auto.name}: ${auto.why}`), width - 4).map(
      (text): Line => [span(`    ${text}`, 'dim')],
    ),
    [],
    [span('devices of onnxruntime', 'bold')],
    ...devices.flatMap((device) => engineLines(device, width)),
    [],
    [span('cache', 'bold')],
    [span(`  ${report.cache.dir}${report.cache.exists ? '' : ' (not created yet)'}`)],
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

function hubLines(hub: DoctorReport['hub']): Line[] {
  if ('error' in hub) return hub.error.split('\n').map((text) => [span(`  ${clean(text)}`, 'yellow')]);
  const { endpoint, tokenFrom, offline, cacheDir } = hub;
  const token = tokenFrom === undefined ? 'no token: public repositories only' : `token from ${tokenFrom}`;
  return [
    [span(`  ${clean(endpoint)}`), span(offline ? ', not contacted: HF_HUB_OFFLINE is set' : '', 'yellow')],
    [span(`  ${clean(token)}`, 'dim')],
    [span(`  ${clean(cacheDir)}${existsSync(cacheDir) ? '' : ' (not created yet)'}`)],
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
    ? [line, [span('  low on space: `etude gc --max-size 2GB` frees some', 'yellow')]]
    : [line];
}
