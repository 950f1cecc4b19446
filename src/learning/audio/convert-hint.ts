/** What to do with audio of a format that is not decoded. */
export const CONVERT = 'Convert it: ffmpeg -i FILE FILE.wav';
