import { EtudeError, type EtudeErrorOptions } from '../util/errors.js';
import type { DeviceReport } from './engine-type.js';
import { builtInDevices } from './onnxruntime/device.js';
import { type CheckOptions, checkDevice, type DeviceFinding } from './onnxruntime/device-check.js';
import { DEVICES, type Device, type DeviceChoice } from './onnxruntime/device-names.js';

type Check = (device: Device, options: CheckOptions) => Promise<DeviceFinding>;
type Failure = Exclude<DeviceFinding, { type: 'works' }>;

/** Etude uses this installation instead of its own (`locateOnnxRuntime`). */
const CUDA_INSTALL = 'npm install onnxruntime-node@1.30.0 --onnxruntime-node-install=cuda12';

/** What `auto` tries, the likely fastest first. */
const PREFERENCE: readonly Device[] = ['cuda', 'webgpu', 'dml', 'coreml'];

/**
 * The device that a choice means here, and why. `auto` takes the first that opens, computes correctly and is
 * faster than the CPU, otherwise the CPU. A named one is not tried here: `registerOnnxRuntime` checks it.
 */
export async function chooseDevice(
  choice: DeviceChoice,
  check: Check = checkDevice,
  builtIn: () => readonly Device[] = builtInDevices,
): Promise<{ device: Device; why: string }> {
  if (choice !== 'auto') return { device: choice, why: 'asked for' };
  const known = builtIn();
  const against: string[] = [];
  for (const device of PREFERENCE.filter((each) => known.includes(each))) {
    const finding = await check(device, { time: true });
    const problem = finding.type === 'works' ? slowness(finding) : finding.reason;
    if (problem === undefined) return { device, why: 'it computes correctly, and faster than the CPU' };
    against.push(`${device}: ${problem}`);
  }
  return { device: 'cpu', why: against.join('; ') || 'onnxruntime-node supports no other device here' };
}

/** Tries a device. Throws an EtudeError that says why it cannot be used, and how to get it. */
export async function checkNamedDevice(device: Device, check: Check = checkDevice): Promise<void> {
  if (device === 'cpu') return;
  const finding = await check(device, {});
  if (finding.type !== 'works') throw deviceError(device, finding);
}

/** The problem with a device as a user reads it. */
export function deviceError(device: Device, finding: Failure, cause?: unknown): EtudeError {
  const wrong = finding.type === 'wrong';
  const options: EtudeErrorOptions = {
    got: finding.reason,
    hint: `${howToGet(device, finding)} Or use --device cpu.`,
    cause,
  };
  return new EtudeError(
    `device ${device} ${wrong ? 'computes wrong results' : 'cannot be used'} here`,
    options,
  );
}

/** The state of each device on this machine: available or not, why, and how to get it. */
export async function inspectDevices(check: Check = checkDevice): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const name of DEVICES) {
    if (name === 'cpu') {
      reports.push({ name, available: true, why: 'the default' });
      continue;
    }
    const finding = await check(name, { time: true });
    if (finding.type === 'works') {
      reports.push({ name, available: true, why: slowness(finding) ?? 'opens and computes correctly' });
    } else {
      reports.push({ name, available: false, why: finding.reason, howToGet: howToGet(name, finding) });
    }
  }
  return reports;
}

/**
 * Why a working device is not worth using: software that emulates a GPU is a hundred times slower than the
 * CPU.
 */
function slowness(finding: Extract<DeviceFinding, { type: 'works' }>): string | undefined {
  const { milliseconds, cpuMilliseconds } = finding;
  if (milliseconds === undefined || cpuMilliseconds === undefined) return undefined;
  if (milliseconds < cpuMilliseconds) return undefined;
  const ratio = milliseconds / cpuMilliseconds;
  return `it computes correctly, but is ${ratio.toFixed(ratio < 10 ? 1 : 0)} times slower than the CPU`;
}

const needs: Record<Exclude<Device, 'cpu'>, string> = {
  webgpu:
    'It needs a GPU with a Vulkan driver (Linux; on Debian mesa-vulkan-drivers for AMD and Intel, nvidia-driver for NVIDIA), ' +
    'Direct3D 12 (Windows) or Metal (macOS).',
  cuda: "It needs an NVIDIA GPU with its driver, CUDA, cuDNN and the provider's libraries, which",
  coreml: 'It needs macOS.',
  dml: 'It needs Windows and a GPU with a Direct3D 12 driver.',
};

const platforms: Record<Exclude<Device, 'cpu'>, string> = {
  webgpu: 'onnxruntime-node supports it on Linux x64, Windows and macOS.',
  cuda: 'onnxruntime-node supports it on Linux x64.',
  coreml: 'onnxruntime-node supports it on macOS.',
  dml: 'onnxruntime-node supports it on Windows.',
};

function howToGet(device: Device, { type }: Failure): string {
  if (device === 'cpu') return '';
  if (type === 'absent') return platforms[device];
  if (type === 'wrong' || type === 'died') return 'A newer GPU driver may fix that.';
  return device === 'cuda' ? `${needs.cuda} \`${CUDA_INSTALL}\` fetches.` : needs[device];
}
