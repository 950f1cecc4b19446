import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtInDevices } from './device.js';
import type { Device } from './device-names.js';

/** The outcome of trying a device. */
export type DeviceFinding =
  | {
      type: 'works';
      /** Those of the tried operators that still run on the CPU. */
      onCpu: string[];
      /** Time of a chain of matrix products there and on the CPU, if requested. */
      milliseconds?: number;
      cpuMilliseconds?: number;
    }
  /** The installed binary of onnxruntime-node does not have it. */
  | { type: 'absent'; reason: string }
  /** It cannot be opened. */
  | { type: 'closed'; reason: string }
  /** It computes wrong results. */
  | { type: 'wrong'; reason: string }
  /** The process that tried it was killed, or did not answer. */
  | { type: 'died'; reason: string };

/** Thrown for a device that cannot be used. */
export class DeviceUnavailable extends Error {
  override name = 'DeviceUnavailable';

  constructor(
    readonly device: Device,
    readonly finding: Exclude<DeviceFinding, { type: 'works' }>,
  ) {
    super(`device ${device} cannot be used: ${finding.reason}`);
  }
}

export interface CheckOptions {
  /** Also measure its speed against the CPU's. Default false. */
  time?: boolean;
  /** Milliseconds after which a device that has not answered counts as hanging. Default 60000. */
  timeout?: number;
  /** The module that the process runs. Default: the check. */
  entry?: string;
}

/**
 * Tries a device in a separate process: opens it, and compares its results with known numbers. A device that
 * does not work makes it neither throw nor crash.
 */
export async function checkDevice(device: Device, options: CheckOptions = {}): Promise<DeviceFinding> {
  const { time = false, timeout = 60_000, entry = mainModule() } = options;
  const missing = absence(device);
  if (missing !== undefined) return { type: 'absent', reason: missing };
  const child = fork(entry, [device, ...(time ? ['--time'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  try {
    const found = await answerOf(child);
    if ('type' in found)
      return found.type === 'closed' ? { ...found, reason: clear(found.reason, said()) } : found;
    if (found.signal === 'SIGKILL') {
      return { type: 'died', reason: `it did not answer within ${timeout / 1000} seconds` };
    }
    const how = found.signal ?? `exit code ${found.code}`;
    const last = lastLine(said());
    return { type: 'died', reason: `opening it kills the process (${how})${last ? `: ${last}` : ''}` };
  } finally {
    clearTimeout(timer);
    // It may hang in the driver on exit.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function absence(device: Device): string | undefined {
  try {
    if (builtInDevices().includes(device)) return undefined;
    return `onnxruntime-node does not support ${device} on ${process.platform}/${process.arch}`;
  } catch (error) {
    return `onnxruntime-node cannot be loaded: ${firstLine((error as Error).message)}`;
  }
}

/** Checks a device and throws a {@link DeviceUnavailable} if it does not work. The CPU needs no check. */
export async function requireDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  const finding = await checkDevice(device);
  if (finding.type !== 'works') throw new DeviceUnavailable(device, finding);
}

/**
 * The child's entry next to this module, with the same extension (`.js` when built, `.ts` in development).
 */
function mainModule(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./device-check-main.${extension}`, import.meta.url));
}

type Ending = { code: number | null; signal: NodeJS.Signals | null };

function answerOf(child: ChildProcess): Promise<DeviceFinding | Ending> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as DeviceFinding));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** The process's output: drivers and ONNX Runtime print there what their errors leave out. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-10_000);
    });
  }
  return () => text;
}

/**
 * The cause in an error of ONNX Runtime, which begins with a position in its source, or the better one that
 * was printed.
 */
export function clear(message: string, said: string): string {
  const missing = [...said.matchAll(/([\w.+-]+\.(?:so|dll|dylib)[\w.]*): cannot open shared object/g)].at(-1);
  if (missing) return `its library ${missing[1]} is missing`;
  const cause = firstLine(message.replace(/^.*? was false\. /s, '').replace(/^\/\S+:\d+ /, ''));
  const warning = said.match(/^Warning: (.*(?:required|drivers).*)$/m)?.[1];
  return warning ? `${cause} (${warning})` : cause;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!;
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1);
}
