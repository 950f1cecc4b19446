import type { AudioFeature, DatasetArtifact } from '../../../stage/artifact.js';
import { chunkStarts } from '../../../stage/chunk-starts.js';
import type { Objects } from '../../../stage/stage-type.js';
import { type AudioChunk, openAudioChunk } from '../audio-chunk.js';
import type { AudioSamples, EncodedAudio } from '../column.js';

/** Chunks that are open at a time: a file each, and where its rows are. */
const MOST_OPEN = 128;

/**
 * The audio of single rows in any order. `openDataset` reads whole chunks, which for rows in random order it
 * would read again for almost every row, unless all of them fit in memory.
 */
export class AudioRows {
  readonly #starts: readonly number[];
  /** Last used last. */
  readonly #open = new Map<string, AudioChunk>();

  constructor(
    private readonly artifact: DatasetArtifact,
    private readonly objects: Objects,
  ) {
    this.#starts = chunkStarts(artifact.chunks);
  }

  /**
   * @param row number across all chunks
   * @returns `undefined` where there is none, though there may be a path
   */
  async value(column: string, row: number): Promise<EncodedAudio | AudioSamples | undefined> {
    const chunk = this.#starts.findLastIndex((start) => start <= row);
    const { storage } = this.artifact.features[column] as AudioFeature;
    const stored = (await this.#chunk(column, chunk)).rows[row - this.#starts[chunk]!];
    if (stored == null) return undefined;
    const bytes = await stored.read(0, stored.length);
    return storage === 'encoded'
      ? { bytes, path: stored.path }
      : { array: new Float32Array(bytes.buffer), path: stored.path };
  }

  async close(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key);
  }

  async #chunk(column: string, index: number): Promise<AudioChunk> {
    const key = `${index} ${column}`;
    const known = this.#open.get(key);
    if (known !== undefined) this.#open.delete(key);
    else if (this.#open.size === MOST_OPEN) await this.#close(this.#open.keys().next().value!);
    const feature = this.artifact.features[column] as AudioFeature;
    const ref = this.artifact.chunks[index]!.columns[column]!;
    const chunk = known ?? (await openAudioChunk(await this.objects.pathOf(ref), feature));
    this.#open.set(key, chunk);
    return chunk;
  }

  async #close(key: string): Promise<void> {
    const chunk = this.#open.get(key);
    this.#open.delete(key);
    await chunk?.close();
  }
}
