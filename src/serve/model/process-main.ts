import { availableParallelism } from 'node:os';
import { openEngine } from '../../engine/open-engine.js';
import { Classifier } from '../../learning/predict/classifier.js';
import { activationOf } from '../../learning/predict/scores.js';
import { endWithParent } from '../../util/end-with-parent.js';
import { toPlainError } from '../../util/plain-error.js';
import { Computation } from './computation.js';
import type { FromModel, LoadedModel, ModelTask, ToModel } from './messages.js';

/** A process that holds a model and computes what it is sent. It ends with the one that started it. */
endWithParent();
process.on('disconnect', () => process.exit());
// A signal to the group, as Ctrl-C sends it, is for the server: it ends this process when nobody waits any
// more.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let computation: Computation | undefined;

process.on('message', (message: ToModel) => {
  if (message.type === 'load') void load(message.task);
  else if (message.type === 'clip') computation?.add(message);
  else computation?.cancel(message.id);
});

async function load(task: ModelTask): Promise<void> {
  try {
    const { engine, files, name } = task;
    const threads = availableParallelism();
    await openEngine(...([engine.name, { threads, device: engine.device }] as Parameters<typeof openEngine>));
    const classifier = await Classifier.open(files, name);
    const model: LoadedModel = {
      labels: classifier.labels,
      activation: activationOf(classifier.config),
      samplingRate: classifier.extractor.sampling_rate,
    };
    // The first computation takes longer, and shows that there can be one: not at a client's expense.
    classifier.logits([classifier.prepare(new Float32Array(model.samplingRate))]);
    computation = new Computation(classifier, task, send);
    send({ type: 'loaded', model });
  } catch (error) {
    send({ type: 'not-loaded', error: toPlainError(error) });
  }
}

function send(message: FromModel): void {
  // If nobody receives it, this process is about to end.
  process.send?.(message, undefined, undefined, () => {});
}
