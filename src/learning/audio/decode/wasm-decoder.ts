import { EtudeError } from '../../../util/etude-error.js';
import { audioError, type ClipName } from './audio-error.js';
import { latin1 } from './container.js';
import { countFrames } from './count-frames.js';
import type { LengthLimit } from './length-limit.js';
import { joinPlanar, type Planar } from './planar.js';

interface WasmDecoder {
  ready: Promise<void>;
  /** Decodes a complete file and resets itself for the next. */
  decodeFile(bytes: Uint8Array): Promise<Planar>;
  /** The same in pieces, for a format whose frames cannot be counted beforehand; called after each. */
  decodePieces?(bytes: Uint8Array, onPiece: (piece: Planar) => void): Promise<Planar>;
}

type Codec = 'flac' | 'mp3' | 'vorbis' | 'opus';

const NAMES: Record<Codec, string> = { flac: 'FLAC', mp3: 'MP3', vorbis: 'Ogg Vorbis', opus: 'Ogg Opus' };

/** What the decoder of MP3 is fed at a time in any case. */
const PIECE_BYTES = 65536;

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
      async decodePieces(bytes, onPiece) {
        const pieces: Planar[] = [];
        try {
          for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
            const piece = decoder.decode(bytes.subarray(at, at + PIECE_BYTES));
            onPiece(piece);
            pieces.push(piece);
          }
        } finally {
          await decoder.reset();
        }
        return joinPlanar(pieces);
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
 * @param limit how long the clip may be
 * @throws EtudeError naming the clip when the decoder reports an error or finds no audio; TooLong
 */
export function withDecoder(
  codec: Codec,
  clip: ClipName,
  bytes: Uint8Array,
  limit?: LengthLimit,
): Promise<Planar> {
  const result = turn.then(() => decode(codec, clip, bytes, limit));
  turn = result.catch(() => undefined);
  return result;
}

async function decode(
  codec: Codec,
  clip: ClipName,
  bytes: Uint8Array,
  limit: LengthLimit | undefined,
): Promise<Planar> {
  let restore = () => {};
  try {
    const decoder = await decoderFor(codec);
    restore = throwWhatDecodersPrint();
    const decoded = await decodeWithin(decoder, clip, bytes, limit);
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

async function decodeWithin(
  decoder: WasmDecoder,
  clip: ClipName,
  bytes: Uint8Array,
  limit: LengthLimit | undefined,
): Promise<Planar> {
  if (limit === undefined) return decoder.decodeFile(bytes);
  if (decoder.decodePieces !== undefined)
    return decoder.decodePieces(bytes, ({ samplesDecoded, sampleRate, channelData }) =>
      limit.add(samplesDecoded, sampleRate, channelData.length, clip),
    );
  const isOgg = latin1(bytes, 0, 4) === 'OggS';
  await countFrames(isOgg ? 'application/ogg' : 'audio/flac', bytes, limit, clip);
  return decoder.decodeFile(bytes);
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
