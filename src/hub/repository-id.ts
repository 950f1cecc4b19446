/** The kinds of repositories that Etude reads. */
export type RepositoryType = 'model' | 'dataset';

/** A repository of the Hub. */
export interface RepositoryId {
  type: RepositoryType;
  /** `owner/name`. */
  id: string;
}

/** A 40-digit commit: it names one state forever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** The folder of a repository in the cache: `models--facebook--wav2vec2-base`. */
export function folderName({ type, id }: RepositoryId): string {
  return `${type}s--${id.replaceAll('/', '--')}`;
}

/** The path of a repository on the Hub: `datasets/PolyAI/minds14`, `facebook/wav2vec2-base`. */
export function webPath({ type, id }: RepositoryId): string {
  return type === 'dataset' ? `datasets/${id}` : id;
}

/** The repository as a sentence names it. */
export function describeRepository({ type, id }: RepositoryId): string {
  return `${type === 'dataset' ? 'dataset' : 'model'} '${id}'`;
}

export function revisionUrl(endpoint: string, { type, id }: RepositoryId, revision: string): string {
  return `${endpoint}/api/${type}s/${id}/revision/${encodeURIComponent(revision)}`;
}

/** The address of the list of files of a commit, or of one of its folders, including subfolders. */
export function treeUrl(
  endpoint: string,
  { type, id }: RepositoryId,
  commit: string,
  folder?: string,
): string {
  const below = folder ? `/${pathOf(folder)}` : '';
  return `${endpoint}/api/${type}s/${id}/tree/${commit}${below}?recursive=true&expand=false`;
}

export function fileUrl(endpoint: string, repository: RepositoryId, commit: string, file: string): string {
  return `${endpoint}/${webPath(repository)}/resolve/${commit}/${pathOf(file)}`;
}

function pathOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}
