import { Refusal, tooMany } from '../refusal.js';

/** Parts that may come with files: the parameters. */
const FIELDS = 8;
/** Bytes of a part's headers. */
const LONGEST_HEAD = 4096;
const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=\s*(?:;|$)))/i;
/** Each follows the last one at once: what is malformed ends the search. */
const PARAMETER = /;[ \t]*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*/gy;

export interface FormParts {
  files: Uint8Array[];
  /** Parts that are not files, by name. */
  fields: [string, string][];
}

/**
 * The parts of a `multipart/form-data` body, in order: RFC 7578, as any client writes it.
 * (`Response.formData` of Node 20 reads what browsers write, but neither short boundaries nor unquoted names,
 * preambles or `filename*`.) Parts with a file name are files, and those without that say they are not text.
 *
 * @throws Refusal if it is damaged, or has no files or too many
 */
export function filesIn(body: Uint8Array, contentType: string, maxFiles: number): FormParts {
  const [, quoted, mark = quoted] = BOUNDARY.exec(contentType) ?? [];
  if (mark === undefined) throw new Refusal(400, 'the multipart body has no boundary of 1 to 70 characters');
  const parts: FormParts = { files: [], fields: [] };
  for (const part of partsOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength), mark)) {
    const { name, isFile, content } = readPart(part);
    if (isFile) parts.files.push(content);
    else parts.fields.push([name, content.toString()]);
    if (parts.files.length > maxFiles) throw tooMany(maxFiles);
    if (parts.fields.length > FIELDS)
      throw new Refusal(400, `the multipart body has more than ${FIELDS} parts that are not files`);
  }
  if (parts.files.length === 0) throw new Refusal(400, 'the multipart body has no files');
  return parts;
}

/**
 * What is between lines of `--`, the boundary and, in the last one, `--`. No other line may begin like that.
 */
function* partsOf(body: Buffer, mark: string): Generator<Buffer> {
  const delimiter = `\r\n--${mark}`;
  const isFirst = body.toString('latin1', 0, delimiter.length - 2) === delimiter.slice(2);
  let at = isFirst ? -2 : body.indexOf(delimiter, 0, 'latin1');
  let start: number | undefined;
  while (at !== -1) {
    if (start !== undefined) yield body.subarray(start, at);
    const after = at + delimiter.length;
    const rest = /^(?:--|[ \t]*\r\n)/.exec(body.toString('latin1', after, after + 80))?.[0];
    if (rest === undefined) break;
    if (rest === '--') return;
    start = after + rest.length;
    at = body.indexOf(delimiter, start, 'latin1');
  }
  throw damaged();
}

function readPart(part: Buffer): { name: string; isFile: boolean; content: Buffer } {
  const end = part.subarray(0, LONGEST_HEAD).indexOf('\r\n\r\n');
  if (end < 0) throw damaged();
  const head = part.toString('utf8', 0, end);
  const disposition = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/im.exec(head)?.[1];
  if (disposition === undefined) throw damaged();
  const type = /^content-type:[ \t]*(\S*)/im.exec(head)?.[1] ?? 'text/plain';
  const values = new Map<string, string>();
  for (const [, key, quoted, plain] of disposition.matchAll(PARAMETER))
    values.set(key!.toLowerCase(), quoted ?? plain!);
  const name = values.get('name');
  if (name === undefined) throw damaged();
  const isNamed = values.has('filename') || values.has('filename*');
  return { name, isFile: isNamed || !/^text\//i.test(type), content: part.subarray(end + 4) };
}

function damaged(): Refusal {
  return new Refusal(400, 'the multipart body is damaged, or does not end');
}
