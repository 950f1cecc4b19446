import type { ChunkRows, ChunkTransform } from './chunk-transform.js';

/** By old class number, the new one; null for a class that is gone. */
export interface Recoding {
  ids: (number | null)[];
}

/** `label` to `label`, with other class numbers; a missing label stays missing. */
export const transform: ChunkTransform<Recoding> = { module: import.meta.url, transform: recode };

async function recode({ params: { ids }, rows, inputs, rowDone }: ChunkRows<Recoding>) {
  const { column } = inputs.label!;
  const label: (number | null)[] = [];
  for (let row = 0; row < rows; row++) {
    const id = column.get(row) as number | null;
    label.push(id === null ? null : (ids[id] ?? null));
    await rowDone();
  }
  return { label };
}
