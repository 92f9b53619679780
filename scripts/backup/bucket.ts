// The bucket by its S3 endpoint: the same code for R2 and for the one that a local stack has.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { BucketEndpoint } from "#workers/storage/bucket-endpoint.ts";

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly etag: string;
  readonly contentType: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Of one put by S3; what is larger goes in parts. */
const partBytes = 64 * 1024 * 1024;

export class Bucket {
  readonly #client: S3Client;
  readonly #name: string;

  constructor({ endpoint, bucket, accessKeyId, secretAccessKey }: BucketEndpoint) {
    this.#name = bucket;
    this.#client = new S3Client({
      region: "auto",
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  }

  async *keys(prefix = ""): AsyncGenerator<string> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#name, Prefix: prefix });
    for await (const { Contents = [] } of pages) {
      for (const { Key } of Contents) if (Key !== undefined) yield Key;
    }
  }

  /** Null: it is gone by now. It lies below `directory` under the name of its content. */
  async fetchInto(directory: string, key: string): Promise<StoredObject | null> {
    const answer = await this.#client
      .send(new GetObjectCommand({ Bucket: this.#name, Key: key }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === "NoSuchKey") return null;
        throw error;
      });
    if (answer?.Body === undefined) return null;
    await mkdir(directory, { recursive: true });
    const partial = join(directory, "partial");
    const file = await open(partial, "w");
    const hash: Hash = createHash("sha256");
    let sizeBytes = 0;
    try {
      for await (const bytes of answer.Body as AsyncIterable<Uint8Array>) {
        hash.update(bytes);
        sizeBytes += bytes.length;
        await file.write(bytes);
      }
    } finally {
      await file.close();
    }
    if (sizeBytes !== answer.ContentLength) throw new Error(`${key} ended after ${sizeBytes} bytes`);
    const sha256 = hash.digest("hex");
    const path = pathOf(directory, sha256);
    await mkdir(dirname(path), { recursive: true });
    await rename(partial, path);
    const { ETag = "", ContentType = null, Metadata = {} } = answer;
    return { key, sizeBytes, sha256, etag: unquoted(ETag), contentType: ContentType, metadata: Metadata };
  }

  /** The ETag that it has now. What is there with this size and content is left. */
  async put(directory: string, object: StoredObject): Promise<string> {
    const there = await this.#head(object.key);
    if (there !== null && there.sizeBytes === object.sizeBytes && there.etag === object.etag)
      return there.etag;
    const at = {
      Bucket: this.#name,
      Key: object.key,
      ...(object.contentType === null ? {} : { ContentType: object.contentType }),
      Metadata: { ...object.metadata },
    };
    const path = pathOf(directory, object.sha256);
    if (object.sizeBytes > partBytes) return this.#putInParts(at, path, object.sizeBytes);
    const Body = createReadStream(path);
    const { ETag = "" } = await this.#client.send(
      new PutObjectCommand({ ...at, Body, ContentLength: object.sizeBytes }),
    );
    return unquoted(ETag);
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key }));
  }

  close(): void {
    this.#client.destroy();
  }

  async #head(key: string): Promise<{ readonly sizeBytes: number; readonly etag: string } | null> {
    try {
      const { ContentLength = -1, ETag = "" } = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.#name, Key: key }),
      );
      return { sizeBytes: ContentLength, etag: unquoted(ETag) };
    } catch (error) {
      if (error instanceof Error && error.name === "NotFound") return null;
      throw error;
    }
  }

  async #putInParts(
    at: { readonly Bucket: string; readonly Key: string },
    path: string,
    sizeBytes: number,
  ): Promise<string> {
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(at));
    const upload = { Bucket: at.Bucket, Key: at.Key, UploadId };
    try {
      const Parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
      for (let start = 0; start < sizeBytes; start += partBytes) {
        const end = Math.min(start + partBytes, sizeBytes) - 1;
        const PartNumber = Parts.length + 1;
        const Body = createReadStream(path, { start, end });
        const part = { ...upload, PartNumber, Body, ContentLength: end - start + 1 };
        const { ETag } = await this.#client.send(new UploadPartCommand(part));
        Parts.push({ PartNumber, ETag });
      }
      const { ETag = "" } = await this.#client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
      );
      return unquoted(ETag);
    } catch (error) {
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }
}

const unquoted = (etag: string) => etag.replaceAll('"', "");

export const pathOf = (directory: string, sha256: string) => join(directory, sha256.slice(0, 2), sha256);

/** What is small and can't be made of anything else: the indexes, what fragments are cut by, texts. */
export function isSmall(key: string): boolean {
  return /^videos\/[^/]+\/(?:captions\/|\d+\/(?:index\/|subtitles\/|layout\.bin$|map\.bin$|[^/]+\/init\.mp4$))/.test(
    key,
  );
}
