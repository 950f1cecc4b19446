/** A state dict and where its numbers lie. */
export interface PickledCheckpoint {
  value: unknown;
  /** The first byte of a storage, by its key. */
  begins: ReadonlyMap<string, number>;
}
