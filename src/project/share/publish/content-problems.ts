import type { Asked } from '../../../hub/ask-json.js';
import { isSafePath } from '../../../hub/layout.js';
import { validateCard } from '../../../hub/validate-card.js';
import { formatBytes } from '../../../terminal/format.js';
import { EtudeError } from '../../../util/errors.js';
import type { PublishedFiles } from './files.js';

/** The Hub refuses larger files, and cards that are longer than anybody reads. */
const MOST_BYTES = { file: 50e9, card: 5e6 };
const MOST_FILES = 25_000;
/** Git's own, and what `huggingface_hub` refuses to upload. */
const RESERVED = /^(?:\.git|\.cache\/huggingface)(?:\/|$)/;

/**
 * What is wrong with files that are to be pushed: names, sizes, and the card, if the Hub may be asked about it.
 *
 * @throws HubError if the Hub does not answer
 */
export async function contentProblems(
  asked: Asked,
  files: PublishedFiles,
  { ask, warn }: { ask: boolean; warn?(text: string): void },
): Promise<EtudeError[]> {
  const problems: EtudeError[] = [];
  if (files.size > MOST_FILES)
    problems.push(
      new EtudeError('too many files for one repository', {
        expected: `at most ${MOST_FILES}`,
        got: String(files.size),
      }),
    );
  for (const [name, { size }] of files) {
    if (!isSafePath(name) || /[\p{Cc}\\]/u.test(name) || RESERVED.test(name))
      problems.push(new EtudeError('not a name for a file on the Hub', { got: JSON.stringify(name) }));
    const most = name === 'README.md' ? MOST_BYTES.card : MOST_BYTES.file;
    if (size > most)
      problems.push(
        new EtudeError(`'${name}' is too large for the Hub`, {
          expected: `at most ${formatBytes(most)}`,
          got: formatBytes(size),
        }),
      );
  }
  const card = files.get('README.md');
  if (!ask || card === undefined || card.size > MOST_BYTES.card) return problems;
  const pieces: Uint8Array[] = [];
  for await (const piece of card.pieces()) pieces.push(Uint8Array.from(piece));
  const { errors, warnings } = await validateCard(asked, Buffer.concat(pieces).toString('utf8'));
  for (const text of errors)
    problems.push(new EtudeError('the Hub does not accept the metadata of README.md', { got: text }));
  for (const text of warnings) warn?.(`the Hub says of README.md: ${text}`);
  return problems;
}
