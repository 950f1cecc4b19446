import type { PlannedLine } from '../../../src/pipeline/run/events/run-events.js';
import { EventScript } from './events.js';

/** More stages than a terminal has rows, ten at a time, with names that are long or wide. */
export function manyStages(): EventScript {
  const ids = Array.from({ length: 40 }, (_, i) =>
    i % 5 === 3
      ? `音声分類の前処理その${i}`
      : i % 5 === 4
        ? `a-stage-with-a-very-long-name-indeed-${i}`
        : `stage${i}`,
  );
  const plan: PlannedLine[] = ids.map((id, i) => ({
    id,
    uses: i % 2 ? 'map-preprocess' : './stages/my-own-stage-type.js',
    from: i < 10 ? [] : [ids[i - 10]!],
    status: 'run',
    because: ['max_length 16000 → 32000', `input 音声 changed`, 'padding false → true'],
  }));
  const script = new EventScript().started(
    plan,
    'a-pipeline-with-a-name-as-long-as-a-terminal-is-wide-and-longer-still',
  );
  for (let start = 0; start < 40; start += 10) {
    const batch = ids.slice(start, start + 10);
    for (const id of batch) script.stage(id);
    for (let done = 0; done <= 10; done++) {
      script.wait(0.1);
      for (const id of batch)
        script.progress(id, { done: done * 100, total: 1000, unit: 'clips', phase: 'decoding' });
    }
    for (const id of batch) script.finished(id, 'run', 1.1, { summary: `1000 クリップ ${'.'.repeat(30)}` });
  }
  return script.ended('success', { test: { accuracy: 0.5 } });
}
