import { ClassifierError } from '../classifier-error.js';
import type { LoadProgress } from '../types.js';

/** Bytes to begin with if a server does not say how many come, and the most that it is believed. */
const [SMALL, LARGE] = [2 ** 20, 2 ** 30];

/** The bytes of a file, which must be there. @throws ClassifierError that names it. */
export async function fetchFile(
  url: URL,
  hint: string,
  onProgress?: (progress: LoadProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(url);
  if (!response.ok) throw missing(url, `the server answers ${response.status}`, hint);
  const total = lengthOf(response);
  // At once as large as it gets, if that is known: a large model is not twice in memory.
  let bytes = new Uint8Array(Math.min(total ?? SMALL, LARGE));
  let loaded = 0;
  try {
    for (const reader = response.body!.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (loaded + value.length > bytes.length) bytes = larger(bytes, loaded + value.length);
      bytes.set(value, loaded);
      loaded += value.length;
      onProgress?.({ loaded, total });
    }
  } catch {
    throw missing(url, `the connection broke after ${loaded} bytes`, 'Reload the page to try again.');
  }
  return loaded === bytes.length ? bytes : bytes.slice(0, loaded);
}

/** The text of a file; undefined if it is not there. */
export async function fetchText(url: URL): Promise<string | undefined> {
  const response = await request(url);
  return response.ok ? response.text() : undefined;
}

/** @throws ClassifierError that names a file that cannot be used. */
export function missing(url: URL, why: string, hint: string): ClassifierError {
  return new ClassifierError('model', `${nameOf(url)} is missing: ${why}`, hint);
}

/** The last part of an address. */
export function nameOf({ pathname }: URL): string {
  return pathname.slice(pathname.lastIndexOf('/') + 1);
}

async function request(url: URL): Promise<Response> {
  try {
    return await fetch(url);
  } catch {
    throw missing(url, 'the server cannot be reached', 'Check the connection, then reload the page.');
  }
}

/** Bytes as they are read; a compressed transfer does not say how many. */
function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get('content-length') ?? Number.NaN);
  return headers.has('content-encoding') || !Number.isSafeInteger(length) ? undefined : length;
}

function larger(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(Math.max(needed, 2 * bytes.length));
  copy.set(bytes);
  return copy;
}
