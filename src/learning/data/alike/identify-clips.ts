import { createHash } from 'node:crypto';
import type { AudioFeature, Chunk, DatasetArtifact, Features } from '../../../stage/artifact.js';
import { selectChunks } from '../../../stage/selected-chunks.js';
import type { StageContext } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { decodeStart } from '../../audio/decode/decode-start.js';
import { HEARD_SECONDS, soundPrint } from '../../audio/sound-print.js';
import { openAudioChunk, type StoredAudio } from '../audio-chunk.js';
import { encodeColumn } from '../column.js';
import { type DatasetReader, openDataset } from '../dataset.js';
import { digestOfClip } from '../digest-of-clip.js';

/**
 * Bump when digests or prints change. The code of the stages is not part of the keys: what one found, the
 * others need not find again.
 */
export const VERSION = 1;

const FEATURES: Features = {
  digest: { _type: 'Value', dtype: 'string' },
  print: { _type: 'Value', dtype: 'binary' },
};

/** Files up to this size are read once for both. Bytes. */
const SMALL = 512 * 1024;

/**
 * For each clip of a column of audio, `digest` of its content, whatever it is called (null if there is none),
 * and `print`: what it sounds like (null if that cannot be said). Both are kept for each chunk of audio,
 * whichever stage asks. Of a long clip, little is in memory at once.
 */
export async function identifyClips(
  context: Pick<StageContext, 'objects' | 'chunks' | 'signal' | 'progress'>,
  dataset: DatasetArtifact,
  column: string,
): Promise<DatasetReader> {
  const { objects, chunks: results, signal, progress } = context;
  const { chunks, splits } = await selectChunks(dataset, objects);
  const feature = dataset.features[column] as AudioFeature;
  const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
  const found: Chunk[] = [];
  let done = 0;
  const onRow = () => {
    signal.throwIfAborted();
    done += 1;
    if (done % 16 === 0 || done === total) progress({ done, total, unit: 'clips', phase: 'listening' });
  };
  for (const { rows, columns } of chunks) {
    signal.throwIfAborted();
    const ref = columns[column]!;
    const parts = { identity: VERSION, feature, audio: ref.digest };
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    let chunk = await results.get(key);
    if (chunk === undefined) {
      const values = await identify(await objects.pathOf(ref), feature, onRow);
      chunk = { rows, columns: {} };
      for (const [name, kind] of Object.entries(FEATURES))
        chunk.columns[name] = await objects.put(encodeColumn(kind, values[name as keyof typeof values]));
      await results.set(key, chunk);
    } else done += rows;
    found.push(chunk);
  }
  return openDataset({ kind: 'dataset', features: FEATURES, chunks: found, splits }, objects);
}

async function identify(file: string, feature: AudioFeature, onRow: () => void) {
  const opened = await openAudioChunk(file, feature);
  const digest: (string | null)[] = [];
  const print: (Uint8Array | null)[] = [];
  try {
    for (const stored of opened.rows) {
      const clip = stored === null || stored.length === 0 ? undefined : await readOnce(stored);
      digest.push(clip === undefined ? null : await digestOfClip(clip));
      print.push(clip === undefined ? null : await printOf(clip, feature));
      onRow();
    }
  } finally {
    await opened.close();
  }
  return { digest, print };
}

async function readOnce(stored: StoredAudio): Promise<StoredAudio> {
  if (stored.length > SMALL) return stored;
  const bytes = await stored.read(0, stored.length);
  const read = async (start: number, end: number) =>
    start === 0 && end === bytes.length ? bytes : bytes.slice(start, end);
  return { ...stored, read };
}

async function printOf(
  clip: StoredAudio,
  { storage, sampling_rate }: AudioFeature,
): Promise<Uint8Array | null> {
  try {
    const heard =
      storage === 'samples'
        ? await firstSamples(clip, sampling_rate!)
        : await decodeStart(clip, HEARD_SECONDS, { name: clip.path ?? 'audio' });
    const print = soundPrint(heard.samples, heard.sampling_rate);
    const bytes = new Uint8Array(print.length * 4);
    const view = new DataView(bytes.buffer);
    print.forEach((bits, frame) => {
      view.setUint32(frame * 4, bits, true);
    });
    return bytes;
  } catch (error) {
    // The stage that needs its samples reports a clip that cannot be decoded.
    if (error instanceof EtudeError) return null;
    throw error;
  }
}

async function firstSamples({ length, read }: StoredAudio, sampling_rate: number) {
  const { buffer } = await read(0, Math.min(length, 4 * HEARD_SECONDS * sampling_rate));
  return { samples: new Float32Array(buffer), sampling_rate };
}

/** The bits of each frame of a print, as it is stored; none if there is no print. */
export function readPrint(bytes: Uint8Array | null): Uint32Array {
  if (bytes === null) return new Uint32Array();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength / 4 }, (_, frame) => view.getUint32(frame * 4, true));
}
