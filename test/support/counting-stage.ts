import type { Project } from './project.js';

/**
 * A user's cheap stage type, `./stages/count.js`: reports the sum of its parameter `value` and its inputs'
 * totals, modulo `modulo` (so that different inputs can give the same result), and appends a line to
 * `log.txt` each time it actually computes.
 */
export const COUNT_STAGE = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { label } from './label.js';

export default {
  name: 'count',
  description: 'Adds numbers.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['value'],
    properties: {
      value: { type: 'number' },
      modulo: { type: 'number', default: 1000000 },
      milliseconds: { type: 'number', default: 0 },
      fail: { type: 'boolean', default: false },
      crash: { type: 'boolean', default: false },
      warnings: { type: 'array', items: { type: 'string' }, default: [] },
    },
  },
  inputs: { left: { kind: 'report', optional: true }, right: { kind: 'report', optional: true } },
  output: 'report',
  async run({ params, inputs, place, signal, progress, log }) {
    for (const text of params.warnings) log('warning', text);
    appendFileSync(join(place.projectDir, 'log.txt'), label + ' ' + params.value + '\\n');
    for (let waited = 0; waited < params.milliseconds; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      signal.throwIfAborted();
      progress({ done: waited, total: params.milliseconds, unit: 'ms' });
    }
    if (params.crash) process.kill(process.pid, 'SIGKILL');
    if (params.fail) throw new Error('asked to fail');
    let total = params.value;
    for (const input of Object.values(inputs)) total += input.metrics.all.total;
    total %= params.modulo;
    return { artifact: { kind: 'report', metrics: { all: { total } }, files: {} }, summary: 'total ' + total };
  },
};
`;

export function writeCountStage(project: Project): void {
  // The folder with the recipe is the project, whatever is above it.
  project.write('package.json', '{"type": "module", "private": true}');
  project.write('stages/count.js', COUNT_STAGE);
  project.write('stages/label.js', "export const label = 'computed';\n");
}

/** How often stages were actually computed since the project was created. */
export function computations(project: Project): number {
  try {
    return project.read('log.txt').split('\n').length - 1;
  } catch {
    return 0;
  }
}
