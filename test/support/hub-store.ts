import { mkdirSync, readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { HubSettings } from '../../src/hub/settings.js';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import { HubRemote } from '../../src/pipeline/remote/hub/remote.js';
import { type ReadThrough, readThrough } from '../../src/pipeline/remote/read-through.js';
import { tempFolder } from './cache.js';
import type { HubServer, SeenRequest } from './hub-server.js';
import { Setting } from './hub-setting.js';

export const NAME = 'hf://datasets/team/cache';
export const TOKEN = 'hf_s3crettoken';

/** A Hub with one new dataset, as its website creates it, and a token that may write. */
export class HubStore {
  private constructor(
    readonly hub: HubServer,
    readonly settings: HubSettings,
  ) {}

  static async open(t: TestContext): Promise<HubStore> {
    const setting = await Setting.open(t);
    setting.server.token = TOKEN;
    const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
    setting.server.commit('dataset', 'team/cache', { '.gitattributes': attributes });
    mkdirSync(setting.home, { recursive: true });
    return new HubStore(setting.server, setting.settings({ HF_TOKEN: TOKEN }));
  }

  /** As another process opens it. */
  remote(more: Partial<HubSettings> = {}, name = NAME): HubRemote {
    return new HubRemote(name, () => ({ ...this.settings, ...more }));
  }

  files(): ReadonlyMap<string, Buffer> {
    return this.hub.files('dataset', 'team/cache');
  }

  replace(key: string, bytes: Buffer): void {
    this.hub.commit('dataset', 'team/cache', { ...Object.fromEntries(this.files()), [key]: bytes });
  }

  /** Looks into the remote from an empty cache. */
  async reader(
    more: Partial<HubSettings> = {},
    ms = 5000,
  ): Promise<{ through: ReadThrough; warnings: string[] }> {
    const warnings: string[] = [];
    const here = await openCache(tempFolder());
    const warn = (text: string) => warnings.push(text);
    return { through: readThrough(here, this.remote(more), { ms, warn }), warnings };
  }

  /** What is in the cache that Python shares. */
  downloads(): string[] {
    return readdirSync(this.settings.cacheDir, { recursive: true }) as string[];
  }
}

/** How many requests there are of each kind: `POST commit`, `GET resolve`, `PUT`. */
export function counted(requests: readonly SeenRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { host, method, path } of requests) {
    const word = /\/(revision|resolve|tree|paths-info|preupload|batch|commit)(?:\/|$)/.exec(path)?.[1] ?? '';
    const kind = host === 'cdn' ? `${method} storage` : `${method} ${word}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
