/**
 * A raised cosine over `length` samples, 0 at both ends: `window_function(length, "hann", periodic=False)`.
 */
export function hann(length: number): Float64Array {
  return Float64Array.from(
    { length },
    (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (length - 1)),
  );
}

/** The same whose other end would be the next sample: `periodic=True`. */
export function periodicHann(length: number): Float64Array {
  return hann(length + 1).subarray(0, length);
}

/** Kaldi's: `window_function(length, "povey", periodic=False)`. */
export function povey(length: number): Float64Array {
  return hann(length).map((value) => value ** 0.85);
}
