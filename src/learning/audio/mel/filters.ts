/** Scales of pitch of which filters are equally wide. */
export type MelScale = 'kaldi' | 'slaney';

/** A filter: what of each frequency from `first` on counts. */
export interface MelFilter {
  first: number;
  weights: Float64Array;
}

export interface FilterOptions {
  scale: MelScale;
  /** How many filters. */
  filters: number;
  /** Frequencies of the spectrum, from 0 to half the sampling rate. */
  bins: number;
  sampling_rate: number;
  /** Hz. */
  from: number;
  to: number;
}

/**
 * Triangular filters as `mel_filter_bank` of transformers makes them: on Kaldi's scale with sides that are
 * straight in mel, on Slaney's with sides that are straight in Hz and equal areas (`norm="slaney"`).
 */
export function melFilters({ scale, filters, bins, sampling_rate, from, to }: FilterOptions): MelFilter[] {
  const kaldi = scale === 'kaldi';
  const [toMel, toHertz] = kaldi ? [kaldiMel, (mel: number) => mel] : [slaneyMel, slaneyHertz];
  const [lowest, highest] = [toMel(from), toMel(to)];
  const corners = Array.from({ length: filters + 2 }, (_, index) =>
    toHertz(lowest + (index * (highest - lowest)) / (filters + 1)),
  );
  const frequencies = Array.from({ length: bins }, (_, bin) => {
    const hertz = (bin * sampling_rate) / 2 / (bins - 1);
    return kaldi ? kaldiMel(hertz) : hertz;
  });
  return Array.from({ length: filters }, (_, index) => {
    const [left, middle, right] = corners.slice(index, index + 3) as [number, number, number];
    const area = kaldi ? 1 : 2 / (right - left);
    const all = frequencies.map((frequency) => {
      const [rise, fall] = [(frequency - left) / (middle - left), (right - frequency) / (right - middle)];
      return Math.max(0, Math.min(rise, fall)) * area;
    });
    const first = Math.max(
      all.findIndex((value) => value > 0),
      0,
    );
    const last = all.findLastIndex((value) => value > 0);
    return { first, weights: Float64Array.from(all.slice(first, last + 1)) };
  });
}

function kaldiMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

/** Linear up to 1000 Hz, then logarithmic (Slaney, "Auditory Toolbox", 1998). */
const LINEAR_END = 1000;
const MELS_THERE = 15;
const STEP = 27 / Math.log(6.4);

function slaneyMel(hertz: number): number {
  return hertz >= LINEAR_END ? MELS_THERE + Math.log(hertz / LINEAR_END) * STEP : (3 * hertz) / 200;
}

function slaneyHertz(mel: number): number {
  return mel >= MELS_THERE ? LINEAR_END * Math.exp((mel - MELS_THERE) / STEP) : (200 * mel) / 3;
}
