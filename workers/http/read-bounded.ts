import { concatBytes } from "#workers/bytes.ts";

/** Null when there is more than `limitBytes`; what is left is not read. Counts what arrives: a body may lie or not say. */
export async function readBounded(
  stream: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > limitBytes) return null;
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
