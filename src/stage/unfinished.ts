/** How the names of files and folders at the top of a scratch folder begin while they are being written. */
export const UNFINISHED = 'writing-';
