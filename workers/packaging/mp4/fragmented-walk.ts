// A walk over movie fragments, one after the other, for what no index tells: when tracks begin and end, and, where a file
// has no index at all, where its key frames are.
import { readBoxHeader } from "../cmaf/boxes.ts";
import type { BoxReader } from "./fragmented-boxes.ts";
import { readMoof, type SampleDefaults, type TrackRun } from "./fragmented-moof.ts";

/** A moof of ten seconds: some kilobytes. */
const windowBytes = 16_384;
const mostMoofBytes = 2 ** 20;

export interface WalkedFragment {
  readonly offsetBytes: number;
  readonly runs: readonly TrackRun[];
}

/** `damaged`: no more boxes, or too many reads, before `endBytes`. `cut`: the file ends inside a box. */
export type FragmentWalkEnd = "end" | "stopped" | "damaged" | "cut";

/** The visitor answers whether to go on. */
export async function walkFragments(
  reader: BoxReader,
  fromBytes: number,
  endBytes: number,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
  visit: (fragment: WalkedFragment) => boolean,
): Promise<FragmentWalkEnd> {
  let offset = fromBytes;
  while (offset < endBytes) {
    const box = await reader.boxAt(offset, windowBytes);
    if (!box) return "damaged";
    if (offset + box.sizeBytes > reader.sizeBytes) return "cut";
    if (box.type === "mfra") return "end";
    if (box.type === "moof") {
      if (box.sizeBytes > mostMoofBytes) return "damaged";
      const bytes = await reader.bytes(offset, box.sizeBytes, windowBytes);
      const moof = bytes && readBoxHeader(bytes, 0);
      const runs = moof && readMoof(bytes, moof, offset, defaultsOf);
      if (!runs) return "damaged";
      if (!visit({ offsetBytes: offset, runs })) return "stopped";
    }
    offset += box.sizeBytes;
  }
  return "end";
}
