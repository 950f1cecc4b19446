import { ClassifierError } from './classifier-error.js';
import { listen } from './listen.js';
import type { Opened } from './messages.js';
import type { AudioClassifier, EncodedAudio, LoadOptions } from './types.js';
import { WorkerClient } from './worker-client.js';

export { ClassifierError } from './classifier-error.js';
export type * from './types.js';

/** The most threads by default: more of them gain little for one clip at a time. */
const MOST_THREADS = 4;

/**
 * Loads a classifier that `etude export web` or `etude export onnx` wrote.
 *
 * @example
 * const classifier = await loadClassifier('./classifier/');
 * const { scores } = await classifier.classify(file, { topK: 3 });
 *
 * @param url The folder, relative to the page.
 * @throws ClassifierError if there is no such model, or the browser cannot run it.
 */
export async function loadClassifier(
  url: string | URL,
  { dtype, threads = defaultThreads(), onProgress }: LoadOptions = {},
): Promise<AudioClassifier> {
  if (typeof WebAssembly === 'undefined' || typeof Worker === 'undefined')
    throw new ClassifierError(
      'browser',
      `this browser has no ${typeof Worker === 'undefined' ? 'workers' : 'WebAssembly'}`,
      'Use a current browser, or switch it on: some modes for more privacy switch it off.',
    );
  if (!(Number.isInteger(threads) && threads > 0))
    throw new RangeError('threads must be a whole number from 1');
  const [folder, worker] = openWorker(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const client = new WorkerClient(worker);
  const used = globalThis.crossOriginIsolated ? threads : 1;
  try {
    const given = { url: folder.href, dtype, threads: used };
    const opened = await client.call('load', given, [], onProgress);
    return classifierOf(client, opened, used);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** In a page from a file, or from a `data:` address, nothing has an address that may be loaded. */
function openWorker(url: string | URL): [folder: URL, worker: Worker] {
  try {
    const folder = new URL(url, document.baseURI);
    return [folder, new Worker(new URL('./classifier-worker.js', import.meta.url), { type: 'module' })];
  } catch (error) {
    if (/^https?:$/.test(location.protocol)) throw error;
    throw new ClassifierError(
      'browser',
      `browsers do not load a classifier in a page from a ${location.protocol} address`,
      'It must come from a web server: in the folder of the page, run npx http-server or python -m http.server, and open the address that it prints.',
    );
  }
}

function classifierOf(client: WorkerClient, opened: Opened, threads: number): AudioClassifier {
  const classify: AudioClassifier['classify'] = async (audio, options = {}) => {
    const { topK = 5, samplingRate = opened.samplingRate } = options;
    if (!(Number.isInteger(topK) && topK > 0)) throw new RangeError('topK must be a whole number from 1');
    if (!(audio instanceof Float32Array)) {
      const bytes = await bytesOf(audio);
      return client.call('classify', { audio: bytes, topK }, [bytes]);
    }
    const samples = audio.slice();
    return client.call('classify', { audio: { samples, samplingRate }, topK }, [samples.buffer]);
  };
  return {
    ...opened,
    threads,
    classify,
    async decode(audio) {
      const bytes = await bytesOf(audio);
      return client.call('decode', { audio: bytes }, [bytes]);
    },
    listen: ({ windowSeconds = opened.windowSeconds, ...options }) =>
      listen(({ samples, samplingRate }) => classify(samples, { samplingRate, topK: options.topK }), {
        ...options,
        windowSeconds,
      }),
    close: () => client.close(),
  };
}

/** A copy, which is the worker's from then on. */
async function bytesOf(audio: EncodedAudio): Promise<ArrayBuffer> {
  if (audio instanceof ArrayBuffer) return audio.slice(0);
  if (!(audio instanceof Blob)) throw new TypeError('expected a Float32Array, a Blob or an ArrayBuffer');
  try {
    return await audio.arrayBuffer();
  } catch {
    throw new ClassifierError('audio', 'the file cannot be read', 'It may be gone, or a folder.');
  }
}

function defaultThreads(): number {
  return Math.max(1, Math.min(MOST_THREADS, Math.floor((navigator.hardwareConcurrency ?? 1) / 2)));
}
