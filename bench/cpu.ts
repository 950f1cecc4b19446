import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus } from 'node:os';

/** Instructions that products of matrices depend on, as Linux and macOS name them. */
const FLAGS = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile', 'asimd', 'sve'];

/** The processor in words: vendor, model, family, cores, and the instructions that matter. */
export function describeCpu(): string {
  const cores = `${availableParallelism()} cores`;
  const info = cpuInfo();
  if (info === undefined) return `${cpus()[0]?.model ?? 'unknown'} (${arch()}), ${cores}`;
  const field = (name: string) => info.get(name) ?? '?';
  const known = new Set((info.get('flags') ?? info.get('Features') ?? '').split(' '));
  const flags = FLAGS.filter((flag) => known.has(flag)).join(' ');
  const which = `${field('vendor_id')}, family ${field('cpu family')}, model ${field('model')}`;
  return `${field('model name')} (${which}), ${cores}, ${flags}`;
}

/** What Linux says about the first core. */
function cpuInfo(): Map<string, string> | undefined {
  try {
    const [first] = readFileSync('/proc/cpuinfo', 'utf8').split('\n\n');
    return new Map(first!.split('\n').map((line) => line.split(/\s*:\s*/) as [string, string]));
  } catch {
    return undefined;
  }
}
