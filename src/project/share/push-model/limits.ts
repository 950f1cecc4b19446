import { formatMetric } from '../../../terminal/format.js';
import { listOf } from '../../../util/words.js';
import { markdownCode, markdownText } from '../../run-summary/markdown.js';
import type { ModelFacts } from './facts.js';

/** Classes whose recall is below that are named. */
const WEAK = 0.8;
const MOST_NAMED = 5;

/** For whom and for what the model is not, as far as its data says. */
export function limitsSection(facts: ModelFacts): string {
  const limits = [
    closed(facts),
    language(facts),
    people(facts),
    weakClasses(facts),
    weakGroups(facts),
    clips(facts),
  ];
  const items = limits.flat().map((text) => `- ${text}`);
  return `## Limits\n\n${items.join('\n')}`;
}

function closed({ problemType, labels }: ModelFacts): string[] {
  if (problemType === 'regression') return [];
  return problemType === 'single_label_classification'
    ? [
        `Every clip gets one of the ${labels.length} classes, also one that is none of them: speech about something else, noise, silence.`,
      ]
    : [`It knows the ${labels.length} labels above, and nothing else.`];
}

function language({ languages }: ModelFacts): string {
  return languages.length === 0
    ? 'Which languages the clips are in is not recorded. It was not tested on others than those of its data.'
    : `The clips are in: ${markdownText(languages.join(', '))}. It was not tested on other languages.`;
}

function people({ training: { heldOutBy }, evaluations }: ModelFacts): string {
  if (heldOutBy !== undefined)
    return `The clips that it was tested on were held out by ${markdownCode(heldOutBy)}: none of its values occurs in both training and test.`;
  const more = evaluations.length > 1 ? '; the splits above may differ in that' : '';
  return `It is not recorded whether the speakers and recording conditions of the evaluated clips also occur in training${more}. Where they do, expect it to do worse on others.`;
}

/** Classes that it misses often, in any split. */
function weakClasses({ evaluations }: ModelFacts): string[] {
  const worst = new Map<string, number>();
  for (const { classes } of evaluations)
    for (const { label, recall, support } of classes)
      if (support > 0) worst.set(label, Math.min(recall, worst.get(label) ?? 1));
  const weak = [...worst].filter(([, recall]) => recall < WEAK).sort(([, a], [, b]) => a - b);
  if (weak.length === 0) return [];
  const named = weak
    .slice(0, MOST_NAMED)
    .map(([label, recall]) => `${markdownCode(label)} (${formatMetric(recall)})`);
  const more = weak.length > MOST_NAMED ? [`${weak.length - MOST_NAMED} more`] : [];
  return [`It misses some classes often. Recall in the worst split: ${listOf([...named, ...more])}.`];
}

/** The group that it does worst on, by each column. */
function weakGroups({ evaluations }: ModelFacts): string[] {
  return evaluations.flatMap(({ split, groups }) =>
    groups.flatMap(({ by, groups: members }) => {
      const [worst] = [...members].sort((one, other) => one.accuracy - other.accuracy);
      if (worst === undefined || members.length < 2) return [];
      return `By ${markdownCode(by)}, it does worst on ${markdownCode(worst.group)} in split ${markdownCode(split)}: accuracy ${formatMetric(worst.accuracy)}.`;
    }),
  );
}

function clips({ training: { seconds, rows } }: ModelFacts): string[] {
  if (seconds === undefined || rows === 0) return [];
  return [
    `It learned from clips of ${(seconds / rows).toFixed(1)} seconds on average; expect less of much longer or shorter ones.`,
  ];
}
