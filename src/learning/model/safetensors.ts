import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { type ByteSource, bytesInMemory } from './byte-source.js';
import { type FloatType, floats } from './float-types.js';

/** Bytes of a file. */
export interface Place {
  file: string;
  offset: number;
  length: number;
}

/** A tensor of float32 numbers in row-major order. */
export interface Weight {
  shape: number[];
  data: Float32Array;
  /** Where a file has the same bytes. */
  place?: Place;
  /** A count, which a file holds in 64 bits. */
  integer?: true;
}

/** What the header says about a tensor. */
export interface TensorEntry {
  dtype: string;
  shape: number[];
  /** Bytes from the start of the data, [begin, end). */
  begin: number;
  end: number;
}

/** A safetensors file: its contents, and its tensors on demand. */
export interface Safetensors {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The tensor as float32, in separate memory. Throws EtudeError for an unknown name, or a type that is not
   * floating-point.
   *
   * @param integer Whether it is a count, I64.
   */
  read(name: string, integer?: boolean): Weight;
  /** Which bytes are the tensor, if they are float32. */
  place(name: string): Omit<Place, 'file'> | undefined;
}

/** Bytes per element, of every type in the format whose size is a multiple of a byte. */
const BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};
/** As in the reference implementation. */
const MAX_HEADER = 100_000_000;

/**
 * Opens a safetensors file, or the bytes of one (https://github.com/huggingface/safetensors, format 1.0) and
 * checks everything that the reference implementation checks: the header's size and JSON, known types, sizes
 * that follow from the shapes, and data ranges that cover the rest of the file without overlaps or holes.
 *
 * @param file Name for messages.
 * @throws EtudeError if anything is wrong.
 */
export function parseSafetensors(from: Uint8Array | ByteSource, file: string): Safetensors {
  const source = from instanceof Uint8Array ? bytesInMemory(from) : from;
  const fail = (message: string, got?: string): never => {
    throw new EtudeError(message, {
      got,
      where: { file },
      hint: 'The file is not a safetensors file, or it is damaged.',
    });
  };
  if (source.size < 8) fail('too short for a safetensors file', count(source.size, 'byte'));
  const prefix = source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (Buffer.from(prefix).toString('latin1') === 'version ')
    throw new EtudeError('the file is a Git LFS pointer, not the weights themselves', {
      where: { file },
      hint: 'Fetch them with: git lfs pull',
    });
  if (length > MAX_HEADER) fail('the safetensors header is too large', count(length, 'byte'));
  const start = 8 + length;
  if (start > source.size)
    fail('the safetensors header is truncated', `${source.size - 8} of ${count(length, 'byte')}`);

  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source.read(8, start)));
  } catch {
    fail('the safetensors header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    fail('the safetensors header is not an object');

  const { __metadata__: metadata = {}, ...tensors } = header as Record<string, unknown>;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(tensors)) {
    const entry = parseEntry(value);
    if (typeof entry === 'string') fail(`tensor '${name}': ${entry}`);
    else entries.set(name, entry);
  }
  let end = 0;
  for (const [name, entry] of [...entries].sort(
    ([, one], [, other]) => one.begin - other.begin || one.end - other.end,
  )) {
    if (entry.begin !== end)
      fail(`tensor '${name}' does not start where the one before it ends`, `byte ${entry.begin}`);
    end = entry.end;
  }
  if (start + end !== source.size)
    fail(
      'the file size differs from what its header says',
      `${count(source.size, 'byte')}, expected ${start + end}`,
    );

  return {
    entries,
    metadata: isStrings(metadata) ? metadata : {},
    place(name) {
      const entry = entries.get(name);
      if (entry?.dtype !== 'F32') return undefined;
      return { offset: start + entry.begin, length: entry.end - entry.begin };
    },
    read(name, integer = false) {
      const entry = entries.get(name);
      if (entry === undefined) throw new EtudeError(`there is no tensor '${name}'`, { where: { file } });
      const { dtype, shape } = entry;
      if (integer && dtype === 'I64') {
        const data = source.read(start + entry.begin, start + entry.end);
        return { shape: [...shape], data: floats(data, dtype), integer };
      }
      if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F64') {
        throw new EtudeError(`tensor '${name}' has an unsupported type`, {
          expected: 'F32, F16, BF16 or F64',
          got: dtype,
          where: { file },
        });
      }
      const data = source.read(start + entry.begin, start + entry.end);
      return { shape: [...shape], data: floats(data, dtype satisfies FloatType) };
    },
  };
}

function parseEntry(value: unknown): TensorEntry | string {
  if (typeof value !== 'object' || value === null) return 'not described by an object';
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype))
    return `unknown type ${JSON.stringify(dtype)}`;
  if (!isSizes(shape)) return 'its shape is not a list of sizes';
  if (!isSizes(offsets) || offsets.length !== 2) return 'data_offsets is not a pair of byte offsets';
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, dimension) => product * dimension, BYTES[dtype]!);
  if (end - begin !== size) return `its shape needs ${count(size, 'byte')}, data_offsets give ${end - begin}`;
  return { dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isStrings(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

/**
 * Writes float32 tensors and counts as a safetensors file, byte for byte as the Python library does: counts
 * first, sorted by name, header padded with spaces to a multiple of 8.
 *
 * @returns The file's parts in order (the tensors' own memory, not copies); join them to get the file.
 */
export function formatSafetensors(
  tensors: Readonly<Record<string, Weight>>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Uint8Array[] {
  const names = Object.keys(tensors).sort((one, other) =>
    tensors[one]!.integer === tensors[other]!.integer
      ? Buffer.compare(Buffer.from(one), Buffer.from(other))
      : Number(tensors[other]!.integer === true) - Number(tensors[one]!.integer === true),
  );
  const stored = names.map((name) => {
    const { data, integer } = tensors[name]!;
    return integer ? BigInt64Array.from(data, BigInt) : data;
  });
  let offset = 0;
  const entries = names.map((name, index) => {
    const { shape, integer } = tensors[name]!;
    const begin = offset;
    offset += stored[index]!.byteLength;
    return [name, { dtype: integer ? 'I64' : 'F32', shape, data_offsets: [begin, offset] }] as const;
  });
  // Joined by hand: an object would order names that look like numbers first.
  const fields = [['__metadata__', metadata] as const, ...entries];
  const json = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const header = Buffer.from(json);
  const padded = Buffer.alloc(8 + Math.ceil(header.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8), 0);
  header.copy(padded, 8);
  return [padded, ...stored.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}
