import { Refusal, tooMany } from '../refusal.js';
import { countUpTo } from './count-up-to.js';
import { filesIn } from './multipart.js';
import { type Question, readQuestion } from './question.js';

/** The clips of a request, each as the bytes of a file. */
export interface AskedClips extends Question {
  clips: Uint8Array[];
  /** Whether the answer is a list with one entry per clip. */
  isBatch: boolean;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Reads clips and parameters from a body: an audio file, `multipart/form-data` with files, or JSON,
 * `{ inputs: base64, parameters }`. What a body says it is counts for multipart only.
 *
 * @param query Parameters of the address.
 * @throws Refusal for anything else, too many clips, or parameters that do not exist
 */
export async function readClips(
  body: Uint8Array,
  contentType: string,
  query: URLSearchParams,
  maxFiles: number,
): Promise<AskedClips> {
  if (body.length === 0) throw new Refusal(400, 'the body is empty: expected an audio file');
  const asked = [...query];
  if (/^multipart\/form-data\b/i.test(contentType)) {
    const { files, fields } = filesIn(body, contentType, maxFiles);
    return { clips: files, isBatch: true, ...readQuestion(asked, fields) };
  }
  if (!isJson(body)) return { clips: [body], isBatch: false, ...readQuestion(asked) };
  // Parsing takes its time for many values, of which such a request has few.
  const most = maxFiles + 100;
  if (['{', '[', ',', ':'].some((mark) => countUpTo(body, mark, most) === most))
    throw new Refusal(400, `the JSON has too many values: expected at most ${maxFiles} inputs`);
  const { inputs, parameters } = parse(body);
  const isBatch = Array.isArray(inputs);
  const list: unknown[] = isBatch ? inputs : [inputs];
  if (list.length > maxFiles) throw tooMany(maxFiles);
  if (list.length === 0) throw new Refusal(400, "'inputs' is empty: expected audio files in base64");
  return { clips: list.map(decoded), isBatch, ...readQuestion(asked, Object.entries(parameters)) };
}

/** No audio file begins with a brace. */
function isJson(body: Uint8Array): boolean {
  let at = 0;
  while (at < body.length && [0x20, 0x09, 0x0a, 0x0d].includes(body[at]!)) at++;
  return body[at] === 0x7b;
}

function parse(body: Uint8Array): { inputs: unknown; parameters: object } {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Refusal(400, 'the body is neither an audio file nor JSON');
  }
  const { inputs, parameters } = json;
  if (inputs === undefined)
    throw new Refusal(400, "the JSON has no 'inputs': expected an audio file in base64");
  const given = parameters ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new Refusal(400, "'parameters' is not an object");
  return { inputs, parameters: given };
}

function decoded(input: unknown): Uint8Array {
  const text = typeof input === 'string' ? input.replaceAll(/\s+/g, '') : '';
  if (text === '' || !BASE64.test(text))
    throw new Refusal(400, "'inputs' is not an audio file in base64, or a list of them");
  return Buffer.from(text, 'base64');
}
