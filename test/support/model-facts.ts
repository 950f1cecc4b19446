import type { ModelFacts } from '../../src/project/share/push-model/facts.js';

/** What Markdown, HTML, YAML and terminals could take for something else. */
export const HOSTILE = 'a|b\n---\n<script>alert(1)</script> [x](javascript:y) `c` "d" \u001b[31m: #e';

/** A model of a dataset on the Hub, with everything that a card can have. */
export function modelFacts(changes: Partial<ModelFacts> = {}): ModelFacts {
  const data = [
    {
      id: 'PolyAI/minds14',
      config: 'en-US',
      commit: 'b'.repeat(40),
      shown: 'PolyAI/minds14',
      format: 'parquet',
      splits: { train: 563 },
      languages: ['en', 'de'],
    },
  ];
  return {
    id: 'me/minds14-intent',
    recipe: { name: 'minds14', description: HOSTILE, stage: 'model' },
    labels: ['pay_bill', HOSTILE],
    problemType: 'single_label_classification',
    parameters: 94_570_000,
    architecture: 'Wav2Vec2ForSequenceClassification',
    samplingRate: 16000,
    base: {
      id: 'facebook/wav2vec2-base',
      commit: 'a'.repeat(40),
      shown: 'facebook/wav2vec2-base',
      isScratch: false,
    },
    data,
    training: {
      split: 'train',
      rows: 450,
      seconds: 4500,
      classes: new Map([
        ['pay_bill', 250],
        [HOSTILE, 200],
      ]),
      params: [
        ['learning_rate', 3e-5],
        ['config', { hidden_dropout: 0.1 }],
      ],
      engine: 'onnxruntime-node 1.30.0',
      etude: '0.1.0',
    },
    evaluations: [
      {
        stage: 'scores',
        split: 'test',
        rows: 113,
        metrics: { loss: 0.31, accuracy: 0.9123456789, f1_macro: 0.9, matthews_corrcoef: 0.8 },
        intervals: { accuracy: [0.85, 0.96] },
        classes: [
          { label: 'pay_bill', precision: 1, recall: 0.7, f1: 0.82, support: 60 },
          { label: HOSTILE, precision: 0.9, recall: 1, f1: 0.95, support: 53 },
        ],
        groups: [
          {
            by: 'speaker',
            groups: [
              { group: 'anna', rows: 60, accuracy: 0.95 },
              { group: HOSTILE, rows: 53, accuracy: 0.8 },
            ],
          },
        ],
        data,
      },
    ],
    license: { license: 'apache-2.0', inheritedFrom: 'facebook/wav2vec2-base' },
    languages: ['en'],
    onnx: ['fp32', 'q8'],
    reproduce: {
      hasModules: false,
      recipe: 'minds14.yaml',
      lock: 'minds14.lock',
      report: true,
      commands: ['etude run minds14.yaml', 'etude reproduce minds14.yaml'],
    },
    ...changes,
  };
}
