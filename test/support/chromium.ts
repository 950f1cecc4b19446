import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where systems have Chromium; `ETUDE_TEST_CHROMIUM` names another. */
const PLACES = [
  process.env.ETUDE_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Why tests in a browser are skipped; `false` if there is one. */
export const NO_CHROMIUM: string | false =
  chromiumPath() === undefined && 'Chromium is not installed here (Debian: apt install chromium)';

function chromiumPath(): string | undefined {
  return PLACES.find((path) => path !== undefined && existsSync(path));
}

/** A headless Chromium that asks nothing of any network by itself. @param more of its arguments */
export function startChromium(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
