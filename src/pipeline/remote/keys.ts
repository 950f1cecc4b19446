import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { appendFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codeOf, ifExists } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';

const PREFIX = 'etude-ed25519:';
/** The prefix of the 32 bytes of an Ed25519 public key in DER (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key whose signatures are accepted. */
export interface PublicKey {
  /** A short name, derived from the key itself. */
  id: string;
  /** As people share it: `etude-ed25519:…`. */
  text: string;
  /** Its name, given by its owner or by those who trust it. */
  label: string;
  key: KeyObject;
}

export interface KeyPair extends PublicKey {
  secret: KeyObject;
}

/**
 * The folder of a user's keys: `$XDG_CONFIG_HOME/etude` or `~/.config/etude`; `%APPDATA%\etude` on Windows.
 */
export function keysFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: appData, HOME: home } = env;
  if (xdg) return join(xdg, 'etude');
  if (process.platform === 'win32' && appData) return join(appData, 'etude');
  return join(home || homedir(), '.config', 'etude');
}

/**
 * Creates a key pair; the secret half is in `key.pem`, readable only by its owner. Throws an EtudeError if
 * there already is one.
 */
export async function makeKey(folder: string, label: string): Promise<KeyPair> {
  await makeFolder(folder, 0o700);
  const { privateKey } = generateKeyPairSync('ed25519');
  const path = join(folder, 'key.pem');
  try {
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new EtudeError('there already is a key', { where: { file: path }, hint: '`etude keys` shows it.' });
  }
  return pairOf(privateKey, label);
}

/**
 * The user's own key pair, if there is one. Throws an EtudeError for a key that others can read, as ssh does.
 */
export async function ownKey(folder: string): Promise<KeyPair | undefined> {
  const path = join(folder, 'key.pem');
  const pem = await ifExists(readShort(path));
  if (pem === undefined) return undefined;
  if (await allows(path, 0o077)) {
    throw new EtudeError('the private key is not used: other users can read it', {
      where: { file: path },
      expected: 'a file that only its owner can read (mode 0600)',
      hint: `chmod 600 ${path}; if somebody could have read it, delete it and create a new one with \`etude keys new\`.`,
    });
  }
  try {
    const secret = createPrivateKey(pem);
    if (secret.asymmetricKeyType === 'ed25519') return pairOf(secret, 'own');
  } catch {
    // Reported below, without any contents of the file.
  }
  throw new EtudeError('not an Ed25519 key', { where: { file: path } });
}

/** Keys whose signatures count: the trusted ones, and the user's own. */
export async function trustedKeys(folder: string): Promise<PublicKey[]> {
  const path = join(folder, 'trusted');
  for (const place of [folder, path]) {
    if (!(await allows(place, 0o002))) continue;
    throw new EtudeError('the trusted keys are not used: anyone can change them', {
      where: { file: place },
      hint: `chmod o-w ${place}, and check ${path}.`,
    });
  }
  const lines = ((await ifExists(readShort(path))) ?? '').toString('utf8').split('\n');
  const trusted = lines.flatMap((line, i) => {
    const [text = '', ...label] = line.trim().split(/\s+/);
    if (text === '' || text.startsWith('#')) return [];
    return [parseKey(text, label.join(' '), { file: path, line: i + 1 })];
  });
  const own = await ownKey(folder);
  return own === undefined ? trusted : [own, ...trusted];
}

/** From now on, the signatures of this key count. */
export async function trustKey(folder: string, text: string, label: string): Promise<PublicKey> {
  const key = parseKey(text, label.replace(/\s+/g, ' '));
  if ((await trustedKeys(folder)).some(({ id }) => id === key.id)) return key;
  await makeFolder(folder, 0o700);
  await appendFile(join(folder, 'trusted'), `${key.text} ${key.label}\n`, { mode: 0o600 });
  return key;
}

/** Whether any of these permissions is set. Windows has no such permissions. */
async function allows(path: string, bits: number): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const stats = await ifExists(stat(path));
  return stats !== undefined && (stats.mode & bits) !== 0;
}

function pairOf(secret: KeyObject, label: string): KeyPair {
  const key = createPublicKey(secret);
  const raw = key.export({ type: 'spki', format: 'der' }).subarray(SPKI.length);
  return { ...publicOf(raw, key, label), secret };
}

function parseKey(text: string, label: string, where?: { file: string; line: number }): PublicKey {
  const raw = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64url') : Buffer.alloc(0);
  if (raw.length !== 32) {
    throw new EtudeError('not an Etude public key', {
      expected: `${PREFIX} and 43 characters, as \`etude keys\` shows it`,
      where,
    });
  }
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), type: 'spki', format: 'der' });
  return publicOf(raw, key, label);
}

function publicOf(raw: Uint8Array, key: KeyObject, label: string): PublicKey {
  const id = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return { id, text: PREFIX + Buffer.from(raw).toString('base64url'), label, key };
}
