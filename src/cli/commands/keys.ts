import { hostname, userInfo } from 'node:os';
import { listKeys as keysHere, makeKey, type TrustedKey, trustKey } from '../../project/share/keys.js';
import { clean, type Line, span } from '../../terminal/line.js';
import { printLines } from '../print.js';

/** `etude keys`: the keys whose signatures count here. */
export async function listKeys(): Promise<void> {
  const keys = await keysHere();
  printLines(
    keys.length === 0
      ? [[span('no keys: `etude keys new` creates one, `etude keys trust` adds one')]]
      : keys.map(line),
  );
}

/** `etude keys new`: creates the key that `push` signs with. */
export async function newKey(): Promise<void> {
  const key = await makeKey();
  printLines([
    line(key),
    [span('push signs with it from now on. Others accept its signatures with:', 'dim')],
    [span(`  etude keys trust ${key.text} ${userInfo().username}@${hostname()}`)],
  ]);
}

/** `etude keys trust KEY [NAME…]`: accepts the signatures of somebody's key. */
export async function trust(key: string, name: readonly string[]): Promise<void> {
  printLines([line(await trustKey(key, name.join(' ')))]);
}

function line({ id, text, label }: TrustedKey): Line {
  return [span(id, 'bold'), span(`  ${text}  ${clean(label)}`)];
}
