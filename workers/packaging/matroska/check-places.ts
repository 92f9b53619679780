// A few places of a film are looked at: whether key frames are where the Cues say, need nothing from before, and have
// their sound beside them.
import { ok, refuse, type Result } from "#workers/result.ts";
import type { BoundedReads } from "../source/bounded-reads.ts";
import { mostSkewSeconds } from "../source/sound-holes.ts";
import type { Unfit, UnfitCode } from "../source/source.ts";
import type { Cue, FilmSpans } from "./cue-edges.ts";
import type { PictureTrack, SoundTrack } from "./read-tracks.ts";
import { orderPictures, scanBlocks, type Scan } from "./scan.ts";

const places = 5;
const placeBytes = 512 * 1024;
const mostBeforeBytes = 256 * 1024;
const cueToleranceSeconds = 0.05;

interface Tracks {
  readonly picture: PictureTrack | null;
  readonly sound: readonly SoundTrack[];
}

export async function checkPlaces(
  file: BoundedReads,
  tracks: Tracks,
  cut: FilmSpans,
  timestampScale: number,
): Promise<Result<{ readonly delay: number }, Unfit>> {
  const numbers = tracks.sound.map(({ number }) => number);
  const reads = chosen(cut.edges.slice(1)).map(async (edge) => {
    const bytes = await file.read(edge.clusterOffset, edge.relativeBytes + placeBytes);
    if (bytes === null) return null;
    const scan = scanBlocks(bytes, tracks.picture?.number ?? null, numbers, edge.relativeBytes);
    return { edge, scan };
  });
  let delay = 0;
  for (const read of await Promise.all(reads)) {
    if (read === null) continue;
    const seconds = (units: number) => (units * timestampScale) / 1e9;
    const fault = tracks.picture ? pictureFault(tracks.picture, read.edge, read.scan, seconds) : null;
    if (fault) return refuse(fault);
    if (seconds(read.scan.skew) > mostSkewSeconds) {
      return unfit("interleaving", "Pictures and sound of the same time lie far apart in the file.");
    }
    delay = Math.max(delay, orderPictures(read.scan.pictures, read.scan.end === "whole").delay);
  }
  return ok({ delay });
}

/** Spread over the film. */
function chosen(edges: readonly Cue[]): readonly Cue[] {
  const near = edges.filter(({ relativeBytes }) => relativeBytes <= mostBeforeBytes);
  if (near.length <= places) return near;
  return Array.from(
    { length: places },
    (_, index) => near[Math.floor(((index + 1) * near.length) / (places + 1))],
  ).filter((edge) => edge !== undefined);
}

function pictureFault(
  track: PictureTrack,
  edge: Cue,
  scan: Scan,
  seconds: (units: number) => number,
): Unfit | null {
  const [key] = scan.pictures;
  if (!key?.isKey || Math.abs(seconds(key.timestamp - edge.timestamp)) > cueToleranceSeconds) {
    return { code: "indexMissing", message: "The file's index (Cues) does not lead to its key frames." };
  }
  const isOpen =
    scan.pictures.some(({ timestamp }) => timestamp < key.timestamp) ||
    (track.codecId === "V_MPEG4/ISO/AVC" && !beginsAnew(track, key.bytes));
  if (!isOpen) return null;
  return {
    code: "openGop",
    message: "Pictures need others from before the key frame that they follow: the film can't be cut there.",
  };
}

const idrSlice = 5;
const slices = new Set([1, 2, 3, 4]);

/** Whether the first slice is that of an instantaneous decoder refresh (ITU-T H.264 7.4.1.2.4). */
function beginsAnew(track: PictureTrack, frame: Uint8Array): boolean {
  // 14496-15 5.3.3.1.2: lengthSizeMinusOne.
  const lengthBytes = ((track.codecPrivate?.[4] ?? 3) & 3) + 1;
  // A removed header takes the first NAL's length with it: nothing can be said.
  if (track.prefix.length > 0) return true;
  let at = 0;
  while (at + lengthBytes < frame.length) {
    let sizeBytes = 0;
    for (let i = 0; i < lengthBytes; i++) sizeBytes = sizeBytes * 256 + (frame[at + i] ?? 0);
    const type = (frame[at + lengthBytes] ?? 0) & 31;
    if (type === idrSlice) return true;
    if (slices.has(type)) return false;
    at += lengthBytes + sizeBytes;
  }
  return true;
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
