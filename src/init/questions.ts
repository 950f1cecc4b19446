import { EtudeError } from '../util/errors.js';
import { type FoundData, inspectData } from './inspect-data.js';
import { PURPOSES, TEMPLATES, type Template } from './templates.js';

/** A person to ask; if absent, defaults are used. */
export interface Person {
  ask(question: string): Promise<string>;
  say(text: string): void;
}

/** What the options of `etude init` leave open. */
export interface Wishes {
  template?: Template;
  data?: string;
  label?: string;
  /** The folder of the audio that a table names, if it is not the table's own. */
  dataRoot?: string;
  /** A folder, or a model of the Hub. */
  checkpoint?: string;
}

/**
 * The template: as requested, `folder` if there are data, otherwise what the person chooses, otherwise
 * `intent`.
 */
export async function chooseTemplate({ template, data }: Wishes, person?: Person): Promise<Template> {
  if (template !== undefined && template !== 'folder' && data !== undefined)
    throw new EtudeError('--data is for --template folder', { got: `--template ${template}` });
  if (template !== undefined) return template;
  if (data !== undefined) return 'folder';
  if (person === undefined) return 'intent';
  person.say('What should the model recognise?');
  for (const [index, name] of TEMPLATES.entries())
    person.say(`  ${index + 1}  ${name.padEnd(8)} ${PURPOSES[name]}`);
  for (;;) {
    const answer = await person.ask('1, 2 or 3 [1]: ');
    const chosen =
      TEMPLATES[answer === '' ? 0 : Number(answer) - 1] ?? TEMPLATES.find((name) => name === answer);
    if (chosen !== undefined) return chosen;
  }
}

/**
 * The audio for the template `folder`, and what is in it (`folder`: where the recipe goes). Asks again if the
 * answer cannot be used.
 */
export async function chooseData(folder: string, wishes: Wishes, person?: Person): Promise<FoundData> {
  if (wishes.data === undefined && person === undefined)
    throw new EtudeError('--template folder needs a folder of audio', { expected: '--data FOLDER' });
  for (;;) {
    const data = wishes.data ?? (await person!.ask('Folder of audio: '));
    try {
      return await chooseLabel(data || '.', folder, wishes, person);
    } catch (error) {
      // What an option specifies is not asked again.
      if (person === undefined || wishes.data !== undefined || !(error instanceof EtudeError)) throw error;
      person.say(error.describe());
    }
  }
}

async function chooseLabel(
  data: string,
  folder: string,
  wishes: Wishes,
  person: Person | undefined,
): Promise<FoundData> {
  const found = await inspectData(data, folder, wishes.label, wishes.dataRoot);
  if (!('columns' in found)) return found;
  const columns = found.columns.join(', ');
  if (person === undefined)
    throw new EtudeError(`it is not clear which column of '${data}' has the labels`, {
      expected: '--label COLUMN',
      got: `${found.because} (possible: ${columns})`,
    });
  person.say(`${found.because}.`);
  for (;;) {
    const answer = await person.ask(`Which column has the labels (${columns})? `);
    if (found.columns.includes(answer))
      return chooseLabel(data, folder, { ...wishes, label: answer }, person);
  }
}
