import type { Artifact, DatasetArtifact, Split } from '../../stage/artifact.js';
import { digestOfJson } from '../../util/canonical-json.js';
import { EtudeError } from '../../util/errors.js';
import type { Json } from '../../util/json.js';
import { sha256 } from '../../util/sha256.js';
import type { Cache, Entry } from '../cache/types.js';

/**
 * How a fingerprint identifies an input: by the digest of the artifact, or only of its splits `names` if the
 * stage reads no others (features, the chunks that contain rows of these splits, and their rows, numbered
 * across those chunks).
 */
export async function inputDigest(
  { artifact, artifactDigest }: Pick<Entry, 'artifact' | 'artifactDigest'>,
  names: readonly string[] | undefined,
  objects: Cache['objects'],
): Promise<string> {
  if (names === undefined || !hasSplits(artifact, names)) return artifactDigest;
  try {
    return digestOfJson((await splitContent(artifact, names, objects)) as unknown as Json);
  } catch (error) {
    // A damaged list of rows: the stage that produces it is planned to run, and its result decides.
    if (error instanceof EtudeError) return artifactDigest;
    throw error;
  }
}

function hasSplits(artifact: Artifact, names: readonly string[]): artifact is DatasetArtifact {
  return artifact.kind === 'dataset' && names.every((name) => Object.hasOwn(artifact.splits, name));
}

async function splitContent(dataset: DatasetArtifact, names: readonly string[], objects: Cache['objects']) {
  const chunkOfRow = Uint32Array.from(dataset.chunks.flatMap(({ rows }, i) => Array<number>(rows).fill(i)));
  const rows = new Map<string, Uint32Array>();
  const read = new Set<number>();
  for (const name of [...names].sort()) {
    const numbers = await rowNumbers(dataset.splits[name]!, objects);
    rows.set(name, numbers);
    for (const row of numbers) read.add(chunkOfRow[row]!);
  }
  // How far the rows of a chunk move down because chunks before it are not read.
  let left = 0;
  const moved = dataset.chunks.map(({ rows: count }, i) => {
    if (read.has(i)) return left;
    left += count;
    return 0;
  });
  return {
    features: Object.entries(dataset.features),
    chunks: dataset.chunks.filter((_, i) => read.has(i)),
    splits: [...rows].map(([name, numbers]) => [
      name,
      sha256(littleEndian(numbers.map((row) => row - moved[chunkOfRow[row]!]!))),
    ]),
  };
}

async function rowNumbers(split: Split, objects: Cache['objects']): Promise<Uint32Array> {
  if ('ranges' in split) {
    return Uint32Array.from(
      split.ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)),
    );
  }
  const bytes = await objects.read(split.indices);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getUint32(4 * i, true));
}

function littleEndian(numbers: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((number, i) => {
    view.setUint32(4 * i, number, true);
  });
  return new Uint8Array(view.buffer);
}
