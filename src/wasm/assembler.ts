/**
 * Just enough of a WebAssembly assembler to write SIMD loops as expression trees. Opcodes and encodings
 * follow the WebAssembly core specification, release 2.0 (binary format).
 */

/** Bytes of instructions. */
export type Code = readonly number[];

/** Value types. */
export const type = { i32: 0x7f, v128: 0x7b } as const;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a small number. */
function signed(value: number): number[] {
  if (value >= -64 && value < 64) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

const binary = (...opcode: number[]) => {
  return (a: Code, b: Code): Code => [...a, ...b, ...opcode];
};

/**
 * Instructions by what they do; `a`, `b` and `address` are the code of their operands, `offset` is added to
 * an address.
 */
export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
};
export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  subtract: binary(0x6b),
  less: binary(0x49),
};
/** Memory is read and written at any address, aligned or not. */
export const f32x4 = {
  load: (address: Code, offset = 0): Code => [...address, 0xfd, 0x00, 0, ...unsigned(offset)],
  /** One number in all four lanes. */
  loadSplat: (address: Code, offset = 0): Code => [...address, 0xfd, 0x09, 0, ...unsigned(offset)],
  /** `vector` with one lane from memory. */
  loadLane: (address: Code, vector: Code, lane: number): Code => [
    ...address,
    ...vector,
    0xfd,
    0x56,
    0,
    0,
    lane,
  ],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...[0xfd, 0x0b, 0, ...unsigned(offset)],
  ],
  storeLane: (address: Code, vector: Code, lane: number): Code => [
    ...address,
    ...vector,
    ...[0xfd, 0x5a, 0, 0, lane],
  ],
  /** The same number four times. */
  constant: (value: number): Code => {
    const bytes = new Uint8Array(Float32Array.of(value, value, value, value).buffer);
    return [0xfd, 0x0c, ...bytes];
  },
  /** Four int16 from memory. */
  loadInt16: (address: Code): Code => [...address, 0xfd, 0x03, 0, 0, 0xfd, 0xfa, 0x01],
  add: binary(0xfd, 0xe4, 0x01),
  subtract: binary(0xfd, 0xe5, 0x01),
  multiply: binary(0xfd, 0xe6, 0x01),
  divide: binary(0xfd, 0xe7, 0x01),
  squareRoot: (value: Code): Code => [...value, 0xfd, 0xe3, 0x01],
  /** Four lanes from those of two vectors: 0 to 3 are the first one's, 4 to 7 the second one's. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [
    ...a,
    ...b,
    ...[0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))],
  ],
};

/** Two float64, for sums that must not lose the precision that float32 would. */
export const f64x2 = {
  /** Two float32 from memory. */
  loadFloat32: (address: Code, offset = 0): Code => [
    ...address,
    ...[0xfd, 0x5d, 0, ...unsigned(offset)],
    ...[0xfd, 0x5f],
  ],
  /** The first two lanes of a vector of float32. */
  promote: (vector: Code): Code => [...vector, 0xfd, 0x5f],
  /** One float64 in both lanes. */
  loadSplat: (address: Code, offset = 0): Code => [...address, 0xfd, 0x0a, 0, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => f32x4.store(address, value, offset),
  /** To memory as two float32. */
  storeFloat32: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...[0xfd, 0x5e],
    ...[0xfd, 0x5b, 0, ...unsigned(offset), 0],
  ],
  add: binary(0xfd, 0xf0, 0x01),
  subtract: binary(0xfd, 0xf1, 0x01),
  multiply: binary(0xfd, 0xf2, 0x01),
};

/** Runs `body` once, and repeats it while `condition` is not zero. */
export function repeatWhile(body: readonly Code[], condition: Code): Code {
  return [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];
}

/** A function without a result. */
export interface SimdFunction {
  /** The number of its parameters, all i32; they are the first locals. */
  parameters: number;
  /** Value types of the locals after them. */
  locals: readonly number[];
  body: readonly Code[];
}

/** A module that exports functions by their names, over a memory that it imports as `env.memory`. */
export function assemble(functions: Readonly<Record<string, SimdFunction>>): Uint8Array<ArrayBuffer> {
  const list = Object.values(functions);
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const vector = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, items: readonly (readonly number[])[]) => {
    const bytes = vector(items);
    return [id, ...unsigned(bytes.length), ...bytes];
  };
  const code = list.map(({ locals, body }) => {
    const bytes = [...vector(locals.map((local) => [1, local])), ...body.flat(), 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      list.map(({ parameters }) => [0x60, ...vector(new Array<number[]>(parameters).fill([type.i32])), 0]),
    ),
    ...section(2, [[...name('env'), ...name('memory'), 0x02, 0x00, 1]]),
    ...section(
      3,
      list.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      Object.keys(functions).map((key, i) => [...name(key), 0x00, ...unsigned(i)]),
    ),
    ...section(10, code),
  ]);
}
