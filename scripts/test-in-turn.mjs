import { createHook } from 'node:async_hooks';
import { after, describe } from 'node:test';

/**
 * Runs test files one after another in this process: each is loaded when the one before has ended, in a suite
 * of its own, which its hooks are limited to, and finds the environment variables that the first one found.
 */
export async function testInTurn(files, base) {
  const environment = { ...process.env };
  const following = followingOfRunner();
  for (const file of files) {
    following?.enable();
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
        following?.disable();
      });
    });
  }
}

/**
 * The hook by which Node's runner follows every promise. While a file is loaded, it is how the runner knows
 * that its tests belong to the file's suite. While tests run, it takes a tenth of the time, only to name the
 * test in which an error occurred that nothing waited for: without it, the error is one of the process, which
 * fails all the same.
 */
function followingOfRunner() {
  const hooks = Object.getPrototypeOf(createHook({}));
  const { enable } = hooks;
  let found;
  hooks.enable = function () {
    found ??= this;
    return enable.call(this);
  };
  // The first call starts the runner.
  after(() => {});
  hooks.enable = enable;
  return found;
}
