import { EtudeError } from '../../../util/errors.js';
import { audioError, type ClipName } from './audio-error.js';
import type { Planar } from './planar.js';

interface WasmDecoder {
  ready: Promise<void>;
  /** Decodes a complete file and resets itself for the next. */
  decodeFile(bytes: Uint8Array): Promise<Planar>;
}

type Codec = 'flac' | 'mp3' | 'vorbis' | 'opus';

const NAMES: Record<Codec, string> = { flac: 'FLAC', mp3: 'MP3', vorbis: 'Ogg Vorbis', opus: 'Ogg Opus' };

const FACTORIES: Record<Codec, () => Promise<WasmDecoder>> = {
  async flac() {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    return new FLACDecoder();
  },
  async mp3() {
    const { MPEGDecoder } = await import('mpg123-decoder');
    const decoder = new MPEGDecoder();
    return {
      ready: decoder.ready,
      async decodeFile(bytes) {
        const decoded = decoder.decode(bytes);
        await decoder.reset();
        return decoded;
      },
    };
  },
  async vorbis() {
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    return new OggVorbisDecoder();
  },
  async opus() {
    const { decodeOpus } = await import('./ogg-opus.js');
    return { ready: Promise.resolve(), decodeFile: decodeOpus };
  },
};

/** One decoder per codec and thread, created when first needed. */
const decoders = new Map<Codec, Promise<WasmDecoder>>();

/** Decoders keep state and print through the console: one file at a time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Decodes a complete file with the WebAssembly decoder of its codec.
 *
 * @throws EtudeError naming the clip when the decoder reports an error or finds no audio
 */
export function withDecoder(codec: Codec, clip: ClipName, bytes: Uint8Array): Promise<Planar> {
  const result = turn.then(() => decode(codec, clip, bytes));
  turn = result.catch(() => undefined);
  return result;
}

async function decode(codec: Codec, clip: ClipName, bytes: Uint8Array): Promise<Planar> {
  let restore = () => {};
  try {
    const decoder = await decoderFor(codec);
    restore = throwWhatDecodersPrint();
    const decoded = await decoder.decodeFile(bytes);
    const error = decoded.errors[0];
    if (error !== undefined) throw new Error(error.message);
    if (decoded.samplesDecoded === 0) throw new Error('no audio found in it');
    return {
      ...decoded,
      channelData: decoded.channelData.map((data) => data.subarray(0, decoded.samplesDecoded)),
    };
  } catch (cause) {
    if (cause instanceof EtudeError) throw cause;
    decoders.delete(codec);
    throw audioError(clip, `${NAMES[codec]} file is damaged${detail(cause)}`, { cause });
  } finally {
    restore();
  }
}

/** What a decoder says about the file; an exception in its own code means nothing to a person. */
function detail(cause: unknown): string {
  const own = !(cause instanceof Error) || cause instanceof TypeError || cause instanceof RangeError;
  return own ? '' : `: ${cause.message}`;
}

async function decoderFor(codec: Codec): Promise<WasmDecoder> {
  let decoder = decoders.get(codec);
  if (decoder === undefined) {
    decoder = FACTORIES[codec]();
    decoders.set(codec, decoder);
  }
  const made = await decoder;
  await made.ready;
  return made;
}

/**
 * The decoders print an error and carry on, and mpg123's would do so forever at one that it cannot skip;
 * here, whatever they print becomes an exception.
 */
function throwWhatDecodersPrint(): () => void {
  const print = console.error;
  console.error = (text: unknown) => {
    throw new Error(
      String(text)
        .replace(/\s*\n\s*/g, ' ')
        .replace(/^\S*decoders?\S*: */, ''),
    );
  };
  return () => {
    console.error = print;
  };
}
