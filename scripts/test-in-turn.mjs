import { after, describe } from 'node:test';

/**
 * Runs test files one after another in this process: each is loaded when the one before has ended, in a suite
 * of its own, which its hooks are limited to, and finds the environment variables that the first one found.
 */
export async function testInTurn(files, base) {
  const environment = { ...process.env };
  for (const file of files) {
    await new Promise((ended) => {
      describe(file.replace(/^(\.\.\/)+/, ''), async () => {
        try {
          await import(new URL(file, base));
        } catch (error) {
          ended();
          throw error;
        }
        // The last hook of the file.
        after(() => {
          for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
          Object.assign(process.env, environment);
          ended();
        });
      });
    });
  }
}
