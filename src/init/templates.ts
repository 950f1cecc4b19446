import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { yamlScalar } from '../pipeline/recipe/yaml-text.js';
import { schemasFolder } from '../stage/find-stage-type.js';
import { terminalLine } from '../terminal/terminal-text.js';

/** The available templates. */
export const TEMPLATES = ['intent', 'keyword', 'folder'] as const;
export type Template = (typeof TEMPLATES)[number];

/** What each template is for, in one line. */
export const PURPOSES: Record<Template, string> = {
  intent: "a caller's intent, from MInDS-14 (the Hugging Face guide)",
  keyword: 'spoken words, from Speech Commands',
  folder: 'your own audio, in one folder per class or with a table of labels',
};

const SHIPPED = { intent: 'minds14.yaml', keyword: 'keyword-spotting.yaml' } as const;

const ABOUT = {
  intent: `# The audio classification guide of Hugging Face transformers, stage by stage: fine-tune Wav2Vec2 on MInDS-14
# to recognise what a caller wants. The guide's Python is above each stage. For other languages, set 'name' in
# the first stage, to de-DE or fr-FR, say.`,
  keyword: `# Keyword spotting: fine-tune Wav2Vec2 on Speech Commands to recognise which of 35 words was
# said. The first run downloads several gigabytes, and full training takes days on a laptop's CPU. For a quick
# trial:
#
#   etude run FILE --set max_steps=40 --set eval_strategy=no --set load_best_model_at_end=false`,
};

/**
 * The recipe of a template that ships, with comments that match its location (`path`, for the command line).
 *
 * @param schema The first line, for editors.
 * @param checkpoint Replaces the template's own.
 */
export async function shippedRecipe(
  template: keyof typeof SHIPPED,
  path: string,
  schema: string,
  checkpoint?: string,
): Promise<string> {
  const file = terminalLine(path);
  const name = SHIPPED[template];
  const text = await readFile(join(schemasFolder(), '..', 'pipelines', name), 'utf8');
  const own = text.slice(text.search(/^name:/m)).replaceAll(`pipelines/${name}`, () => file);
  const recipe =
    checkpoint === undefined
      ? own
      : own.replace(/^( +checkpoint: ).*$/m, (_, key: string) => key + yamlScalar(checkpoint));
  return `${schema}
#
${ABOUT[template].replaceAll('FILE', () => file)}
#
#   etude plan ${file}    what would be computed, and how long it would take
#   etude run ${file}     run it; after an edit, run it again: only what changed is computed
${recipe}`;
}
