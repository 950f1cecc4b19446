import { createRequire } from 'node:module';
import { codeOf } from '../../files/fs-errors.js';
import { EtudeError } from '../../util/errors.js';

const require = createRequire(import.meta.url);

/**
 * Throws if a package is missing that only some remotes need, and that their users have to install.
 *
 * @param name The package, and the version that Etude was made with: `name@3`.
 * @param what What needs it: `s3://…`.
 * @throws EtudeError that says how to install it.
 */
export function needPackage(name: string, what: string): void {
  try {
    require.resolve(name.slice(0, name.lastIndexOf('@')));
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new EtudeError(`${what} needs a package that is not installed`, {
      expected: name,
      hint: `npm install ${name}, in the project that has Etude; with --global, where Etude is installed globally.`,
    });
  }
}
