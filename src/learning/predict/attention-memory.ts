import { totalmem } from 'node:os';
import { TooLong } from '../audio/decode/length-limit.js';
import { frameCount, type ModelConfig } from '../model/config.js';

/** Attention weights of a layer, before and after the softmax. */
const COPIES = 2;

/**
 * Refuses a clip whose attention weights alone, one number per head and pair of frames, need more memory than
 * there is: the system would kill the process, and what other clips were given would be lost.
 *
 * @param samples of the prepared clip
 * @param memory bytes; by default what the machine, or the process's control group, has
 * @throws TooLong
 */
export function checkAttentionMemory(config: ModelConfig, samples: number, memory = memoryOf()): void {
  const frames = frameCount(config, samples);
  const needed = COPIES * Float32Array.BYTES_PER_ELEMENT * config.num_attention_heads * frames ** 2;
  if (needed <= memory) return;
  throw new TooLong('the clip is too long for the memory of this machine', {
    expected: `attention of at most ${gigabytes(memory)}, whose size grows with the square of the length`,
    got: `${gigabytes(needed)} for ${frames} frames`,
    hint: 'Classify it in windows: --window-length.',
  });
}

function memoryOf(): number {
  const machine = totalmem();
  // 0, or more than any machine has, where nothing limits it.
  const allowed = process.constrainedMemory?.() ?? 0;
  return allowed > 0 ? Math.min(allowed, machine) : machine;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(2)} GB`;
}
