import { MARKER, noRemote } from '../marker.js';
import { putEach } from '../put-each.js';
import { collect } from '../small-files.js';
import { type PutOptions, type Remote, type RemoteFile, staysAsItIs, type Upload } from '../types.js';
import { ALL_ABILITIES, writeFormat } from './abilities.js';
import type { S3Address } from './address.js';
import { piecesOf } from './body-pieces.js';
import { openS3, type S3Access } from './client.js';
import { failureOf, isAbsent, rightRegion, s3Problem } from './errors.js';
import { removeOldParts } from './old-parts.js';
import { SIZES, type UploadSizes, upload } from './upload.js';

/**
 * A bucket of S3, or of a store that speaks its protocol. Objects become visible complete or not at all; a
 * condition sent with each upload prevents existing ones from being replaced.
 */
export class S3Remote implements Remote {
  readonly name: string;
  readonly #address: S3Address;
  readonly #sizes: UploadSizes;
  #opening: Promise<{ access: S3Access; format?: string }> | undefined;
  #abilities = ALL_ABILITIES;
  #isAnonymous = false;

  constructor(address: S3Address, sizes = SIZES) {
    this.#address = address;
    this.#sizes = sizes;
    this.name = `s3://${address.bucket}/${address.prefix}`.replace(/\/$/, '');
  }

  /**
   * Turns an empty or new prefix into a remote, finds out what the store supports, and removes what
   * interrupted uploads left long ago.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#guard('', signal, async () => {
      const { access, format } = await this.#connect(signal);
      if (format === undefined && !(await this.#isEmpty(access, signal)))
        throw noRemote(true, { file: this.name });
      if (format !== undefined && format !== MARKER.text) throw noRemote(true, { file: this.name });
      this.#abilities = await writeFormat({ ...access, ...this.#target(MARKER.key) }, signal);
      this.#opening = Promise.resolve({ access, format: MARKER.text });
      await removeOldParts(access, this.#address, signal);
    });
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
      return {
        size: found.ContentLength ?? 0,
        pieces: piecesOf(found.Body, signal, (error) => this.#problem(error, key)),
      };
    });
  }

  putMany(uploads: ReadonlyMap<string, Upload>, options?: PutOptions): Promise<number> {
    return putEach(this, uploads, options);
  }

  /** Stores one file, unless there is one that stays. */
  async put(key: string, file: Upload, signal: AbortSignal): Promise<'stored' | 'present'> {
    return this.#guard(key, signal, async () => {
      const access = await this.#open(signal);
      const [, first, rest] = /^objects\/(..)\/(.+)$/.exec(key) ?? [];
      const digest = first === undefined ? undefined : `${first}${rest}`;
      const { hasConditions, hasChecksums } = this.#abilities;
      const find = async () => (await this.#head(access, key, signal))?.size;
      const target = { ...access, ...this.#target(key), digest, hasChecksums, find };
      let there = await this.#head(access, key, signal);
      if (there === undefined) {
        const condition = hasConditions ? ({ IfNoneMatch: '*' } as const) : {};
        if ((await upload({ ...target, condition }, file, signal)) === 'stored') return 'stored';
        // Somebody was quicker.
        there = await this.#head(access, key, signal);
      }
      if (there === undefined || staysAsItIs(key, there.size, file.size)) return 'present';
      // One of the wrong size was damaged, and is replaced, unless something has taken its place meanwhile.
      const condition = hasConditions ? { IfMatch: there.tag } : {};
      return upload({ ...target, condition }, file, signal);
    });
  }

  /** Throws if there is no such remote, or something else. */
  async #open(signal: AbortSignal): Promise<S3Access> {
    const { access, format } = await this.#connect(signal);
    if (format !== MARKER.text) throw noRemote(format !== undefined, { file: this.name });
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
    const command = new sdk.GetObjectCommand({
      ...this.#at(MARKER.key),
      Range: `bytes=0-${MARKER.text.length}`,
    });
    try {
      const { Body } = await client.send(command, { abortSignal: signal });
      const bytes = await collect(
        piecesOf(Body!, signal, (error) => error),
        MARKER.text.length,
      );
      // Anything longer is as wrong as an empty one.
      return bytes?.toString('latin1') ?? '';
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
