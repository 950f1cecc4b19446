import { isSafePath } from '../../../hub/layout.js';
import type { RepositoryId } from '../../../hub/repository-id.js';
import { EtudeError } from '../../../util/errors.js';

/** A folder in a branch of a Hub repository. */
export interface HubAddress {
  repository: RepositoryId;
  /** A branch; for reading only, it may be a tag or a commit. */
  revision: string;
  /** `''` for the entire branch, otherwise with a trailing `/`. */
  prefix: string;
}

const ADDRESS = /^hf:\/\/(?:(models|datasets)\/)?([\w.-]+)\/([\w.-]+)(?:@(.*)|\/(.*))?$/;
/** Anything that could be meant as the kind of a repository is not an owner. */
const KINDS = ['models', 'datasets', 'spaces', 'kernels', 'buckets'];
const NAME = /^[\w.-]+$/;
/** Revisions whose own slashes need no `%2F`, as in `huggingface_hub`. */
const SPECIAL = /^refs\/(?:convert\/[\w.-]+|pr\/\d+)(?=\/|$)/;

/**
 * The parts of `hf://datasets/owner/name@revision/path`, spelled as in `huggingface_hub`: a model is
 * `hf://models/owner/name` or `hf://owner/name`, and a `/` in a branch's name is `%2F`. Throws an EtudeError
 * for anything else.
 */
export function parseHubAddress(text: string): HubAddress {
  const [, type, owner = '', name = '', at, path = ''] = ADDRESS.exec(text) ?? [];
  const [revision, below] = at === undefined ? ['main', path] : splitRevision(at);
  const folder = below.replace(/\/+$/, '');
  const isRight =
    name !== '' &&
    !KINDS.includes(owner) &&
    isSafePath(revision) &&
    (folder === '' || (isSafePath(folder) && folder.split('/').every((part) => NAME.test(part))));
  if (!isRight) {
    throw new EtudeError('not an address on the Hugging Face Hub', {
      expected: 'hf://datasets/owner/name or hf://models/owner/name, optionally with @branch and /folder',
      // A branch comes after a name: what is directly before an @ may be a secret.
      got: text.replace(/\/\/[^/]*@/, '//…@'),
    });
  }
  return {
    repository: { type: type === 'datasets' ? 'dataset' : 'model', id: `${owner}/${name}` },
    revision,
    prefix: folder === '' ? '' : `${folder}/`,
  };
}

function splitRevision(text: string): [revision: string, path: string] {
  const special = SPECIAL.exec(text)?.[0];
  const revision = special ?? text.split('/')[0]!;
  return [special ?? decoded(revision), text.slice(revision.length + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
