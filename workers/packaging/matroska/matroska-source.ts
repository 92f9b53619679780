// An uploaded Matroska or WebM file as a timeline. Its Cues say where it may be cut; of the media itself only the
// beginning, and a few places more, are looked at.
import { ok, refuse, type Result } from "#workers/result.ts";
import { boundReads } from "../source/bounded-reads.ts";
import type { SourceReader, SourceTimeline, Unfit, UnfitCode } from "../source/source.ts";
import { checkPlaces } from "./check-places.ts";
import { cutAtCues, readCues, type Cue } from "./cue-edges.ts";
import { ids } from "./ids.ts";
import { measureTimes } from "./measure-times.ts";
import { headBytes, readHeader, type MatroskaHeader } from "./read-header.ts";
import { readTracks } from "./read-tracks.ts";
import { scanBlocks } from "./scan.ts";
import { writeTimeline } from "./write-timeline.ts";
import type { BoundedReads } from "../source/bounded-reads.ts";

const mostReads = 16;
const mostBytes = 16 * 2 ** 20;
const usualTimestampScale = 1_000_000;
/** The first picture is shown from the start: the first fragment is longer by as much. */
const mostLateSeconds = 10;

export async function readMatroskaSource(reader: SourceReader): Promise<Result<SourceTimeline, Unfit>> {
  const file = boundReads(reader, mostReads, mostBytes);
  const header = await readHeader(file);
  if (!header.ok) return header;
  const tracks = readTracks(header.value.tracks);
  if (!tracks.ok) return tracks;
  const { picture, sound } = tracks.value;
  const lead = picture ?? sound[0];
  if (!lead) return unfit("noMedia", "The file has neither pictures nor sound.");
  const timestampScale = header.value.info.uint(ids.timestampScale) ?? usualTimestampScale;
  if (timestampScale === 0 || timestampScale > 1e9)
    return unfit("malformed", "The file's unit of time is absurd.");

  const start = await readStart(file, header.value);
  if (start === null) return unfit("malformed", "The file's first media could not be read.");
  const soundNumbers = sound.map(({ number }) => number);
  const scan = scanBlocks(start, picture?.number ?? null, soundNumbers);
  const first = picture ? scan.pictures[0] : scan.sound.get(lead.number)?.[0];
  if (!first) return unfit("malformed", "The file's first media hold no pictures that could be read.");
  if (picture && !scan.pictures[0]?.isKey)
    return unfit("openGop", "The film does not begin with a key frame.");
  const { segment, firstClusterOffset, clustersEnd } = header.value;
  const begin: Cue = { timestamp: first.timestamp, clusterOffset: firstClusterOffset, relativeBytes: 0 };
  const later = readCues(header.value.cues, lead.number, segment.bodyOffset).filter(
    (cue) => cue.timestamp > begin.timestamp && cue.clusterOffset < clustersEnd,
  );
  const cues = [begin, ...later];
  const times = measureTimes(timestampScale, tracks.value, scan, cues);
  if (!times.ok) return times;
  const { toSeconds } = times.value;
  if (toSeconds(begin.timestamp) > mostLateSeconds) {
    return unfit("interleaving", `The picture begins more than ${mostLateSeconds} s after the sound.`);
  }
  const endSeconds = filmEndSeconds(header.value, times.value.lastFrameSeconds, cues, toSeconds);
  if (endSeconds === null) return unfit("malformed", "The file does not say how long it is.");
  const cut = cutAtCues(cues, toSeconds, endSeconds, clustersEnd);
  if (!cut.ok) return cut;
  const places = await checkPlaces(file, tracks.value, cut.value, timestampScale);
  if (!places.ok) return places;
  return ok(
    writeTimeline({
      header: header.value,
      times: times.value,
      cut: cut.value,
      delay: Math.max(times.value.delay, places.value.delay),
      endSeconds,
    }),
  );
}

/** From the first cluster on. */
async function readStart(file: BoundedReads, header: MatroskaHeader): Promise<Uint8Array | null> {
  const { head, firstClusterOffset, clustersEnd } = header;
  const wanted = Math.min(headBytes / 2, clustersEnd - firstClusterOffset);
  if (firstClusterOffset + wanted <= head.length) return head.subarray(firstClusterOffset, clustersEnd);
  return file.read(firstClusterOffset, Math.min(headBytes, clustersEnd - firstClusterOffset));
}

/** Null where the file's Duration is missing or ends before its last cue. */
function filmEndSeconds(
  header: MatroskaHeader,
  lastFrameSeconds: number,
  cues: readonly Cue[],
  toSeconds: (timestamp: number) => number,
): number | null {
  const duration = header.info.float(ids.duration);
  const lastSeconds = toSeconds(cues.at(-1)?.timestamp ?? 0);
  const endSeconds = duration === null ? Number.NaN : toSeconds(duration);
  if (!Number.isFinite(endSeconds)) return null;
  // A Duration that ends with the last key frame counts no frame of its own.
  if (endSeconds < lastSeconds - 1) return null;
  return Math.max(endSeconds, lastSeconds + lastFrameSeconds);
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
