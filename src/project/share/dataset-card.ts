import { describeFeature } from '../../learning/data/features.js';
import type { SavedParquet } from '../../learning/data/save/save-parquet.js';
import type { Feature, Features } from '../../stage/artifact.js';
import { count } from '../../util/words.js';
import type { ClassCounts, Durations } from '../dataset-summary.js';
import { markdownCode, markdownTable, markdownText } from '../run-summary/markdown.js';
import { cardHeader } from './card-header.js';
import { sourceText } from './push-model/data-sources.js';
import type { DataSource } from './push-model/facts.js';

export interface DatasetCard {
  /** What the dataset is called: the repository's name, or the recipe's. */
  title: string;
  /** How someone who has the files opens them in Python: a repository's id; by default the folder. */
  repository?: string;
  /** The recipe's name, and the stage that made the dataset. */
  recipe: string;
  stage: string;
  /** What it was made from, as far as that is on the Hub. */
  sources: readonly DataSource[];
  saved: SavedParquet;
  classes: readonly ClassCounts[];
  durations: readonly Durations[];
  /** The Hub's word for a license, if it is known. */
  license?: string;
}

/** Upper limits of the Hub's words for sizes, in rows. */
const SIZES = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
  [Number.POSITIVE_INFINITY, 'n>10M'],
] as const;

/**
 * The dataset card of a folder that `saveParquet` wrote, its README.md: the header that the Hub and Hugging
 * Face datasets read (`dataset_info` and `configs`, as `push_to_hub` has them), then what is in it, for
 * people. Texts of any origin are escaped in both.
 */
export function datasetCard(card: DatasetCard): string {
  const { title, saved, recipe, stage, sources, classes } = card;
  const texts = new Set(sources.map((source) => `- ${sourceText(source)}`));
  const rows = saved.splits.reduce((sum, { num_examples }) => sum + num_examples, 0);
  const sections = [
    `# ${markdownText(title)}`,
    `${count(rows, 'row')}, made by stage ${markdownCode(stage)} of the Etude recipe ${markdownCode(recipe)}.`,
    ...(texts.size === 0 ? [] : [`## Source\n\n${[...texts].join('\n')}`]),
    `## Splits\n\n${splitTable(card)}`,
    `## Columns\n\n${columnTable(saved.features)}`,
    ...classes.map(
      (each) => `## Classes of ${markdownCode(each.column)}\n\n${classTable(each, saved.splits)}`,
    ),
    `## Use\n\n${use(card)}`,
  ];
  return `${cardHeader(metadata(card, rows))}\n${sections.join('\n\n')}\n`;
}

function metadata({ saved, sources, license }: DatasetCard, rows: number): Record<string, unknown> {
  const types = new Set(Object.values(saved.features).map(({ _type }) => _type));
  const ids = [...new Set(sources.flatMap(({ id }) => id ?? []))];
  const classifies = types.has('Audio') && types.has('ClassLabel');
  return {
    ...(license !== undefined && { license }),
    ...(classifies && { task_categories: ['audio-classification'] }),
    ...(ids.length > 0 && { source_datasets: ids }),
    size_categories: [SIZES.find(([limit]) => rows < limit)![1]],
    dataset_info: {
      features: Object.entries(saved.features).map(([name, feature]) => ({ name, ...yamlFeature(feature) })),
      splits: saved.splits,
      download_size: saved.download_size,
      dataset_size: saved.splits.reduce((sum, { num_bytes }) => sum + num_bytes, 0),
    },
    configs: [
      {
        config_name: 'default',
        data_files: saved.splits.map(({ name }) => ({ split: name, path: `data/${name}-*` })),
      },
    ],
  };
}

/** `Features._to_yaml_list` of Hugging Face datasets. */
function yamlFeature(feature: Feature): Record<string, unknown> {
  switch (feature._type) {
    case 'Value':
      return { dtype: feature.dtype };
    case 'ClassLabel':
      return { dtype: { class_label: { names: { ...feature.names } } } };
    case 'Audio': {
      const { sampling_rate } = feature;
      return { dtype: sampling_rate === undefined ? 'audio' : { audio: { sampling_rate } } };
    }
    case 'List': {
      const item = yamlFeature(feature.feature);
      const isPlain = Object.keys(item).join() === 'dtype';
      return {
        list: isPlain ? item.dtype : item,
        ...(feature.length !== undefined && { length: feature.length }),
      };
    }
  }
}

function splitTable({ saved, durations }: DatasetCard): string {
  const columns = [...new Set(durations.map(({ column }) => column))];
  const seconds = (split: string) =>
    columns.map((column) => {
      const found = durations.find((each) => each.split === split && each.column === column);
      const known = found?.seconds ?? [];
      return known.length === 0 ? '' : known.reduce((sum, each) => sum + each, 0).toFixed(1);
    });
  return markdownTable(
    [
      { title: 'split' },
      { title: 'rows', isNumeric: true },
      ...columns.map((column) => ({ title: `seconds of ${column}`, isNumeric: true })),
    ],
    saved.splits.map(({ name, num_examples }) => [
      markdownCode(name),
      String(num_examples),
      ...seconds(name),
    ]),
  );
}

function columnTable(features: Features): string {
  return markdownTable(
    [{ title: 'column' }, { title: 'type' }],
    Object.entries(features).map(([name, feature]) => [
      markdownCode(name),
      markdownText(describeFeature(feature)),
    ]),
  );
}

function classTable({ classes }: ClassCounts, splits: SavedParquet['splits']): string {
  return markdownTable(
    [{ title: 'class' }, ...splits.map(({ name }) => ({ title: name, isNumeric: true }))],
    classes.map(({ label, rows }) => [
      markdownText(label),
      ...splits.map(({ name }) => String(rows[name] ?? 0)),
    ]),
  );
}

function use({ repository }: DatasetCard): string {
  return [
    '```python',
    'from datasets import load_dataset',
    '',
    `dataset = load_dataset(${JSON.stringify(repository ?? '.')})`,
    '```',
    '',
    '```yaml',
    '# In an Etude recipe',
    'clips:',
    '  uses: load',
    `  with: { path: ${repository ?? '.'} }`,
    '```',
  ].join('\n');
}
