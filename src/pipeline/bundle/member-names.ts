import { isDevice } from '../../files/file-name.js';

/**
 * Why a name may not be a file of a project that a bundle writes, or `undefined` for one that may: relative,
 * with `/`, inside the folder on every system, and nothing that tools act on automatically (hidden files and
 * folders such as `.git` and `.etude`, and `node_modules`).
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > 255) return 'it is too long';
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(name)) return 'it has control characters';
  if (/[\\:*?"<>|]/.test(name)) return 'it has characters that some systems do not allow in names';
  for (const part of name.split('/')) {
    if (part === '') return 'it is absolute or has an empty part';
    if (part === '..' || part === '.') return 'it points outside its folder';
    if (part.startsWith('.')) return 'it is hidden';
    if (/[. ]$/.test(part) || part.startsWith(' '))
      return 'a part of it begins or ends with a space or a dot';
    if (part.toLowerCase() === 'node_modules') return 'it is in node_modules';
    if (isDevice(part)) return 'it is a device name on Windows';
  }
  return undefined;
}

/**
 * What two names must not have in common: file systems that ignore case or Unicode normalization take them
 * for the same.
 */
export function foldedName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().normalize('NFKC');
}
