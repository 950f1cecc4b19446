import { count, listOf } from '../../../util/words.js';
import { markdownCode, markdownLines, markdownTable, markdownText } from '../../run-summary/markdown.js';
import { cardHeader } from '../card-header.js';
import { resultsSection } from './card-results.js';
import { sourceText } from './data-sources.js';
import type { ModelFacts } from './facts.js';
import { limitsSection } from './limits.js';
import { cardMetadata } from './metadata.js';
import { usageSection } from './usage.js';

const MOST_LABELS = 50;

/**
 * The model card, README.md: the header that the Hub reads, then for people what the model was trained on,
 * how well it does, for whom not, how to use it and how to train it again. The same facts give the same card.
 * Texts of any origin are escaped in both.
 */
export function modelCard(facts: ModelFacts): string {
  const { recipe } = facts;
  const parts = [
    `# ${markdownText(facts.id.split('/').at(-1)!)}`,
    recipe.description === undefined ? undefined : markdownText(recipe.description),
    introduction(facts),
    resultsSection(facts),
    dataSection(facts),
    limitsSection(facts),
    usageSection(facts),
    trainingSection(facts),
    reproduceSection(facts),
    licenseSection(facts),
  ];
  return `${cardHeader(cardMetadata(facts))}\n${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}

function introduction({
  base,
  labels,
  problemType,
  parameters,
  architecture,
  samplingRate,
}: ModelFacts): string {
  const name =
    base.id === undefined
      ? markdownCode(base.shown)
      : `[${markdownText(base.id)}](https://huggingface.co/${base.id})`;
  const made = base.isScratch
    ? `A model with the architecture of ${name}, trained from scratch`
    : `${name}, fine-tuned`;
  const task = {
    single_label_classification: `to tell which of ${count(labels.length, 'class')} a clip of audio is`,
    multi_label_classification: `to tell which of ${count(labels.length, 'label')} a clip of audio has`,
    regression: `to estimate ${count(labels.length, 'number')} for a clip of audio`,
  }[problemType];
  const facts = [
    ...(architecture === undefined ? [] : [markdownCode(architecture)]),
    `${parametersText(parameters)} parameters`,
    ...(samplingRate === undefined ? [] : [`audio at ${samplingRate} Hz`]),
  ];
  return `${made} with Etude ${task}. ${facts.join(', ')}.`;
}

function dataSection({ data, training, labels, problemType }: ModelFacts): string {
  const { split, rows, seconds, classes } = training;
  const sources = data.map((source) => `- ${sourceText(source)}`);
  const size = [count(rows, 'clip'), ...(seconds === undefined ? [] : [durationText(seconds)])].join(', ');
  const numbers = [...classes.values()];
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const spread =
    numbers.length === 0
      ? ''
      : least === most
        ? `, ${least} of each of ${count(numbers.length, 'class')}`
        : `, from ${least} to ${most} of each of ${count(numbers.length, 'class')}`;
  return [
    '## Training data',
    ...(sources.length > 0 ? [sources.join('\n')] : []),
    `Trained on split ${markdownCode(split)}: ${size}${spread}.`,
    ...(problemType === 'regression' ? [] : [labelsText(labels)]),
  ].join('\n\n');
}

function labelsText(labels: readonly string[]): string {
  const more = labels.length > MOST_LABELS ? ` and ${labels.length - MOST_LABELS} more` : '';
  return `Labels: ${listOf(labels.slice(0, MOST_LABELS).map(markdownCode))}${more}.`;
}

/** `1.5 million`. */
function parametersText(parameters: number): string {
  return parameters < 1e5 ? String(parameters) : `${(parameters / 1e6).toFixed(1)} million`;
}

/** `24.3 minutes`. */
export function durationText(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} hours`;
  return seconds >= 90 ? `${(seconds / 60).toFixed(1)} minutes` : `${seconds.toFixed(1)} seconds`;
}

function trainingSection({ training, base }: ModelFacts): string {
  const rows = training.params.map(([name, value]) => [
    markdownCode(name),
    markdownCode(typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  const table = markdownTable([{ title: 'argument' }, { title: 'value' }], rows);
  const commit =
    base.commit === undefined ? '' : ` Base model at revision ${markdownCode(base.commit.slice(0, 12))}.`;
  const engine = training.engine === undefined ? '' : `, ${markdownText(training.engine)}`;
  return `## Training\n\nArguments by the names of TrainingArguments, those that are not given at their defaults:\n\n${table}\n\nEtude ${markdownText(training.etude)}${engine}.${commit}`;
}

function reproduceSection({ reproduce, data, base }: ModelFacts): string {
  const { recipe, lock, commands, report, hasModules } = reproduce;
  const files = [
    `- ${markdownCode(recipe)}: the recipe, every step from the data to the evaluation`,
    ...(lock === undefined ? [] : [`- ${markdownCode(lock)}: its results, with digests of data and files`]),
    ...(report ? ['- `report.html`: curves, confusion matrices and predictions'] : []),
  ];
  const isLocal = base.id === undefined || data.some(({ id }) => id === undefined) || data.length === 0;
  const needed = [...(isLocal ? ['the data', 'the checkpoint'] : []), ...(hasModules ? ['the modules'] : [])];
  const needs =
    needed.length > 0 ? `\n\nThat needs ${listOf(needed)} at the paths that the recipe names.` : '';
  return `## Reproduce\n\n${files.join('\n')}\n\n${markdownLines(commands)}${needs}`;
}

function licenseSection({ license, base }: ModelFacts): string {
  const name = license && markdownText(license.license_name ?? license.license);
  if (license?.inheritedFrom !== undefined)
    return `## License\n\n${name}, as ${markdownText(license.inheritedFrom)}, from which it was made. The data may have terms of its own.`;
  if (name !== undefined) return `## License\n\n${name}`;
  const of = base.isScratch ? 'the data' : 'the base model and the data';
  return `## License\n\nNone was given. The terms of ${of} apply.`;
}
