import type { Device, DeviceChoice } from './onnxruntime/device-names.js';

/** A tensor engine, by the name under which TensorFlow.js knows its back end. */
export type EngineName = 'onnxruntime' | 'tensorflow' | 'cpu';

/** What a recipe or the command line may ask for. */
export type EngineChoice = EngineName | 'auto';

export interface EngineOptions {
  /**
   * Threads for one computation. Default: all cores. For `onnxruntime` and, when first opened, `tensorflow`.
   */
  threads?: number;
  /**
   * Let idle threads of `onnxruntime` never sleep: faster if nothing else is running, much slower otherwise.
   * `auto`: only where and while that is measured to be faster. Default false.
   */
  spin?: boolean | 'auto';
  /** Where `onnxruntime` computes. Default `cpu`. The other engines have no such choice. */
  device?: DeviceChoice;
}

/** What is known about an engine on this machine. */
export interface EngineReport {
  readonly name: EngineName;
  readonly available: boolean;
  readonly version?: string;
  readonly device?: string;
  readonly why: string;
  readonly howToGet?: string;
}

/** What is known about a device on this machine. */
export interface DeviceReport {
  readonly name: Device;
  readonly available: boolean;
  readonly why: string;
  readonly howToGet?: string;
}
