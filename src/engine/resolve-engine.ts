import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { EngineChoice, EngineName } from './engine-type.js';
import type { DeviceChoice } from './onnxruntime/device-names.js';
import { locateOnnxRuntime } from './onnxruntime/locate.js';
import type { TensorFlowProbe } from './tensorflow/probe.js';

export interface ResolvedEngine {
  name: string;
  /** Package name and version, and the device unless it is the CPU, as in the fingerprints of trainings. */
  id: string;
  /** Where it computes; `undefined` for an engine that decides that itself. */
  device?: string;
  /** Why another engine or device, which the user may expect, was not chosen. */
  note?: string;
}

export interface EngineAsked {
  engine: string;
  device?: DeviceChoice;
}

const require = createRequire(import.meta.url);

/**
 * What an engine's name means here, without opening the engine (that takes longer than a run of hits). Only
 * TensorFlow must be tried, in a separate process, because the decision depends on whether it works and finds
 * a GPU. `automatic` decides what `auto` is. For devices, `auto` tries the available ones; a named device is
 * tried if `check` is set, and is an EtudeError if it does not work.
 */
export async function resolveEngine(asked: EngineAsked, { check = false } = {}): Promise<ResolvedEngine> {
  const { engineFor } = await import('./device-choice.js');
  const choice = engineFor(asked.engine as EngineChoice, asked.device);
  if (choice !== 'auto') return resolveNamed(choice, asked.device, check);
  const { automatic } = await import('./auto-engine.js');
  const { name, why, surprising, tensorflow } = await automatic();
  if (tensorflow !== undefined) return resolveTensorFlow(tensorflow);
  const resolved = await resolveNamed(name, asked.device, check);
  const notes = [surprising ? `engine auto picks ${name}: ${why}` : [], resolved.note ?? []].flat();
  return notes.length > 0 ? { ...resolved, note: notes.join('; ') } : resolved;
}

async function resolveNamed(
  name: EngineName,
  device: DeviceChoice | undefined,
  check: boolean,
): Promise<ResolvedEngine> {
  if (name === 'cpu') return { name, id: identity('@tensorflow/tfjs-backend-cpu') };
  if (name === 'onnxruntime') return { name, ...(await resolveDevice(device ?? 'cpu', check)) };
  const { probeTensorFlow } = await import('./tensorflow/probe.js');
  return resolveTensorFlow(await probeTensorFlow());
}

/** What to request to compute with the engine and device that a lock names. */
export function engineOfLock(id: string): EngineAsked {
  const device = / on (\w+)$/.exec(id)?.[1];
  if (id.startsWith('onnxruntime-node '))
    return { engine: 'onnxruntime', device: (device ?? 'cpu') as DeviceChoice };
  return { engine: id.startsWith('@tensorflow/tfjs-backend-cpu ') ? 'cpu' : 'tensorflow' };
}

function resolveTensorFlow({ version, device, complaint }: TensorFlowProbe): ResolvedEngine {
  const note = complaint === undefined ? undefined : `tensorflow finds no GPU: ${complaint}`;
  return { name: 'tensorflow', id: device === 'GPU' ? `${version} on GPU` : version, note };
}

async function resolveDevice(choice: DeviceChoice, check: boolean): Promise<Omit<ResolvedEngine, 'name'>> {
  const id = identity('onnxruntime-node');
  if (choice === 'cpu') return { id, device: choice };
  const { checkNamedDevice, chooseDevice } = await import('./devices.js');
  const { device, why } = await chooseDevice(choice);
  if (device === 'cpu') return { id, device, note: `device auto picks the CPU: ${why}` };
  if (check && choice !== 'auto') await checkNamedDevice(device);
  return { id: `${id} on ${device}`, device };
}

function identity(packageName: string): string {
  return `${packageName} ${installedVersion(packageName) ?? 'missing'}`;
}

/** The version of an installed package; `undefined` if it is not. */
export function installedVersion(name: string): string | undefined {
  if (name === 'onnxruntime-node') return locateOnnxRuntime()?.version;
  const folder = packageFolder(name);
  if (folder === undefined) return undefined;
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function packageFolder(name: string): string | undefined {
  for (const base of require.resolve.paths(name) ?? []) {
    const file = join(base, name, 'package.json');
    if (existsSync(file)) return dirname(file);
  }
  return undefined;
}
