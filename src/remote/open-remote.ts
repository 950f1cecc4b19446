import { resolve } from 'node:path';
import { EtudeError } from '../errors.js';
import { FolderRemote } from './folder-remote.js';
import { HubRemote } from './hub-remote.js';
import type { Remote } from './types.js';

/** The remote cache that a person names. Nothing is looked at yet. Throws an EtudeError for a kind that there is not. */
export function openRemote(name: string): Remote {
  if (name.startsWith('hf://')) return new HubRemote(name);
  if (/^[a-z][a-z0-9+.-]+:/i.test(name)) {
    throw new EtudeError('not a remote cache that Etude knows', {
      expected: 'a folder that is shared, or hf://datasets/owner/name',
      got: name.replace(/\/\/[^@/]*@/, '//…@'),
    });
  }
  return new FolderRemote(resolve(name), name);
}
