/** A clip as numbers: mono, nominally −1 … 1, at the rate it was recorded at. */
export interface DecodedAudio {
  samples: Float32Array;
  /** Hz. */
  sampling_rate: number;
}
