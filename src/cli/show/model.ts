import type { ModelArtifact, Objects } from '../../index.js';
import { formatBytes, formatMetric, formatNumber } from '../../terminal/format.js';
import { clean, fold, type Line, span } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';
import { count } from '../../util/words.js';
import { proseWidth } from '../print.js';
import { readTrainingLog, trainingLogLines } from './training-log.js';
import type { View } from './view.js';

/** A model: its size, labels, last evaluation, how its training went, and its files. */
export async function openModelView(artifact: ModelArtifact, objects: Objects): Promise<View> {
  const { labels, num_parameters, metrics, files } = artifact;
  const log = await readTrainingLog(files, objects);
  const size = Object.values(files).reduce((sum, ref) => sum + ref.size, 0);
  return {
    json: async () => ({ num_parameters, size, labels, metrics, files, training: log }),
    async lines(width) {
      const lines: Line[] = [
        [span('parameters  ', 'dim'), span(millions(num_parameters))],
        [span('size        ', 'dim'), span(formatBytes(size))],
        [],
        [span(count(labels.length, 'label'), 'dim')],
        ...fold(labels.map((label, i) => `${i} ${clean(label)}`).join(', '), proseWidth(width) - 2).map(
          (text): Line => [span('  '), span(text)],
        ),
      ];
      const measured = Object.entries(metrics);
      if (measured.length > 0) {
        const rows = measured.map(([name, value]): Cell[] => [
          { text: clean(name), style: 'bold' },
          { text: formatMetric(value) },
        ]);
        lines.push([], ...table([{ title: 'last evaluation' }, { title: '', align: 'right' }], rows, width));
      }
      const training = log === undefined ? [] : trainingLogLines(log, width);
      if (training.length > 0) lines.push([], [span('training', 'dim')], ...training);
      const rows = Object.entries(files).map(([name, ref]): Cell[] => [
        { text: clean(name), style: 'bold' },
        { text: formatBytes(ref.size) },
        { text: `sha256 ${ref.digest.slice(0, 12)}…`, style: 'dim' },
      ]);
      lines.push(
        [],
        ...table([{ title: 'file' }, { title: 'size', align: 'right' }, { title: '' }], rows, width),
      );
      return lines;
    },
  };
}

function millions(count: number): string {
  return count < 1e6 ? formatNumber(count) : `${(count / 1e6).toFixed(1)} million (${count})`;
}
