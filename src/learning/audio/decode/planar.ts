/** What every decoder of the wasm-audio-decoders family returns. */
export interface Planar {
  channelData: Float32Array[];
  samplesDecoded: number;
  /** Hz. */
  sampleRate: number;
  /** Bits per sample, if the codec has such a thing. */
  bitDepth?: number;
  errors: { message: string }[];
}
