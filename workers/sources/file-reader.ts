// An uploaded file, or one that was registered, as the readers of formats see it: ranged reads of one object, only so
// many and so much, and none of another object that took its place.
import type { SourceReader } from "#workers/packaging/source/source.ts";

export interface FileFacts {
  readonly sizeBytes: number;
  readonly etag: string;
}

/** An index of 24 MB, and as much again as is needed to look around. */
const mostBytes = 40 * 1024 * 1024;
const mostReads = 256;

export class FileNotRead extends Error {
  override readonly name = "FileNotRead";
}

export function fileReader(
  bucket: R2Bucket,
  objectKey: string,
  { sizeBytes, etag }: FileFacts,
  signal: AbortSignal,
): SourceReader {
  let reads = 0;
  let bytes = 0;
  return {
    sizeBytes,
    async read(offset, length) {
      reads++;
      bytes += length;
      if (reads > mostReads || bytes > mostBytes) throw new FileNotRead("It takes too much reading.");
      if (signal.aborted) throw new FileNotRead("It takes too long.");
      if (length === 0) return new Uint8Array(0);
      const object = await bucket.get(objectKey, {
        range: { offset, length },
        onlyIf: { etagMatches: etag },
      });
      if (object === null || !("body" in object)) throw new FileNotRead("The file is not what it was.");
      const read = new Uint8Array(await object.arrayBuffer());
      if (read.length !== length) throw new FileNotRead("The file ends before it should.");
      return read;
    },
  };
}
