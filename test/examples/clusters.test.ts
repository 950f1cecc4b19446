import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { checkVolumes } from '../../src/pipeline/executors/kubernetes/check-volumes.js';
import type { KubernetesProfile } from '../../src/pipeline/executors/kubernetes/types.js';
import { readProfile } from '../../src/pipeline/executors/profiles/read-profile.js';

const FILE = resolve('examples/clusters/etude.profiles.yaml');

test('the profiles for clusters have no mistakes, and pods see the cache folder', async () => {
  const { profiles } = parse(readFileSync(FILE, 'utf8')) as { profiles: Record<string, unknown> };
  for (const name of Object.keys(profiles)) assert.ok('profile' in (await readProfile(FILE, name)), name);
  const opened = await readProfile(FILE, 'kubernetes');
  assert.ok('profile' in opened);
  checkVolumes(opened.profile as KubernetesProfile, opened.profile.cache_dir!);
});
