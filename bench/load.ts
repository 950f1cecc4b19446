import { Agent, request } from 'node:http';
import { median } from './pairs.js';

/** What a server did under load. */
export interface Load {
  /** Requests per second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Answers that are not scores. */
  errors: number;
  requests: number;
}

/**
 * Posts clips in turn, each client the next one as soon as its last is answered.
 *
 * @param until When to stop asking, given what has been asked and the seconds since the start.
 */
export async function load(
  url: string,
  clips: readonly Uint8Array[],
  clients: number,
  until: (asked: number, seconds: number) => boolean,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const start = performance.now();
  const times: number[] = [];
  let [asked, errors] = [0, 0];
  const client = async () => {
    while (!until(asked, (performance.now() - start) / 1000)) {
      const clip = clips[asked++ % clips.length]!;
      const began = performance.now();
      if (!(await classify(url, clip, agent))) errors++;
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const p99 = times[Math.min(times.length - 1, Math.floor(times.length * 0.99))]!;
  return { rate: times.length / seconds, p50: median(times), p99, errors, requests: times.length };
}

/** Whether a clip was answered with scores. */
function classify(url: string, clip: Uint8Array, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'audio/wav', 'Content-Length': clip.length };
    const asked = request(`${url}/classify`, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(answer.statusCode === 200 && text.includes('"score"')));
    });
    asked.on('error', () => resolve(false));
    asked.end(clip);
  });
}
