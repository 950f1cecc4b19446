/** A class and how sure the model is of it. */
export interface LabelScore {
  label: string;
  score: number;
}

/** The data types in which a model can be exported. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'q4';

/** How much of the model and of what computes it has arrived. */
export interface LoadProgress {
  /** Bytes. */
  loaded: number;
  /** Bytes; undefined if the server does not say. */
  total?: number;
}

export interface LoadOptions {
  /** Default: `q8` if the folder has it, otherwise the first one that it has. */
  dtype?: Dtype;
  /**
   * Threads that compute. More than one work only in a page that is cross-origin isolated; default: there,
   * half of the processor's, at most 4.
   */
  threads?: number;
  onProgress?(progress: LoadProgress): void;
}

export interface ClassifyOptions {
  /** How many classes, the best first. Default 5. */
  topK?: number;
  /** The rate of samples in Hz. Default: that of the model. */
  samplingRate?: number;
}

/** What a clip is. */
export interface Classification {
  /** The best classes, best first. */
  scores: LabelScore[];
  /** Seconds of audio. */
  duration: number;
}

/** A clip as numbers: mono, nominally −1 … 1. */
export interface Samples {
  samples: Float32Array;
  /** Hz. */
  samplingRate: number;
}

/** What was heard at one moment. */
export interface Heard extends Classification, Samples {}

export interface ListenOptions {
  /** Seconds before now that are classified each time. Default: the classifier's `windowSeconds`. */
  windowSeconds?: number;
  /** The least number of seconds from one result to the next. Default 0.2. */
  interval?: number;
  /** Default 5. */
  topK?: number;
  onResult(heard: Heard): void;
  /** Called once, if listening ends by itself: the microphone was unplugged, the model failed. */
  onError?(error: Error): void;
}

/** An open microphone. */
export interface Listener {
  /** The microphone's, in Hz. */
  readonly samplingRate: number;
  /** The last samples, at most a window of them. */
  recent(): Float32Array;
  /** Closes the microphone. */
  stop(): void;
}

/** A file's bytes, as a page has them. */
export type EncodedAudio = Blob | ArrayBuffer;

/** A model, loaded once and called many times. It computes in a worker: the page stays responsive. */
export interface AudioClassifier {
  /** Class names in the order of the model's outputs. */
  readonly labels: readonly string[];
  /** The rate in Hz at which the model takes samples; others are resampled. */
  readonly samplingRate: number;
  /** Seconds of the longest clip that the model was trained on; 1 if that is not known. */
  readonly windowSeconds: number;
  /**
   * How logits become scores: `softmax` where a clip has one class, `sigmoid` where it may have several,
   * `none` for numbers.
   */
  readonly activation: 'softmax' | 'sigmoid' | 'none';
  /** The data type that is open. */
  readonly dtype: Dtype;
  /** Threads that compute. */
  readonly threads: number;
  /**
   * Classifies a clip in its full length, as `etude predict` does: WAV, FLAC, MP3, Ogg Vorbis or Opus; or
   * mono samples.
   *
   * @throws ClassifierError for what is not audio or cannot be decoded, and for a clip that is too short.
   */
  classify(audio: Float32Array | EncodedAudio, options?: ClassifyOptions): Promise<Classification>;
  /** Decodes a file to mono samples at its own rate. @throws ClassifierError as `classify` does. */
  decode(audio: EncodedAudio): Promise<Samples>;
  /**
   * Opens the microphone, and classifies what it hears again and again, as soon as a window is full.
   *
   * @throws ClassifierError if there is no microphone, or the page may not use it.
   */
  listen(options: ListenOptions): Promise<Listener>;
  /** Ends the worker and frees its memory. What is not finished is rejected. */
  close(): void;
}

/**
 * What failed: `browser` lacks something; `model` is missing or damaged; `audio` cannot be classified;
 * `microphone-denied` and `microphone-missing`; `closed`: the classifier was closed, or its worker died.
 */
export type ClassifierErrorCode =
  | 'browser'
  | 'model'
  | 'audio'
  | 'microphone-denied'
  | 'microphone-missing'
  | 'closed';
