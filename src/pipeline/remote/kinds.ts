/** The kinds of remote caches, as messages name them. */
export const REMOTE_KINDS = 'a shared folder, s3://bucket/prefix or hf://datasets/owner/name';
