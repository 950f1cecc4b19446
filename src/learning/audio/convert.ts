/** What to do with sound of a format that is not decoded. */
export const CONVERT = 'Convert it: ffmpeg -i FILE FILE.wav';
