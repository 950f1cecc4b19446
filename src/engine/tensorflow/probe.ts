import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EtudeError, messageOf } from '../../util/errors.js';
import { describeTensorFlow, noTensorFlow } from './describe.js';
import { findTensorFlow, type TensorFlowInstall } from './locate.js';

/** A TensorFlow that was tried in a separate process. */
export interface TensorFlowProbe {
  /** Package, its version, and that of TensorFlow itself. */
  readonly version: string;
  readonly device: 'GPU' | 'CPU';
  /** What TensorFlow said about GPUs that it cannot use. */
  readonly complaint?: string;
}

/**
 * Examines TensorFlow in a separate process: native code that is not compatible with the machine ends the
 * process that loads it. Takes about a second.
 *
 * @throws EtudeError if none is installed, or none works.
 */
export async function probeTensorFlow(): Promise<TensorFlowProbe> {
  const { installs, problems } = findTensorFlow();
  const failures: string[] = [];
  for (const install of installs) {
    try {
      return await probe(install);
    } catch (error) {
      failures.push(
        `${install.name} ${install.version} (${install.folder}) does not work: ${(error as Error).message}`,
      );
    }
  }
  throw noTensorFlow([...failures, ...problems]);
}

/** Why `auto` does not use TensorFlow. */
export interface NoTensorFlow {
  readonly why: string;
  /** One is installed and the machine seems to have a GPU, so the user may wonder. */
  readonly surprising: boolean;
}

/** The TensorFlow that `auto` uses, which works and computes on a GPU; otherwise, why there is none. */
export async function tensorFlowOnGpu(): Promise<TensorFlowProbe | NoTensorFlow> {
  const { installs, problems } = findTensorFlow();
  if (installs.length === 0) return { why: noTensorFlow(problems).message, surprising: false };
  if (!mayHaveGpu()) {
    return { why: 'tensorflow is installed, but there is no NVIDIA GPU', surprising: false };
  }
  try {
    const found = await probeTensorFlow();
    if (found.device === 'GPU') return found;
    return {
      why: `tensorflow finds no GPU: ${found.complaint ?? 'it is built without CUDA'}`,
      surprising: true,
    };
  } catch (error) {
    return { why: error instanceof EtudeError ? error.message : messageOf(error), surprising: true };
  }
}

/** Whether this machine may have a GPU that TensorFlow can use: cheap, and never wrongly negative. */
function mayHaveGpu(): boolean {
  if (process.platform === 'linux')
    return ['/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg'].some((path) => existsSync(path));
  const { SystemRoot } = process.env;
  return (
    process.platform === 'win32' && existsSync(join(SystemRoot ?? 'C:\\Windows', 'System32', 'nvcuda.dll'))
  );
}

const script = `
require('node:util').isNullOrUndefined = (value) => value == null;
const tf = require(process.argv[1]);
const backend = tf.findBackend('tensorflow');
const [product] = tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
if (product !== 2) throw new Error('it computes 1 · 1 + 1 · 1 = ' + product);
process.stdout.write(JSON.stringify({ library: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice }));
`;

function probe(install: TensorFlowInstall): Promise<TensorFlowProbe> {
  const options = { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '1' }, timeout: 120_000 };
  return new Promise((resolve, reject) => {
    const args = ['--no-deprecation', '--eval', script, install.folder];
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error !== null) return reject(new Error(reasonOf(stderr, error.signal ?? undefined)));
      const { library, gpu } = JSON.parse(stdout) as { library: string; gpu: boolean };
      resolve({
        version: describeTensorFlow(install, library),
        device: gpu ? 'GPU' : 'CPU',
        complaint: gpu ? undefined : complaintOf(stderr),
      });
    });
  });
}

/** The line of a crashed process that says why. */
function reasonOf(stderr: string, signal: string | undefined): string {
  const thrown = /^\w*Error: (.+)$/m.exec(stderr)?.[1];
  const fatal = / F [^\]]*\] (.+)$/m.exec(stderr)?.[1];
  return thrown ?? fatal ?? (signal ? `it is killed by ${signal} when loaded` : 'it exits when loaded');
}

/** What TensorFlow says about a GPU that it cannot use, without time stamp and source position. */
function complaintOf(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => /^.*? [WE] [^\]]*\] (.+)$/.exec(line)?.[1]);
  return lines.find((text) => text && /cuInit|dynamic library|dlopen|cuda drivers/i.test(text));
}
