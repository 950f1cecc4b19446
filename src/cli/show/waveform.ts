const levels = '▁▂▃▄▅▆▇█';

/**
 * The loudness of a clip over its length in `width` characters: the peak of each part relative to the loudest
 * one.
 */
export function waveform(samples: Float32Array, width: number): string {
  const cells = Math.min(width, samples.length);
  const peaks = Array.from({ length: cells }, (_, cell) => {
    const start = Math.floor((cell * samples.length) / cells);
    const end = Math.floor(((cell + 1) * samples.length) / cells);
    let peak = 0;
    for (let i = start; i < end; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0));
    return peak;
  });
  const loudest = Math.max(...peaks, 0);
  return peaks.map((peak) => levels[loudest === 0 ? 0 : Math.round((peak / loudest) * 7)]).join('');
}
