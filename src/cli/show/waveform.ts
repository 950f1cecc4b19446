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
  return columnsOfValues(peaks);
}

/** A column for each value, relative to the highest one. */
export function columnsOfValues(values: readonly number[]): string {
  const highest = Math.max(...values, 0);
  return values.map((value) => levels[highest === 0 ? 0 : Math.round((value / highest) * 7)]).join('');
}

/** `peak −12 dB`: the level of the loudest sample, relative to full scale. */
export function levelText(samples: Float32Array): string {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak === 0 ? 'silence' : `peak ${(20 * Math.log10(peak)).toFixed(0).replace('-', '\u2212')} dB`;
}
