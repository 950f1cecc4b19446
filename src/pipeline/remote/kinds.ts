/** The kinds of remote caches that there are, as messages name them. */
export const REMOTE_KINDS = 'a folder that is shared, s3://bucket/prefix or hf://datasets/owner/name';
