import { ClassifierError } from './classifier-error.js';

/** A microphone that is open. */
export interface Microphone {
  /** Hz. */
  samplingRate: number;
  close(): void;
}

/**
 * Opens the microphone at its own rate, without what browsers do to speech (echo cancellation, noise
 * suppression, gain control): the model was not trained on that.
 *
 * @param onBlock receives mono samples as they come
 * @param onEnd called if the microphone goes away
 * @throws ClassifierError if there is none, or the page may not use it
 */
export async function openMicrophone(
  onBlock: (samples: Float32Array) => void,
  onEnd: () => void,
): Promise<Microphone> {
  const stream = await askForMicrophone();
  const [track] = stream.getAudioTracks();
  const { sampleRate } = track!.getSettings();
  let context: AudioContext | undefined;
  const close = () => {
    for (const each of stream.getTracks()) each.stop();
    void context?.close().catch(() => undefined);
  };
  try {
    // At the microphone's rate where the browser says it: nothing is resampled twice.
    context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
    await context.audioWorklet.addModule(new URL('./microphone-worklet.js', import.meta.url));
    await context.resume();
    const node = new AudioWorkletNode(context, 'etude-microphone', { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onBlock(data);
    context.createMediaStreamSource(stream).connect(node);
  } catch (cause) {
    close();
    throw new ClassifierError('browser', `the microphone cannot be read: ${(cause as Error).message}`);
  }
  track!.addEventListener('ended', onEnd);
  return { samplingRate: Math.round(context.sampleRate), close };
}

async function askForMicrophone(): Promise<MediaStream> {
  // Absent in pages that came over plain HTTP.
  if (navigator.mediaDevices === undefined)
    throw new ClassifierError(
      'microphone-missing',
      'this page cannot use a microphone',
      'Browsers allow it only for pages from https:// or http://localhost.',
    );
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (cause) {
    throw refusal(cause as DOMException);
  }
}

function refusal({ name, message }: DOMException): ClassifierError {
  if (name === 'NotAllowedError' || name === 'SecurityError')
    return new ClassifierError(
      'microphone-denied',
      'the microphone is not allowed',
      "Allow it in the browser's settings for this page, then try again.",
    );
  if (name === 'NotFoundError' || name === 'OverconstrainedError')
    return new ClassifierError(
      'microphone-missing',
      'no microphone was found',
      'Plug one in, then try again.',
    );
  return new ClassifierError('microphone-missing', `the microphone does not start: ${message}`);
}
