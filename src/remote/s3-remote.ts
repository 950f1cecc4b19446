import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { FORMAT, notARemote } from './format.js';
import type { S3Address } from './s3-address.js';
import { openS3, type S3Access } from './s3-client.js';
import { failureOf, isAbsent, isUnknownHeader, rightRegion, s3Problem } from './s3-errors.js';
import { removeOldParts } from './s3-old-parts.js';
import { SIZES, type UploadSizes, upload } from './s3-upload.js';
import type { Remote, RemoteFile, Upload } from './types.js';

/** What a store knows of the headers that keep an upload safe. */
interface Abilities {
  /** `If-None-Match`: of two writers of one key, only one succeeds. */
  hasConditions: boolean;
  hasChecksums: boolean;
}

/**
 * A bucket of S3, or of a store that speaks its protocol. Objects become visible whole or not at all there; a condition sent with each upload
 * keeps those that are there from being replaced.
 */
export class S3Remote implements Remote {
  readonly name: string;
  readonly #address: S3Address;
  readonly #sizes: UploadSizes;
  #opening: Promise<{ access: S3Access; format?: string }> | undefined;
  #abilities: Abilities = { hasConditions: true, hasChecksums: true };
  #isAnonymous = false;

  constructor(address: S3Address, sizes = SIZES) {
    this.#address = address;
    this.#sizes = sizes;
    this.name = `s3://${address.bucket}/${address.prefix}`.replace(/\/$/, '');
  }

