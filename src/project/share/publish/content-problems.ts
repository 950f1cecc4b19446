import type { Asked } from '../../../hub/ask-json.js';
import { isSafePath } from '../../../hub/layout.js';
import { validateCard } from '../../../hub/validate-card.js';
import type { Upload } from '../../../pipeline/remote/types.js';
import { formatBytes } from '../../../terminal/format.js';
import { EtudeError } from '../../../util/errors.js';
import type { PublishedFiles } from './files.js';

/** The Hub refuses larger files, and cards that are longer than anybody reads. */
const MOST_BYTES = { file: 50e9, card: 5e6, text: 32e6 };
const MOST_FILES = 25_000;
/** Git's own, and what `huggingface_hub` refuses to upload. */
const RESERVED = /^(?:\.git|\.cache\/huggingface)(?:\/|$)/;

/**
 * What is wrong with files that are to be pushed: names, sizes, and the card, if the Hub may be asked about
 * it.
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
  for (const name of await filesWithTokens(asked, files))
    problems.push(
      new EtudeError(`'${name}' contains a token of the Hub`, {
        hint: 'Remove it, and revoke the token if others have seen the file.',
      }),
    );
  const card = files.get('README.md');
  if (!ask || card === undefined || card.size > MOST_BYTES.card) return problems;
  const { errors, warnings } = await validateCard(asked, await textOf(card));
  for (const text of errors)
    problems.push(new EtudeError('the Hub does not accept the metadata of README.md', { got: text }));
  for (const text of warnings) warn?.(`the Hub says of README.md: ${text}`);
  return problems;
}

/** What people write, and may have put a token into. */
const WRITTEN = /\.(?:ya?ml|json|md|lock|html)$/i;
/** What the Hub's tokens look like. */
const TOKEN = /\bhf_[A-Za-z0-9]{30,}/;

async function filesWithTokens({ settings }: Asked, files: PublishedFiles): Promise<string[]> {
  const found: string[] = [];
  for (const [name, file] of files) {
    if (!WRITTEN.test(name) || file.size > MOST_BYTES.text) continue;
    const text = await textOf(file);
    if (TOKEN.test(text) || (settings.token !== undefined && text.includes(settings.token))) found.push(name);
  }
  return found;
}

async function textOf(file: Upload): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}
