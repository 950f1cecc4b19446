import { truncate, widthOf } from './line.js';

/**
 * A stage's id, shortened to a width. For a matrix cell, `model[learning_rate=0.001,seed=1]`, the parameters'
 * names are dropped first, since the values distinguish the cells: `model[0.001,1]`; then the beginning of
 * the stage's own name.
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
