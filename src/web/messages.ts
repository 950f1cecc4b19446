import type {
  AudioClassifier,
  Classification,
  ClassifierErrorCode,
  Dtype,
  LoadProgress,
  Samples,
} from './types.js';

/** What a page asks of its worker: the arguments and the answer of each call. */
export interface Calls {
  load: {
    arguments: { url: string; dtype: Dtype | undefined; threads: number };
    answer: Opened;
  };
  classify: {
    arguments: { audio: Samples | ArrayBuffer; topK: number };
    answer: Classification;
  };
  decode: { arguments: { audio: ArrayBuffer }; answer: Samples };
}

/** What a page must know of a model. */
export type Opened = Pick<
  AudioClassifier,
  'labels' | 'samplingRate' | 'windowSeconds' | 'activation' | 'dtype'
>;

export type Request = {
  [Name in keyof Calls]: { id: number; name: Name; arguments: Calls[Name]['arguments'] };
}[keyof Calls];

export type Response =
  | { id: number; answer: Calls[keyof Calls]['answer'] }
  | { id: number; error: { code: ClassifierErrorCode; message: string; hint?: string } }
  | { id: number; progress: LoadProgress };
