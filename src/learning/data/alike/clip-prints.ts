import type { AudioFeature } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { decodeAudio } from '../../audio/decode/decode-audio.js';
import { soundPrint } from '../../audio/sound-print.js';
import type { ChunkRows, ChunkTransform } from '../chunk-transform.js';
import type { AudioSamples, EncodedAudio } from '../column.js';

/** `audio` to `print`: what each clip sounds like, little-endian; null if that cannot be said. */
export const transform: ChunkTransform<null> = { module: import.meta.url, transform: prints };

async function prints({ rows, inputs, rowDone }: ChunkRows<null>) {
  const { column, feature } = inputs.audio!;
  const print: (Uint8Array | null)[] = [];
  for (let row = 0; row < rows; row++) {
    print.push(await printOf(column.get(row) as EncodedAudio | AudioSamples | null, feature as AudioFeature));
    await rowDone();
  }
  return { print };
}

async function printOf(
  clip: EncodedAudio | AudioSamples | null,
  { sampling_rate }: AudioFeature,
): Promise<Uint8Array | null> {
  const found = clip === null ? undefined : await samplesOf(clip, sampling_rate);
  if (found === undefined) return null;
  const print = soundPrint(found.samples, found.sampling_rate);
  const bytes = new Uint8Array(print.length * 4);
  const view = new DataView(bytes.buffer);
  print.forEach((bits, frame) => {
    view.setUint32(frame * 4, bits, true);
  });
  return bytes;
}

/** Undefined for a clip that cannot be decoded: the stage that needs its samples reports that. */
async function samplesOf(clip: EncodedAudio | AudioSamples, sampling_rate: number | undefined) {
  if ('array' in clip) return { samples: clip.array, sampling_rate: sampling_rate! };
  if (clip.bytes === null) return undefined;
  try {
    return await decodeAudio(clip.bytes, { name: clip.path ?? 'audio' });
  } catch (error) {
    if (error instanceof EtudeError) return undefined;
    throw error;
  }
}

/** The bits of each frame, as they were stored. */
export function readPrint(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength / 4 }, (_, frame) => view.getUint32(frame * 4, true));
}
