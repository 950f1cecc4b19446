import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { warnOnStderr } from './warn.js';

/** What opens a file with the program that the user has chosen for it. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens a local file in the browser; if that fails, says so and where it is. */
export async function openInBrowser(file: string): Promise<void> {
  const { href } = pathToFileURL(resolve(file));
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, href], { stdio: 'ignore', detached: true });
  child.unref();
  await once(child, 'spawn').catch(() => warnOnStderr(`no browser could be opened; open ${href}`));
}
