/**
 * Numbers from −1 to 1 that look random and are the same everywhere to the bit: FNV-1a of a name, mixed with
 * the index by murmur3's finalizer; then scaled and shifted. The Python scripts of the fixtures have the same
 * function.
 */
export function hashedValues(name: string, size: number, { scale = 1, centre = 0 } = {}): Float32Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619);
  const values = new Float32Array(size);
  for (let index = 0; index < size; index += 1) {
    let h = Math.imul(index, 0x9e3779b1) + seed;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    values[index] = centre + ((h >>> 0) / 2 ** 31 - 1) * scale;
  }
  return values;
}

/**
 * A parameter filled with them, at a scale that suits what it is for: norms around 1, matrices by their
 * fan-in, the rest small.
 */
export function hashedParameter(name: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, each) => product * each, 1);
  if (name.endsWith('norm.weight') || name.endsWith('original0'))
    return hashedValues(name, size, { scale: 0.1, centre: 1 });
  const fan = shape.slice(1).reduce((product, each) => product * each, 1);
  return hashedValues(name, size, { scale: shape.length > 1 ? Math.sqrt(3 / fan) : 0.1 });
}
