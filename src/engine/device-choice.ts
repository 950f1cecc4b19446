import { EtudeError } from '../util/errors.js';
import { suggest } from '../util/suggest.js';
import type { EngineChoice } from './engine-type.js';
import { DEVICES, type DeviceChoice } from './onnxruntime/device-names.js';

const ENGINES: readonly EngineChoice[] = ['auto', 'onnxruntime', 'tensorflow', 'cpu'];
const CHOICES: readonly DeviceChoice[] = ['auto', ...DEVICES];

/** Other common names for the same devices. */
const otherNames: Readonly<Record<string, DeviceChoice>> = {
  gpu: 'auto',
  nvidia: 'cuda',
  vulkan: 'webgpu',
  metal: 'webgpu',
  mps: 'webgpu',
  directml: 'dml',
};

/** A device by its name. Throws an EtudeError, with a suggestion if one is similar, for any other. */
export function parseDevice(name: string): DeviceChoice {
  const choice = CHOICES.find((each) => each === name);
  if (choice !== undefined) return choice;
  const near =
    otherNames[name.toLowerCase().replace(/:\d+$/, '')] ?? suggest(name.replace(/:\d+$/, ''), CHOICES);
  throw new EtudeError(`unknown device '${name}'`, {
    expected: CHOICES.join(', ').replace(/, (\w+)$/, ' or $1'),
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
  });
}

/**
 * The engine to open if a device was requested: `auto` then means onnxruntime. Throws an EtudeError for an
 * unknown engine, and for one without a choice of devices.
 */
export function engineFor(engine: EngineChoice, device: DeviceChoice | undefined): EngineChoice {
  if (!ENGINES.includes(engine))
    throw new EtudeError(`unknown engine '${engine}'`, { expected: 'auto, onnxruntime, tensorflow or cpu' });
  if (device === undefined || device === 'auto' || engine === 'onnxruntime') return engine;
  if (engine === 'auto') return 'onnxruntime';
  if (engine === 'cpu' && device === 'cpu') return engine;
  const why = engine === 'cpu' ? 'it only supports the CPU' : 'it uses the GPU on its own when there is one';
  throw new EtudeError(`engine ${engine} cannot use device ${device}: ${why}`, {
    hint: `Use --engine onnxruntime --device ${device}, or leave --device out.`,
  });
}