  /** Makes an empty or new prefix a remote, finds out what the store knows, and takes away what interrupted uploads left long ago. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#guard('', signal, async () => {
      const { access, format } = await this.#connect(signal);
      if (format === undefined && !(await this.#isEmpty(access, signal))) throw notARemote(this.name, true);
      if (format !== undefined && format !== FORMAT) throw notARemote(this.name, true);
      await this.#tryWriting(access, signal);
      this.#opening = Promise.resolve({ access, format: FORMAT });
      await removeOldParts(access, this.#address, signal);
    });
  }

  async has(key: string, signal: AbortSignal): Promise<number | undefined> {
    return this.#guard(
      key,
      signal,
      async () => (await this.#head(await this.#open(signal), key, signal))?.size,
    );
  }

  async get(key: string, signal: AbortSignal): Promise<RemoteFile | undefined> {
    return this.#guard(key, signal, async () => {
      const { sdk, client } = await this.#open(signal);
      const command = new sdk.GetObjectCommand(this.#at(key));
      const found = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      });
      if (found?.Body === undefined) return undefined;
      return { size: found.ContentLength ?? 0, pieces: this.#pieces(key, found.Body, signal) };
    });
  }

  async put(key: string, file: Upload, signal: AbortSignal): Promise<'stored' | 'present'> {
    return this.#guard(key, signal, async () => {
      const access = await this.#open(signal);
      const [, first, rest] = /^objects\/(..)\/(.+)$/.exec(key) ?? [];
      const digest = first === undefined ? undefined : `${first}${rest}`;
      const { hasConditions, hasChecksums } = this.#abilities;
      const find = async () => (await this.#head(access, key, signal))?.size;
      const target = { ...access, ...this.#target(key), digest, hasChecksums, find };
      if (hasConditions) {
        const stored = await upload({ ...target, condition: { IfNoneMatch: '*' } }, file, signal);
        if (stored === 'stored') return stored;
      }
      const there = await this.#head(access, key, signal);
      if (there === undefined)
        return hasConditions ? 'present' : upload({ ...target, condition: {} }, file, signal);
      if (there.size === file.size || key.endsWith('.json')) return 'present';
      // One that is not of this size was damaged, and is replaced: it, and nothing that took its place meanwhile.
      const condition = hasConditions ? { IfMatch: there.tag } : {};
      return upload({ ...target, condition }, file, signal);
    });
  }

  /** Says no where there is no such remote, or something else. */
  async #open(signal: AbortSignal): Promise<S3Access> {
    const { access, format } = await this.#connect(signal);
    if (format !== FORMAT) throw notARemote(this.name, format !== undefined);
    return access;
  }

  /** Finds credentials and the bucket's region, and reads the format. */
  async #connect(signal: AbortSignal): Promise<{ access: S3Access; format?: string }> {
    this.#opening ??= (async () => {
      const access = await openS3();
      this.#isAnonymous = access.isAnonymous;
      try {
        return { access, format: await this.#readFormat(access, signal) };
      } catch (error) {
        const region = rightRegion(error);
        if (region === undefined || region === access.region) throw error;
        const there = await openS3(region);
        return { access: there, format: await this.#readFormat(there, signal) };
      }
    })();
    return this.#opening;
  }

  async #readFormat({ sdk, client }: S3Access, signal: AbortSignal): Promise<string | undefined> {
    const command = new sdk.GetObjectCommand({ ...this.#at('format'), Range: `bytes=0-${FORMAT.length}` });
    try {
      const { Body } = await client.send(command, { abortSignal: signal });
      let text = '';
      for await (const piece of this.#pieces('format', Body!, signal)) {
        text += Buffer.from(piece).toString('latin1');
        if (text.length > FORMAT.length) break;
      }
      return text;
    } catch (error) {
      const { status } = failureOf(error);
      if (status === 404 && isAbsent(error)) return undefined;
      // A range of an empty object.
      if (status === 416) return '';
      throw error;
    }
  }

  async #isEmpty({ sdk, client }: S3Access, signal: AbortSignal): Promise<boolean> {
    const { bucket, prefix } = this.#address;
    const command = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
    const { Contents = [] } = await client.send(command, { abortSignal: signal });
    return Contents.length === 0;
  }

  /**
   * Writes the format, twice: the second time a store that knows conditions refuses it. One that ignores them has then replaced it by the
   * same bytes.
   */
  async #tryWriting(access: S3Access, signal: AbortSignal): Promise<void> {
    const bytes = Buffer.from(FORMAT);
    const file: Upload = {
      size: bytes.length,
      async *pieces() {
        yield bytes;
      },
    };
    const write = ({ hasConditions, hasChecksums }: Abilities) => {
      const condition = hasConditions ? ({ IfNoneMatch: '*' } as const) : {};
      return upload({ ...access, ...this.#target('format'), condition, hasChecksums }, file, signal);
    };
    const choices = [
      { hasConditions: true, hasChecksums: true },
      { hasConditions: true, hasChecksums: false },
      { hasConditions: false, hasChecksums: false },
    ];
    for (const choice of choices) {
      try {
        const first = await write(choice);
        const isKept = choice.hasConditions && (first === 'present' || (await write(choice)) === 'present');
        this.#abilities = { ...choice, hasConditions: isKept };
        return;
      } catch (error) {
        if (!isUnknownHeader(error) || choice === choices.at(-1)) throw error;
      }
    }
  }

  async #head(
    { sdk, client }: S3Access,
    key: string,
    signal: AbortSignal,
  ): Promise<{ size: number; tag?: string } | undefined> {
    try {
      const command = new sdk.HeadObjectCommand(this.#at(key));
      const { ContentLength: size = 0, ETag: tag } = await client.send(command, { abortSignal: signal });
      return { size, tag };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** The bytes of an answer. Whoever stops reading ends the connection at once, also one that hangs. */
  #pieces(
    key: string,
    body: NonNullable<GetObjectCommandOutput['Body']>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array> {
    const stream = body as unknown as AsyncIterable<Uint8Array> & { destroy(): void };
    const problem = (error: unknown) => this.#problem(error, key);
    const stop = () => stream.destroy();
    return {
      [Symbol.asyncIterator]() {
        const iterator = stream[Symbol.asyncIterator]();
        signal.addEventListener('abort', stop, { once: true });
        return {
          async next() {
            try {
              return await iterator.next();
            } catch (error) {
              signal.throwIfAborted();
              throw problem(error);
            }
          },
          async return() {
            signal.removeEventListener('abort', stop);
            stop();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#address.bucket, Key: `${this.#address.prefix}${key}` };
  }

  #target(key: string) {
    const { Bucket: bucket, Key } = this.#at(key);
    return { bucket, key: Key, sizes: this.#sizes };
  }

  #problem(error: unknown, key: string): unknown {
    return s3Problem(error, key === '' ? this.name : `${this.name}/${key}`, this.#isAnonymous);
  }

  async #guard<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw this.#problem(error, key);
    }
  }
}
