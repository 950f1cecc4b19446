import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseCard } from '../../../src/project/share/push-model/hub-cards.js';
import { cardMetadata } from '../../../src/project/share/push-model/metadata.js';
import { modelCard } from '../../../src/project/share/push-model/model-card.js';
import { HOSTILE, modelFacts } from '../../support/model-facts.js';

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/cards/${name}`, import.meta.url), 'utf8');

const header = (card: string) => parse(card.split(/^---$/m)[1]!) as Record<string, unknown>;

test('a card is the one that huggingface_hub has read', () => {
  // Made by test/fixtures/cards/make.ts, read by read.py beside it.
  const card = modelCard(modelFacts());
  assert.equal(card, fixture('README.md'));
  const read = JSON.parse(fixture('read.json'));
  const metadata = header(card);
  assert.deepEqual(read.data, metadata);
  assert.deepEqual(
    read.results.map(({ metric_type, metric_value }: Record<string, unknown>) => [metric_type, metric_value]),
    [
      ['accuracy', 0.912346],
      ['f1', 0.9],
      ['matthews_correlation', 0.8],
    ],
  );
  const { dataset_type, dataset_config, dataset_split, dataset_revision, dataset_args } = read.results[0];
  assert.deepEqual(
    [dataset_type, dataset_config, dataset_split, dataset_revision, dataset_args],
    ['PolyAI/minds14', 'en-US', 'train', 'b'.repeat(40), { split_of_recipe: 'test' }],
  );
});

test('texts of any origin are text in a card, not markup, and no line of its own', () => {
  const card = modelCard(modelFacts());
  const body = card.slice(card.indexOf('\n---\n', 4) + 5);
  assert.ok(!/<script|\[x\]\(|`c`/.test(body) && !body.includes('\u001b'));
  assert.ok(!body.split('\n').includes('---'));
  const hostile = modelFacts({
    data: modelFacts().data.map((each) => ({ ...each, id: undefined, shown: HOSTILE })),
  });
  const { 'model-index': index } = header(modelCard(hostile)) as { 'model-index': object[] };
  assert.equal(index.length, 1);
});

test('what is not known is left out, and said', () => {
  const { data, training } = modelFacts();
  const facts = modelFacts({
    base: { shown: 'checkpoint', isScratch: true },
    data: data.map((each) => ({
      ...each,
      id: undefined,
      commit: undefined,
      config: undefined,
      shown: 'clips',
    })),
    training: { ...training, seconds: undefined, classes: new Map() },
    evaluations: [],
    license: undefined,
    languages: [],
    onnx: [],
  });
  assert.deepEqual(cardMetadata(facts), {
    library_name: 'transformers',
    pipeline_tag: 'audio-classification',
    tags: ['audio', 'etude'],
  });
  const card = modelCard(facts);
  for (const part of [/not been evaluated/, /languages .* not recorded/, /None was given/, /from scratch/])
    assert.match(card, part);
  assert.doesNotMatch(card, /transformers\.js|undefined|NaN/);
});

test('a regression has no labels to choose from', () => {
  assert.match(modelCard(modelFacts()), /^Labels: /m);
  assert.doesNotMatch(modelCard(modelFacts({ problemType: 'regression' })), /^Labels: /m);
});

test('without an evaluation of its own, the last one of the training is shown, for what it is', () => {
  const { training } = modelFacts();
  const last = { split: 'dev', metrics: { eval_loss: 0.5, eval_accuracy: 0.75 } };
  const facts = modelFacts({ evaluations: [], training: { ...training, last } });
  assert.match(modelCard(facts), /<code>dev<\/code> \| 0\.750 \| 0\.500 \|\n\nMeasured during training/);
  const [{ results }] = cardMetadata(facts)['model-index'] as [{ results: { metrics: object[] }[] }];
  assert.deepEqual(results[0]!.metrics, [{ type: 'accuracy', value: 0.75, name: 'Accuracy (dev)' }]);
});

test('a split of the dataset itself has its name, one that the recipe split off the name of where it is from', () => {
  const facts = modelFacts();
  const datasetOf = (splits: Record<string, number>) => {
    const data = facts.data.map((each) => ({ ...each, splits }));
    const evaluations = facts.evaluations.map((each) => ({ ...each, data }));
    const metadata = cardMetadata({ ...facts, data, evaluations });
    const [{ results }] = metadata['model-index'] as [{ results: { dataset: Record<string, unknown> }[] }];
    const { split, args } = results[0]!.dataset;
    return [split, args];
  };
  assert.deepEqual(datasetOf({ train: 450, test: 113 }), ['test', undefined]);
  assert.deepEqual(datasetOf({ train: 563 }), ['train', { split_of_recipe: 'test' }]);
  assert.deepEqual(datasetOf({ train: 450, test: 999 }), [undefined, { split_of_recipe: 'test' }]);
});

test('limits name what a model misses, and what was held out', () => {
  const facts = modelFacts();
  const card = modelCard(facts);
  assert.match(card, /Recall in the worst split: <code>pay_bill<\/code> \(0\.700\)/);
  assert.match(card, /By <code>speaker<\/code>, it does worst on .*: accuracy 0\.800/);
  assert.match(card, /not recorded whether the speakers/);
  const heldOut = { ...facts, training: { ...facts.training, heldOutBy: 'speaker' } };
  assert.match(modelCard(heldOut), /held out by <code>speaker<\/code>/);
});

test('license and languages are read from a card, whoever wrote it', () => {
  const card = (yaml: string) => parseCard(`---\n${yaml}\n---\n# A model\n`);
  assert.deepEqual(card('license: apache-2.0\nlanguage: en'), {
    license: { license: 'apache-2.0' },
    languages: ['en'],
  });
  assert.deepEqual(card('license: other\nlicense_name: mine\nlanguage: [en, de]'), {
    license: { license: 'other', license_name: 'mine' },
    languages: ['en', 'de'],
  });
  for (const bad of ['license: {a: 1}', 'license: "a b"\nlanguage: 7', '[]', 'a: &x [*x]', '"'])
    assert.deepEqual(card(bad), { languages: [] });
  assert.deepEqual(parseCard('no header'), { languages: [] });
});
