// Ranged reads of a file that anyone may have written, of which only so much is read.
import type { SourceReader } from "./source.ts";

export interface BoundedReads {
  readonly sizeBytes: number;
  /** As much as is there of the range; null when it is more than may still be read, or outside the file. */
  read(offsetBytes: number, sizeBytes: number): Promise<Uint8Array | null>;
}

export function boundReads(reader: SourceReader, mostReads: number, mostBytes: number): BoundedReads {
  let reads = 0;
  let bytes = 0;
  return {
    sizeBytes: reader.sizeBytes,
    async read(offsetBytes, sizeBytes) {
      if (offsetBytes < 0 || offsetBytes >= reader.sizeBytes || sizeBytes <= 0) return null;
      const there = Math.min(sizeBytes, reader.sizeBytes - offsetBytes);
      if (reads + 1 > mostReads || bytes + there > mostBytes) return null;
      reads++;
      bytes += there;
      return reader.read(offsetBytes, there);
    },
  };
}
