/**
 * Samples moved by some places, as `Shift` of audiomentations (without fades): what is moved out at one end
 * comes in at the other with `rollover`, otherwise silence does.
 *
 * @param by Samples; negative: to an earlier time.
 */
export function shifted(samples: Float32Array, by: number, rollover: boolean): Float32Array {
  const { length } = samples;
  const moved = new Float32Array(length);
  if (rollover) {
    const start = ((by % length) + length) % length;
    moved.set(samples.subarray(0, length - start), start);
    moved.set(samples.subarray(length - start), 0);
  } else if (Math.abs(by) < length) {
    moved.set(samples.subarray(Math.max(0, -by), length - Math.max(0, by)), Math.max(0, by));
  }
  return moved;
}
