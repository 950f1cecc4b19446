/**
 * How far resampling to 16 kHz is from soxr HQ, which librosa, and thus Hugging Face datasets up to 3.x,
 * uses.
 *
 *     node --import tsx bench/resampling.ts --python <python with soxr>    (needs espeak-ng, for speech)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resample } from '../src/learning/audio/resample.js';

const { values: options } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } });
const script = fileURLToPath(new URL('../test/fixtures/audio/make-soxr.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));
try {
  execFileSync(options.python, [script, '--signals', folder]);
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.in'))) {
    const rate = Number(/-(\d+)\.in$/.exec(name)![1]);
    const samples = new Float32Array(Uint8Array.from(readFileSync(join(folder, name))).buffer);
    const { buffer } = resample(samples, rate, 16000);
    writeFileSync(join(folder, name.replace(/in$/, 'ours')), new Uint8Array(buffer));
  }
  process.stdout.write(execFileSync(options.python, [script, '--compare', folder]));
} finally {
  rmSync(folder, { recursive: true });
}
