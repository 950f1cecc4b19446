import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { cardHeader } from '../../../src/project/share/card-header.js';
import { type DatasetCard, datasetCard } from '../../../src/project/share/dataset-card.js';

/** Texts that some version of YAML has a meaning for, or refuses. */
const odd = [
  ...['no', 'On', 'y', 'null', '~', '=', '<<', '1_000', '12:30', '2020-01-01', '.5', '1e3', '010', 'NaN'],
  ...['a: b', '# x', '- a', '?', '&a', '*b', '!c', '%d', '', ' a ', '\t', '\\', '"', "'", 'é', '😀'],
  ...['\u007f', '\u0085', '\u2028', '\ufeff', '\0', 'a\n---\nb', '`', '@x', 'x'.repeat(300)],
];

const card: DatasetCard = {
  title: 'calls',
  recipe: 'my | recipe',
  stage: '<img src=x>',
  sources: [],
  saved: {
    files: [],
    features: {
      audio: { _type: 'Audio', sampling_rate: 16000, storage: 'encoded' },
      plain: { _type: 'Audio', storage: 'encoded' },
      label: { _type: 'ClassLabel', names: odd },
      'a: b': { _type: 'Value', dtype: 'float32' },
      lists: {
        _type: 'List',
        feature: { _type: 'List', feature: { _type: 'Value', dtype: 'int8' } },
        length: 3,
      },
    },
    splits: [
      { name: 'train', num_bytes: 10, num_examples: 1200 },
      { name: 'test', num_bytes: 5, num_examples: 1 },
    ],
    download_size: 12,
  },
  classes: [
    {
      column: 'label',
      classes: [
        { label: 'a | <b>', rows: { train: 3 } },
        { label: '[link](javascript:x)', rows: { train: 1, test: 2 } },
      ],
    },
  ],
  durations: [{ column: 'audio', split: 'train', seconds: [1.25, 2.5] }],
};

const metadataOf = (text: string) => parse(/^---\n([\s\S]*?)\n---\n/.exec(text)![1]!);

test('a header has any text unchanged, and ends where it should', () => {
  const metadata = {
    list: odd,
    map: Object.fromEntries(odd.map((text, i) => [text, { [String(i)]: text }])),
  };
  const text = cardHeader(metadata);
  assert.deepEqual(metadataOf(text), metadata);
  assert.doesNotMatch(text, /[\u007f-\u00a0\u2028\ufeff]/);
  // What only YAML 1.1, which Python reads, has a meaning for is quoted.
  for (const word of ['no', 'On', 'y', '<<', '12:30', '1_000'])
    assert.ok(text.includes(`  - "${word}"\n`), word);
});

test('the header of a dataset card is what push_to_hub writes', () => {
  const { dataset_info, configs, ...rest } = metadataOf(datasetCard({ ...card, license: 'cc-by-4.0' }));
  assert.deepEqual(rest, {
    license: 'cc-by-4.0',
    task_categories: ['audio-classification'],
    size_categories: ['1K<n<10K'],
  });
  assert.deepEqual(configs, [
    {
      config_name: 'default',
      data_files: [
        { split: 'train', path: 'data/train-*' },
        { split: 'test', path: 'data/test-*' },
      ],
    },
  ]);
  const [audio, plain, label, value, lists] = dataset_info.features;
  assert.deepEqual(audio, { name: 'audio', dtype: { audio: { sampling_rate: 16000 } } });
  assert.deepEqual(plain, { name: 'plain', dtype: 'audio' });
  assert.deepEqual(label.dtype.class_label.names, { ...odd });
  assert.deepEqual(value, { name: 'a: b', dtype: 'float32' });
  assert.deepEqual(lists, { name: 'lists', list: { list: 'int8' }, length: 3 });
  assert.deepEqual(dataset_info.splits, card.saved.splits);
  assert.deepEqual([dataset_info.download_size, dataset_info.dataset_size], [12, 15]);
});

test('the datasets of the Hub that it was made from are named, each once, with their revisions', () => {
  const commit = 'c0ffee'.repeat(7).slice(0, 40);
  const source = { id: 'PolyAI/minds14', commit, shown: '', splits: {}, languages: [] };
  const sources = [
    { ...source, config: 'en-US' },
    { ...source, config: 'a`b' },
    { ...source, config: 'en-US' },
  ];
  const text = datasetCard({ ...card, sources });
  assert.deepEqual(metadataOf(text).source_datasets, ['PolyAI/minds14']);
  const link = '[PolyAI/minds14](https://huggingface.co/datasets/PolyAI/minds14)';
  const code = (word: string) => `<code>${word}</code>`;
  const line = (config: string) =>
    `- ${link}, configuration ${code(config)}, revision ${code(commit.slice(0, 12))}`;
  assert.ok(text.includes(`\n## Source\n\n${line('en-US')}\n${line('a&#96;b')}\n\n## Splits`), text);
  assert.ok(!('source_datasets' in metadataOf(datasetCard(card))));
});

test('the text has splits, seconds, classes and how to load it; names are no markup', () => {
  const text = datasetCard(card);
  assert.ok(!('license' in metadataOf(text)));
  const body = text.slice(text.indexOf('\n# '));
  assert.match(body, /\| <code>train<\/code> \| 1200 \| 3\.8 \|/);
  assert.match(body, /\| <code>test<\/code> \| 1 \| {2}\|/);
  assert.match(body, /\| a &#124; &#60;b&#62; \| 3 \| 0 \|/);
  assert.doesNotMatch(body, /<img|<b>|\]\(/);
  assert.match(body, /load_dataset\("\."\)/);
  assert.match(datasetCard({ ...card, repository: 'me/calls' }), /load_dataset\("me\/calls"\)/);
});
