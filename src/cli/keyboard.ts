/** Ctrl-C and Ctrl-Z as a terminal in raw mode delivers them. */
const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

/** The part of standard input that is needed. */
export type KeyInput = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;

/**
 * Listens for single keys on a terminal; Ctrl-C and Ctrl-Z work as usual.
 *
 * @param onKey Called with a character; enter is `\n`.
 * @returns A function that restores the terminal.
 */
export function listenForKeys(input: KeyInput, onKey: (key: string) => void): () => void {
  const heard = (data: Buffer) => {
    const text = data.toString('utf8');
    // Arrows and function keys come as a sequence.
    if (text.startsWith('\u001b')) return;
    for (const key of text) {
      // As the signals that they stand for, for the usual listeners.
      if (key === CTRL_C) process.emit('SIGINT', 'SIGINT');
      else if (key === CTRL_Z) suspend();
      else onKey(key === '\r' ? '\n' : key);
    }
  };
  const suspend = () => {
    input.setRawMode(false);
    // The whole process group, as the terminal does: stages stop, too.
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
