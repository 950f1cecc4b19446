import type { ExportedGraph } from './export-graphs.js';

/** The file that says how each graph agrees with the training engine. */
export const REPORT_FILE = 'export_report.json';

/**
 * `config.json` of an export: the model's, with what transformers.js must know: files whose weights are
 * beside them, and the data type to open if one that it would open by default (fp32 in Node, q8 in a browser)
 * is missing.
 */
export function exportedConfig(
  config: Readonly<Record<string, unknown>>,
  graphs: readonly Pick<ExportedGraph, 'dtype' | 'file'>[],
  files: readonly string[],
): Record<string, unknown> {
  const given = config['transformers.js_config'];
  const own = typeof given === 'object' && given !== null ? given : {};
  const has = (dtype: string) => graphs.some((graph) => graph.dtype === dtype);
  const apart = graphs.map(({ file }) => file).filter((file) => files.includes(`${file}_data`));
  const added = {
    ...(!(has('fp32') && has('q8')) && { dtype: has('fp32') ? 'fp32' : graphs[0]!.dtype }),
    ...(apart.length > 0 && {
      use_external_data_format: Object.fromEntries(apart.map((file) => [file, true])),
    }),
  };
  if (Object.keys(added).length === 0) return { ...config };
  return { ...config, 'transformers.js_config': { ...own, ...added } };
}

/** The report of an export; without times, which differ from run to run. */
export function exportReport(split: string, rows: number, graphs: readonly ExportedGraph[]): string {
  const rounded = (value: number) => Number(value.toPrecision(2));
  const dtypes = graphs.map(
    ({ dtype, file, bytes, max_difference, same_predictions, metric, value, reference }) => ({
      dtype,
      file,
      bytes,
      max_difference: rounded(max_difference),
      ...(same_predictions !== undefined && { same_predictions }),
      [metric]: value,
      [`${metric}_of_training_engine`]: reference,
    }),
  );
  return `${JSON.stringify({ split, num_rows: rows, dtypes }, null, 2)}\n`;
}

/** What was written, in a few words. */
export function summaryOf(graphs: readonly ExportedGraph[]): string {
  return graphs
    .map(({ dtype, bytes, same_predictions: same }) => {
      const agreed =
        dtype === 'fp32' || same === undefined ? '' : `, ${Number((100 * same).toFixed(1))} % agree`;
      return `${dtype} ${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB${agreed}`;
    })
    .join('; ');
}
