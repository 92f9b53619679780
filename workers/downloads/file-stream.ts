// The bytes of a download, from the stored objects through the patcher to the client: as fast as that reads, and nothing
// is held but what is on its way.
import { FragmentPatcher } from "#workers/packaging/download/fragment-patch.ts";
import type { FileLayout, FilePiece, FileTrack } from "#workers/packaging/download/file-layout.ts";
import { chunkKey } from "#workers/storage/keys.ts";
import { openSpan, type ByteSpan } from "#workers/storage/objects.ts";

export interface FileOf {
  readonly videoId: string;
  readonly version: number;
  readonly tracks: readonly FileTrack[];
  readonly layout: FileLayout;
}

/** Told now and then, so that of a long file that is broken off in the end what went out is known. */
const toldBytes = 8 * 1024 * 1024;

export interface FileStream {
  readonly body: ReadableStream;
  /** When all was taken, or the client has gone: the request goes on until then. */
  readonly ended: Promise<void>;
}

/**
 * Exactly the bytes of `span`, with their length known to the runtime: an answer without would go in chunks. `sent` is told
 * how many more the client took.
 */
export function streamFile(
  bucket: R2Bucket,
  file: FileOf,
  span: ByteSpan,
  sent: (bytes: number) => void,
): FileStream {
  return streamed(bytesOf(bucket, file, span), span.sizeBytes, sent);
}

export function streamed(
  pieces: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  sent: (bytes: number) => void,
): FileStream {
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  return { body: readable, ended: pump(pieces, writable.getWriter(), sent) };
}

async function pump(
  pieces: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  sent: (bytes: number) => void,
): Promise<void> {
  let untold = 0;
  try {
    for await (const bytes of pieces) {
      await writer.write(bytes);
      untold += bytes.length;
      if (untold < toldBytes) continue;
      sent(untold);
      untold = 0;
    }
    await writer.close();
  } catch (error) {
    // The client went, or what was stored did: either way its connection ends short of the length that it was told.
    await writer.abort(error).catch(() => undefined);
  }
  if (untold > 0) sent(untold);
}

async function* bytesOf(bucket: R2Bucket, file: FileOf, { offsetBytes, sizeBytes }: ByteSpan) {
  const end = offsetBytes + sizeBytes;
  const { head, pieces } = file.layout;
  if (offsetBytes < head.length) yield head.subarray(offsetBytes, Math.min(end, head.length));
  let at = head.length;
  for (const piece of pieces) {
    const pieceEnd = at + piece.sizeBytes;
    if (pieceEnd > offsetBytes && at < end)
      yield* pieceBytes(bucket, file, piece, Math.max(0, offsetBytes - at), Math.min(end, pieceEnd) - at);
    at = pieceEnd;
  }
}

/** Bytes `from` to `to` of a piece: read from the fragment that holds the first to the one that holds the last. */
async function* pieceBytes(
  bucket: R2Bucket,
  { videoId, version, tracks, layout }: FileOf,
  piece: FilePiece,
  from: number,
  to: number,
) {
  const track = tracks[piece.trackIndex]?.track;
  const { location } = piece;
  if (track === undefined || location.kind !== "chunk") throw new Error("what is downloaded is stored");
  const fragments: { sizeBytes: number; patch: ReturnType<FileLayout["patchOf"]> }[] = [];
  let start = 0;
  let end = 0;
  for (let index = piece.from, at = 0; index < piece.to; index++) {
    const sizeBytes = track.fragments.sizeBytes[index] ?? 0;
    const isWanted = at + sizeBytes > from && at < to;
    if (isWanted) {
      if (fragments.length === 0) start = at;
      fragments.push({ sizeBytes, patch: layout.patchOf(piece, index) });
      end = at + sizeBytes;
    }
    at += sizeBytes;
  }
  const key = chunkKey({ videoId, version, track: track.format.id, ...location });
  const stored = { offsetBytes: piece.offsetBytes + start, sizeBytes: end - start };
  const body = await openSpan(bucket, key, stored);
  if (body === null) throw new Error(`${key} is gone`);
  const patcher = new FragmentPatcher(fragments);
  let at = start;
  for await (const bytes of body as ReadableStream<Uint8Array>) {
    for (const patched of patcher.push(bytes)) {
      const wanted = patched.subarray(Math.max(0, from - at), Math.max(0, to - at));
      at += patched.length;
      if (wanted.length > 0) yield wanted;
    }
  }
}
