/**
 * Runs in the thread that Node loads ES modules in (`node:module` `register`): refuses a module that is not
 * in the stage's fingerprint before any of it runs, and sends the text of the others as it was loaded.
 */
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { killWithParent } from '../../../util/end-with-parent.js';
import { isKnown, isWithin, type KnownCode } from './known-code.js';
import { copyNumber, copyOf } from './module-copy.js';

/** What is sent to the thread that runs the stage. */
export type LoadedModule =
  | { type: 'loaded'; path: string; source?: string | Uint8Array }
  /** Stays loaded, with its state, for the next stage. */
  | { type: 'kept'; path: string }
  | { type: 'unknown'; path: string };

let code: KnownCode;
let port: MessagePort;

/**
 * @param data.runner The process that must not be survived, if there is one: this thread never waits for a
 * stage.
 */
export function initialize(data: { code: KnownCode; port: MessagePort; runner?: number }): void {
  ({ code, port } = data);
  if (data.runner !== undefined) killWithParent(data.runner);
}

type Resolved = { url: string; format?: string | null };
type Loaded = { format: string; source?: string | Uint8Array | ArrayBuffer | null };

export async function resolve<C extends { parentURL?: string }>(
  specifier: string,
  context: C,
  next: (specifier: string, context: C) => Promise<Resolved>,
): Promise<Resolved> {
  const resolved = await next(specifier, context);
  const path = pathOf(resolved.url);
  if (path !== undefined && !isKnown(path, pathOf(context.parentURL), code)) {
    report({ type: 'unknown', path });
    throw new Error(`${path} is not part of the stage's fingerprint`);
  }
  if (path === undefined || isWithin(path, code.etude)) return resolved;
  const parent = pathOf(context.parentURL);
  // What packages import from each other was reported with the first one.
  if (!code.files.includes(path)) {
    const byOwn = parent !== undefined && code.files.includes(parent) && !isWithin(parent, code.etude);
    if (byOwn) report({ type: 'kept', path });
    return resolved;
  }
  const copy = copyNumber(context.parentURL);
  return copy === undefined ? resolved : { ...resolved, url: copyOf(resolved.url, copy) };
}

export async function load<C>(
  url: string,
  context: C,
  next: (url: string, context: C) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  const path = pathOf(url);
  if (path !== undefined && code.files.includes(path)) {
    const { source, format } = loaded;
    if (format?.startsWith('commonjs') && !isWithin(path, code.etude)) report({ type: 'kept', path });
    report({
      type: 'loaded',
      path,
      source: source instanceof ArrayBuffer ? new Uint8Array(source) : (source ?? undefined),
    });
  }
  return loaded;
}

function report(message: LoadedModule): void {
  port.postMessage(message);
}

function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') ? fileURLToPath(url) : undefined;
}
