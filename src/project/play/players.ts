import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { EtudeError } from '../../util/errors.js';

/** A program that plays a WAV file and ends. */
export interface Player {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** What it says when it fails, if its exit code does not. */
  failure?: RegExp;
}

/** The programs that may be there to play a file, the usual one of the system first. */
export function playersOf(platform: NodeJS.Platform, file: string): Player[] {
  const ffplay = {
    command: 'ffplay',
    args: ['-nodisp', '-autoexit', '-loglevel', 'error', file],
    failure: /audio open failed|Failed to open file/,
  };
  if (platform === 'darwin') return [{ command: 'afplay', args: [file] }, ffplay];
  if (platform === 'win32') {
    // Its last argument is code: the path is not part of it.
    const script = '(New-Object System.Media.SoundPlayer $env:ETUDE_CLIP).PlaySync()';
    return [
      {
        command: 'powershell.exe',
        args: ['-NoProfile', '-NonInteractive', '-Command', script],
        env: { ETUDE_CLIP: file },
      },
      ffplay,
    ];
  }
  return [
    { command: 'pw-play', args: [file] },
    { command: 'paplay', args: [file] },
    { command: 'aplay', args: ['-q', file] },
    ffplay,
    { command: 'play', args: ['-q', file] },
  ];
}

/**
 * Plays a file with the first of the programs that can.
 *
 * @returns The program.
 * @throws EtudeError if none is installed, or none can; the signal's reason if it is aborted.
 */
export async function playFile(players: readonly Player[], signal: AbortSignal): Promise<string> {
  const failures: string[] = [];
  for (const { command, args, env, failure } of players) {
    const options: SpawnOptions = {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
      signal,
    };
    const child = spawn(command, args, options);
    let complaint = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(-1000);
    });
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      if (code === 0 && !failure?.test(complaint)) return command;
      failures.push(`${command}: ${complaint.trim().split('\n').at(-1) || `exit code ${code}`}`);
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        failures.push(`${command}: ${(error as Error).message}`);
    }
  }
  throw new EtudeError(
    failures.length > 0 ? 'the clip could not be played' : 'no program to play it is installed',
    {
      expected: `one of ${players.map(({ command }) => command).join(', ')}`,
      got: failures.length > 0 ? failures.join('; ') : undefined,
      hint: 'Write it to a file instead: -o clip.wav',
    },
  );
}
