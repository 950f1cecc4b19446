import { EtudeError } from '../util/errors.js';

/** Where a server listens, and what it accepts. */
export interface ServerOptions {
  /** The address to listen on. Default `127.0.0.1`: only this machine. */
  host?: string;
  /** Default 8000; 0: any free port. */
  port?: number;
  /** Clips that are computed together where that changes no score. Default 8. */
  batchSize?: number;
  /**
   * Milliseconds that a clip waits for others when nothing is being computed. Default 0: a batch is what has
   * gathered while the last one was computed.
   */
  batchDelay?: number;
  /** Bytes of a request's body. Default 16 MB. */
  maxBodySize?: number;
  /** Seconds of a clip. Default 60. */
  maxDuration?: number;
  /** Clips of one request. Default 32. */
  maxFiles?: number;
  /** Clips of all requests that wait or are computed. Default 128. */
  maxQueue?: number;
  /** Seconds from the head of a request to its answer. Default 30. */
  timeout?: number;
}

export type ServerSetting = Required<ServerOptions>;

const DEFAULTS: ServerSetting = {
  host: '127.0.0.1',
  port: 8000,
  batchSize: 8,
  batchDelay: 0,
  maxBodySize: 16_000_000,
  maxDuration: 60,
  maxFiles: 32,
  maxQueue: 128,
  timeout: 30,
};

/** The least and the most of each number. */
const RANGES: Record<Exclude<keyof ServerSetting, 'host'>, [least: number, most: number]> = {
  port: [0, 65_535],
  batchSize: [1, 10_000],
  batchDelay: [0, 10_000],
  maxBodySize: [1, 2 ** 30],
  maxDuration: [0.001, 100_000],
  maxFiles: [1, 100_000],
  maxQueue: [1, 1_000_000],
  timeout: [0.001, 100_000],
};

/**
 * The options, with defaults where there are none.
 *
 * @throws EtudeError for numbers out of their range, and an empty address
 */
export function serverSetting(options: ServerOptions): ServerSetting {
  const given = Object.entries(options).filter(([name, value]) => name in DEFAULTS && value !== undefined);
  const setting: ServerSetting = { ...DEFAULTS, ...Object.fromEntries(given) };
  // To Node, no name means every address.
  if (typeof setting.host !== 'string' || setting.host.trim() === '')
    throw new EtudeError('no address to listen on', {
      expected: '127.0.0.1, ::1, 0.0.0.0 (every address), or a name of this machine',
      got: JSON.stringify(setting.host),
    });
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value: unknown = setting[name as keyof typeof RANGES];
    if (typeof value === 'number' && value >= least && value <= most) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new EtudeError(`option '${name}' (--${flag}) is out of range`, {
      expected: `${least} to ${most}`,
      got: String(value),
    });
  }
  return setting;
}
