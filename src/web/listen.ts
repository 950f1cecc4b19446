import { ClassifierError } from './classifier-error.js';
import { type Microphone, openMicrophone } from './microphone.js';
import { RollingWindow } from './rolling-window.js';
import type { Classification, Listener, ListenOptions, Samples } from './types.js';

/** Between two results, at least so many seconds. */
const INTERVAL = 0.2;

/**
 * Classifies what the microphone hears: a window as soon as it is full, then the last one again and again,
 * never two at a time.
 */
export async function listen(
  classify: (heard: Samples) => Promise<Classification>,
  { windowSeconds, interval = INTERVAL, onResult, onError }: ListenOptions & { windowSeconds: number },
): Promise<Listener> {
  if (!(windowSeconds > 0 && windowSeconds <= 600))
    throw new RangeError(`windowSeconds must be a number from 0 to 600, not ${windowSeconds}`);
  let window: RollingWindow | undefined;
  let microphone: Microphone | undefined;
  let isBusy = false;
  let isStopped = false;
  let next = 0;
  const stop = () => {
    isStopped = true;
    microphone?.close();
  };
  const fail = (error: Error) => {
    if (isStopped) return;
    stop();
    onError?.(error);
  };
  const look = async (rate: number, kept: RollingWindow) => {
    if (isBusy || isStopped || !kept.isFull || kept.total < next) return;
    isBusy = true;
    next = kept.total + interval * rate;
    const heard = { samples: kept.samples(), samplingRate: rate };
    try {
      const result = await classify(heard);
      if (!isStopped) onResult({ ...heard, ...result });
    } catch (error) {
      fail(error as Error);
    }
    isBusy = false;
  };
  microphone = await openMicrophone(
    (block) => {
      if (microphone === undefined || isStopped) return;
      const { samplingRate } = microphone;
      window ??= new RollingWindow(Math.max(1, Math.round(windowSeconds * samplingRate)));
      window.add(block);
      void look(samplingRate, window);
    },
    () => fail(new ClassifierError('microphone-missing', 'the microphone was disconnected')),
  );
  const { samplingRate } = microphone;
  return { samplingRate, recent: () => window?.samples() ?? new Float32Array(0), stop };
}
