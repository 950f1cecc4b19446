import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hubSettings } from '../../src/hub/settings.js';
import { folderOf } from '../support/audio-files.js';

const cacheOf = (env: Record<string, string>) => hubSettings({ HF_TOKEN: 't', ...env }).cacheDir;

test('the cache is where Python has it, by the same variables in the same order', () => {
  assert.equal(cacheOf({}), join(homedir(), '.cache', 'huggingface', 'hub'));
  assert.equal(cacheOf({ XDG_CACHE_HOME: '/x' }), join('/x', 'huggingface', 'hub'));
  assert.equal(cacheOf({ XDG_CACHE_HOME: '/x', HF_HOME: '/hf' }), join('/hf', 'hub'));
  assert.equal(cacheOf({ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }), '/old');
  assert.equal(cacheOf({ HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '~/new' }), join(homedir(), 'new'));
});

test('the token comes from HF_TOKEN, else from the token file, unless neither is wanted', (t) => {
  const dir = folderOf(t, { 'hf/token': 'from-file\n', other: ' elsewhere ' });
  const tokenOf = (env: Record<string, string>) => hubSettings({ HF_HOME: join(dir, 'hf'), ...env }).token;
  assert.equal(tokenOf({}), 'from-file');
  assert.equal(tokenOf({ HF_TOKEN: ' given ' }), 'given');
  assert.equal(tokenOf({ HF_TOKEN: '', HF_TOKEN_PATH: join(dir, 'other') }), 'elsewhere');
  assert.equal(tokenOf({ HF_TOKEN: 'given', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }), undefined);
  assert.equal(tokenOf({ HF_TOKEN_PATH: join(dir, 'none') }), undefined);
});

test('the address is normalized; an invalid one, or one with a password, is refused without showing it', () => {
  const endpointOf = (value: string) => hubSettings({ HF_ENDPOINT: value, HF_TOKEN: 't' }).endpoint;
  assert.equal(endpointOf(''), 'https://huggingface.co');
  assert.equal(endpointOf('http://localhost:8080/mirror/'), 'http://localhost:8080/mirror');
  for (const wrong of ['hub', 'file:///etc', 'https://me:hidden@hub.test'])
    assert.throws(
      () => endpointOf(wrong),
      (error: Error) => /HF_ENDPOINT/.test(error.message) && !/hidden/.test(String(error)),
    );
});

test('offline accepts what Python considers true', () => {
  const offline = (value: string) => hubSettings({ HF_HUB_OFFLINE: value, HF_TOKEN: 't' }).offline;
  assert.deepEqual(['1', 'ON', 'yes', 'True', '0', 'false', ''].map(offline), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.ok(hubSettings({ TRANSFORMERS_OFFLINE: '1', HF_TOKEN: 't' }).offline);
});

test('a pipe in place of the token file is refused at once', {
  skip: process.platform === 'win32',
}, (t) => {
  const pipe = join(folderOf(t, {}), 'token');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => hubSettings({ HF_TOKEN_PATH: pipe }), /not a file/);
});
