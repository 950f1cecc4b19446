/** How a run is shown: `--progress`. */
export const PROGRESS_MODES = ['auto', 'tty', 'plain', 'quiet', 'json'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];
