import { chosenSplits } from '../src/learning/data/chosen-splits.js';
import { throwProblem } from '../src/learning/data/name-problems.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { ShuffleParams } from '../src/stage/params.js';
import { count } from '../src/util/words.js';

/** `Dataset.shuffle(seed)` of Hugging Face datasets, with the same rows for the same seed. */
const shuffle = defineBuiltIn<ShuffleParams>()({
  name: 'shuffle',
  description: 'Shuffles the rows of a dataset.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem }) {
    if (inputs.dataset === undefined) return undefined;
    chosenSplits(inputs.dataset.splits, params.split, problem);
    return inputs.dataset;
  },

  async run({ params, inputs, objects }) {
    const { dataset } = inputs;
    const { shuffleRows } = await import('../src/learning/data/shuffle-rows.js');
    const names = chosenSplits(dataset.splits, params.split, throwProblem);
    const rows = names.reduce((sum, name) => sum + dataset.splits[name]!.num_rows, 0);
    return {
      artifact: await shuffleRows(dataset, names, params.seed, objects),
      rowsComputed: 0,
      summary: `${count(rows, 'row')}, seed ${params.seed}`,
    };
  },
});

export default shuffle;
