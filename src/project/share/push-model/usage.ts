import { listOf } from '../../../util/words.js';
import { markdownCode } from '../../run-summary/markdown.js';
import type { ModelFacts } from './facts.js';

/**
 * What transformers' pipeline must be told: without it, scores would be of classes that exclude each other.
 */
const APPLY: Readonly<Record<ModelFacts['problemType'], string>> = {
  single_label_classification: '',
  multi_label_classification: ', function_to_apply="sigmoid"',
  regression: ', function_to_apply="none"',
};

/** Model types whose ONNX graphs the pipeline of transformers.js opens (docs/export.md). */
const OPENED_IN_JS =
  /^(?:Wav2Vec2|Hubert|WavLM|UniSpeech|UniSpeechSat|Wav2Vec2Bert)ForSequenceClassification$|^ASTForAudioClassification$/;

/** How to use the model in Python, in JavaScript if there are graphs, and with Etude. */
export function usageSection({ id, problemType, onnx, architecture = '' }: ModelFacts): string {
  const parts = [
    '## Use',
    `\`\`\`python
from transformers import pipeline

classify = pipeline("audio-classification", model="${id}")
print(classify("clip.wav"${APPLY[problemType]}))
\`\`\``,
  ];
  if (onnx.length > 0) {
    const dtype = onnx.includes('q8') ? 'q8' : onnx[0]!;
    if (OPENED_IN_JS.test(architecture))
      parts.push(`In a browser or Node:

\`\`\`js
import { pipeline } from '@huggingface/transformers';

const classify = await pipeline('audio-classification', '${id}', { dtype: '${dtype}' });
console.log(await classify('clip.wav'));
\`\`\``);
    parts.push(
      `ONNX graphs in ${listOf(onnx.map(markdownCode))} are in \`onnx/\`; \`export_report.json\` says how they agree with the model.`,
    );
  }
  parts.push(`On the command line, with the same scores:

\`\`\`
etude predict ${id} clip.wav
\`\`\``);
  return parts.join('\n\n');
}
