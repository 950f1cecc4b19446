/**
 * Just enough of a WebAssembly assembler to write a SIMD loop as an expression tree. Opcodes and encodings follow the WebAssembly
 * core specification, release 2.0 (binary format).
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

/** Instructions by what they do; `a`, `b` and `address` are the code of their operands. */
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
export const f32 = {
  add: binary(0x92),
  store: (address: Code, value: Code): Code => [...address, ...value, 0x38, 2, 0],
};
export const f32x4 = {
  zero: [0xfd, 0x0c, ...new Array<number>(16).fill(0)] as Code,
  /** From any address, aligned or not. */
  load: (address: Code): Code => [...address, 0xfd, 0x00, 0, 0],
  add: binary(0xfd, 0xe4, 0x01),
  multiply: binary(0xfd, 0xe6, 0x01),
  lane: (vector: Code, lane: number): Code => [...vector, 0xfd, 0x1f, lane],
};

/** Runs `body` once, and again as long as `condition` is not zero. */
export function repeatWhile(body: readonly Code[], condition: Code): Code {
  return [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];
}

/**
 * A module of one function, exported as `run`, over a memory that it imports as `env.memory`.
 *
 * @param parameters value types; they are the first locals
 * @param locals value types of the locals after them
 */
export function assemble(
  parameters: readonly number[],
  locals: readonly number[],
  body: readonly Code[],
): Uint8Array {
  const name = (text: string) => [text.length, ...Buffer.from(text, 'ascii')];
  const section = (id: number, bytes: readonly number[]) => [id, ...unsigned(bytes.length), ...bytes];
  const code = [...unsigned(locals.length), ...locals.flatMap((local) => [1, local]), ...body.flat(), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('run'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
