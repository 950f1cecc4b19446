import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openRepository } from '../../src/hub/open-repository.js';
import type { RepositoryType } from '../../src/hub/repository-id.js';
import { type HubSettings, hubSettings } from '../../src/hub/settings.js';
import type { Place } from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import { HubServer } from './hub-server.js';
import { placeAt } from './stage.js';
import { removable } from './temp-folder.js';

/** A server and an empty cache, both removed at the end of the test. */
export class Setting {
  /** What `repository` has warned about. */
  readonly warnings: string[] = [];
  readonly #home = removable('hub');
  readonly home = this.#home.dir;

  private constructor(readonly server: HubServer) {}

  static async open(t: TestContext): Promise<Setting> {
    const setting = new Setting(await HubServer.start());
    t.after(async () => {
      await setting.server.close();
      setting.#home.remove();
    });
    return setting;
  }

  settings(env: Record<string, string> = {}): HubSettings {
    const settings = hubSettings({ HF_ENDPOINT: this.server.endpoint, HF_HOME: this.home, ...env });
    return { ...settings, backoffMs: 1, timeoutMs: 2000 };
  }

  /** As another process would open it: only what is in the cache is remembered. */
  repository(type: RepositoryType, id: string, revision?: string, env: Record<string, string> = {}) {
    return openRepository({ type, id }, revision, {
      settings: this.settings(env),
      warn: (text) => this.warnings.push(text),
    });
  }

  place(env: Record<string, string> = {}): Place {
    return {
      ...placeAt(this.home),
      repository: (type, id, revision) => this.repository(type, id, revision, env),
    };
  }

  blobs(folder: string): string {
    return join(this.home, 'hub', folder, 'blobs');
  }
}

/** What a person reads when something fails. */
export async function messageFrom(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof EtudeError) return error.describe();
    throw error;
  }
  throw new Error('it did not fail');
}
