import { truncate, widthOf } from './line.js';

/**
 * A stage's id in a width. Of a cell of a matrix, `model[learning_rate=0.001,seed=1]`, the names of the
 * parameters go first, as it is the values that tell cells apart: `model[0.001,1]`; then the beginning of the
 * stage's own name.
 */
export function shortId(id: string, width: number): string {
  if (widthOf(id) <= width) return id;
  const parts = /^([^[]*)\[([^\]]*)\]$/.exec(id);
  if (parts === null) return truncate(id, width);
  const [, stage = '', cell = ''] = parts;
  const values = `[${cell.replaceAll(/[^,=]*=/g, '')}]`;
  const room = width - widthOf(values);
  return room < 2 ? truncate(stage + values, width) : truncate(stage, room) + values;
}
