import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certaintyLines } from '../../src/cli/show/confidence-lines.js';

const textOf = (certainty: Parameters<typeof certaintyLines>[0]) =>
  certaintyLines(certainty, 90).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );

test('intervals, baseline and groups, the worst first; nothing for a report without them', () => {
  const group = (name: string, accuracy: number, num_rows: number) => ({
    group: name,
    num_rows,
    accuracy,
    accuracy_interval: [accuracy, accuracy + 0.125] as [number, number],
    f1_macro: 0.5,
  });
  const many = Array.from({ length: 10 }, (_, i) => group(`other ${i}`, 0.75, 9));
  const lines = textOf({
    intervals: { level: 0.95, accuracy: [0.25, 0.5], f1_macro: [0.125, 0.25] },
    baseline: { label: 'no\u001b[31m', accuracy: 0.1 },
    groups: [{ by: 'speaker', groups: [...many, group('ann', 0.25, 4), group('bob', 0.25, 7)] }],
  });
  assert.equal(lines[0], '  95 % intervals: accuracy 0.250–0.500, f1 macro 0.125–0.250');
  assert.match(lines[1]!, /^ {2}always answering 'no.*': accuracy 0\.100$/);
  assert.ok(!lines[1]!.includes('\u001b'));
  assert.match(lines[3]!, /^ {2}speaker +accuracy +95 % +f1 macro +rows$/);
  assert.match(lines[4]!, /^ {2}bob +0\.250 +0\.250–0\.375 +0\.500 +7$/);
  assert.match(lines[5]!, /^ {2}ann /);
  assert.equal(lines.at(-2), '  the worst 10 of 12 groups');
  assert.deepEqual(textOf({}), []);
});
