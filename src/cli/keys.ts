/** Ctrl-C and Ctrl-Z as the terminal hands them over while it is read key by key. */
const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/** The part of standard input that is needed. */
export type KeyInput = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;

/**
 * Hears single keys of a terminal; Ctrl-C and Ctrl-Z do what they always do.
 *
 * @param onKey Called with a character; enter is `\n`.
 * @returns What gives the terminal back.
 */
export function listenForKeys(input: KeyInput, onKey: (key: string) => void): () => void {
  const heard = (data: Buffer) => {
    const text = data.toString('utf8');
    // Arrows and function keys come as a sequence.
    if (text.startsWith('\u001b')) return;
    for (const key of text) {
      // As the signals that they stand for, to whoever listens for those.
      if (key === CTRL_C) process.emit('SIGINT');
      else if (key === CTRL_Z) suspend();
      else onKey(key === '\r' ? '\n' : key);
    }
  };
  const suspend = () => {
    input.setRawMode(false);
    // The whole group, as the terminal does it: stages stop, too.
    process.kill(0, 'SIGTSTP');
  };
  const resumed = () => input.setRawMode(true);
  input.setRawMode(true);
  input.on('data', heard);
  input.resume();
  process.on('SIGCONT', resumed);
  return () => {
    process.off('SIGCONT', resumed);
    input.off('data', heard);
    input.setRawMode(false);
    input.pause();
  };
}
