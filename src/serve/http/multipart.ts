import { Refusal, tooMany } from '../refusal.js';
import { countUpTo } from './count-up-to.js';

/** Parts that may come with files: the parameters. */
const FIELDS = 8;

export interface FormParts {
  files: Uint8Array[];
  /** Parts that are not files, by name. */
  fields: [string, string][];
}

/**
 * The parts of a `multipart/form-data` body, in order.
 *
 * @throws Refusal if it is damaged, or has no files or too many
 */
export async function filesIn(body: Uint8Array, contentType: string, maxFiles: number): Promise<FormParts> {
  const boundary = /\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new Refusal(400, 'the multipart body has no boundary');
  // Parsing makes an object of each part: they are counted first.
  if (countUpTo(body, `--${mark}`, maxFiles + FIELDS + 2) > maxFiles + FIELDS + 1) throw tooMany(maxFiles);
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData();
  } catch {
    throw new Refusal(400, 'the multipart body is damaged, or does not end');
  }
  const parts: FormParts = { files: [], fields: [] };
  for (const [name, value] of form)
    if (typeof value === 'string') parts.fields.push([name, value]);
    else parts.files.push(new Uint8Array(await value.arrayBuffer()));
  if (parts.files.length > maxFiles) throw tooMany(maxFiles);
  if (parts.files.length === 0) throw new Refusal(400, 'the multipart body has no files');
  return parts;
}
