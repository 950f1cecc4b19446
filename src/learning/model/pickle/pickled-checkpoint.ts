/** A state dict, and the positions of its numbers. */
export interface PickledCheckpoint {
  value: unknown;
  /** The first byte of each storage, by its key. */
  begins: ReadonlyMap<string, number>;
}
