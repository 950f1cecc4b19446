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

/** Pieces of one clip in a row. */
export function joinPlanar(pieces: readonly Planar[]): Planar {
  const samplesDecoded = pieces.reduce((sum, piece) => sum + piece.samplesDecoded, 0);
  const channels = Math.max(0, ...pieces.map(({ channelData }) => channelData.length));
  const channelData = Array.from({ length: channels }, () => new Float32Array(samplesDecoded));
  let at = 0;
  for (const piece of pieces) {
    for (const [channel, data] of piece.channelData.entries())
      channelData[channel]!.set(data.subarray(0, piece.samplesDecoded), at);
    at += piece.samplesDecoded;
  }
  const errors = pieces.flatMap(({ errors }) => errors);
  return { channelData, samplesDecoded, sampleRate: pieces.at(-1)?.sampleRate ?? 0, errors };
}
