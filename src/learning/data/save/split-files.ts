import { EtudeError } from '../../../util/errors.js';

/** For the name of a split's files. */
const LONGEST_NAME = 200;

/**
 * Refuses names of splits that Hugging Face datasets has no splits of, or that are one file name on some
 * systems: all of them together.
 */
export function checkSplitNames(names: readonly string[]): void {
  const wrong = names.filter(
    (name) => !/^\w+(\.\w+)*$/.test(name) || name === 'all' || name.length > LONGEST_NAME,
  );
  const seen = new Map<string, string>();
  const same: string[] = [];
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) same.push(`'${other}' and '${name}'`);
    seen.set(name.toLowerCase(), name);
  }
  if (wrong.length === 0 && same.length === 0) return;
  const refused = wrong.map((name) => `'${name}'`).join(', ');
  throw new EtudeError('the names of splits cannot be those of a dataset on the Hub', {
    expected: "letters, digits, '_' and single dots between them; not 'all'; not the same but for upper case",
    got: [...(refused ? [refused] : []), ...same].join('; '),
    hint: 'Export only some splits, with --split; save_to_disk takes other names, too.',
  });
}
