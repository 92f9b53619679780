// Where the index of an MP4 or MOV is: the top-level boxes are walked by small reads, wherever they lie.
import { ok, refuse, type Result } from "#workers/result.ts";
import { readBoxHeader } from "../cmaf/boxes.ts";
import type { ByteRange, SourceReader, Unfit } from "../source/source.ts";

export interface FoundMoov {
  /** The whole box, header included. */
  readonly moov: Uint8Array;
  readonly moovRange: ByteRange;
  /** Headers of the top-level boxes on the way to it, and small boxes whole: what any reader walks over. */
  readonly headers: readonly ByteRange[];
}

/** Read whole and held in memory while the file is inspected. */
const mostMoovBytes = 24 * 2 ** 20;
const windowBytes = 65_536;
/** Boxes before the moov of a real file: a few. A walk over more is somebody's joke, and each may be a read. */
const mostWindows = 24;
/** A size of 64 bits after the usual eight bytes. */
const longestHeaderBytes = 16;
const smallBoxBytes = 4096;

/** `head` is what was read of the file's beginning. */
export async function findMoov(
  reader: SourceReader,
  head: Uint8Array = new Uint8Array(0),
): Promise<Result<FoundMoov, Unfit>> {
  const headers: ByteRange[] = [];
  let window = { offsetBytes: 0, bytes: head };
  let windows = 0;
  let offset = 0;
  while (offset < reader.sizeBytes) {
    const inWindow = offset - window.offsetBytes;
    const isMissing = inWindow < 0 || inWindow + longestHeaderBytes > window.bytes.length;
    const reachesEnd = window.offsetBytes + window.bytes.length === reader.sizeBytes;
    if (isMissing && !(reachesEnd && inWindow >= 0 && inWindow < window.bytes.length)) {
      if (++windows > mostWindows) return unfit("indexMissing", "The file's index was not found.");
      const bytes = await reader.read(offset, Math.min(windowBytes, reader.sizeBytes - offset));
      window = { offsetBytes: offset, bytes };
    }
    const header = topLevelBox(window.bytes, offset - window.offsetBytes, reader.sizeBytes - offset);
    if (!header) return unfit("malformed", `The box at byte ${offset} of the file has no valid header.`);
    const { type, sizeBytes, headerBytes } = header;
    if (offset + sizeBytes > reader.sizeBytes) {
      return unfit("truncated", `The file ends inside its ${type} box: a part of it is missing.`);
    }
    headers.push({ offsetBytes: offset, sizeBytes: sizeBytes <= smallBoxBytes ? sizeBytes : headerBytes });
    if (type === "moov") return readMoovAt(reader, { offsetBytes: offset, sizeBytes }, headers);
    offset += sizeBytes;
  }
  return unfit("indexMissing", "The file has no index (moov): it was not finished, or a part is missing.");
}

async function readMoovAt(
  reader: SourceReader,
  moovRange: ByteRange,
  headers: readonly ByteRange[],
): Promise<Result<FoundMoov, Unfit>> {
  if (moovRange.sizeBytes > mostMoovBytes) {
    const message = `The file's index has ${moovRange.sizeBytes} bytes; at most ${mostMoovBytes} are read.`;
    return unfit("indexTooLarge", message);
  }
  const moov = await reader.read(moovRange.offsetBytes, moovRange.sizeBytes);
  return ok({ moov, moovRange, headers });
}

interface TopLevelBox {
  readonly type: string;
  readonly sizeBytes: number;
  readonly headerBytes: number;
}

function topLevelBox(window: Uint8Array, at: number, leftBytes: number): TopLevelBox | null {
  const box = readBoxHeader(window, at);
  if (!box || !/^[\x20-\x7e\xa9]{4}$/.test(box.type)) return null;
  // 14496-12 4.2: size 0 runs to the end of the file, which is not the end of the window.
  const runsToEnd = window.subarray(at, at + 4).every((byte) => byte === 0);
  const sizeBytes = runsToEnd ? leftBytes : box.end - box.offset;
  return { type: box.type, sizeBytes, headerBytes: box.bodyOffset - box.offset };
}

function unfit(code: Unfit["code"], message: string) {
  return refuse<Unfit>({ code, message });
}
