// The byte ranges of a file that a chunk needs, as whoever plans work lists them: found here by an independent reader.
import { execFile } from "node:child_process";
import { open, stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { VideoWork } from "#workers/transcoding/contract.ts";

const run = promisify(execFile);
type Ranges = NonNullable<VideoWork["source"]["ranges"]>;

/** What the recipe seeks to lies up to a second before the chunk, at a key frame; decoders read a little ahead. */
const beforeSeconds = 1.2;
const afterSeconds = 1;
/** For finding out what the streams are. */
const headSeconds = 1;
const clusterBytes = 64_000;

interface Packet {
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
  readonly key: boolean;
}

/** All but the pictures and the sound of other times. */
export async function rangesOf(path: string, work: VideoWork): Promise<Ranges> {
  const { numerator, denominator } = work.grid.frameRate;
  const start = work.sourceStartSeconds + (work.firstFrame * denominator) / numerator - beforeSeconds;
  const end =
    work.sourceStartSeconds + ((work.firstFrame + work.frameCount) * denominator) / numerator + afterSeconds;
  const packets = await packetsOf(path, work.streamIndex);
  const keys = packets.filter(({ key, seconds }) => key && seconds <= start).map(({ seconds }) => seconds);
  const from = Math.max(...keys, packets[0]?.seconds ?? 0);
  const first = packets[0]?.seconds ?? 0;
  const wanted = packets.filter(
    ({ seconds }) => (seconds >= from && seconds <= end) || seconds <= first + headSeconds,
  );
  const { size } = await stat(path);
  const others = path.endsWith(".mkv") ? aroundClusters(packets, size) : await boxesBesideMedia(path, size);
  return joined([...others, ...wanted]);
}

async function packetsOf(path: string, streamIndex: number): Promise<readonly Packet[]> {
  const entries = "packet=stream_index,pts_time,pos,size,flags";
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_entries", entries, "-of", "json", path], {
    maxBuffer: 100_000_000,
  });
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string | number>[] };
  // Of Matroska, `pos` is the block's: the cluster's header and its neighbours lie around it.
  const around = path.endsWith(".mkv") ? clusterBytes : 0;
  return packets
    .filter((packet) => packet["stream_index"] === streamIndex)
    .map((packet) => ({
      seconds: Number(packet["pts_time"]),
      from: Math.max(0, Number(packet["pos"]) - around),
      to: Number(packet["pos"]) + Number(packet["size"]) + around,
      key: String(packet["flags"]).startsWith("K"),
    }));
}

/** Everything before the first picture and after the last: header, tracks, cues. */
function aroundClusters(packets: readonly Packet[], size: number) {
  const first = Math.min(...packets.map(({ from }) => from));
  const last = Math.max(...packets.map(({ to }) => Math.min(size, to))) - 2 * clusterBytes;
  return [
    { from: 0, to: first },
    { from: last, to: size },
  ];
}

/** Whole boxes, and of `mdat` its header. */
async function boxesBesideMedia(path: string, size: number) {
  const file = await open(path);
  const boxes: { from: number; to: number }[] = [];
  try {
    for (let at = 0; at < size;) {
      const { buffer } = await file.read(Buffer.alloc(16), 0, 16, at);
      const small = buffer.readUInt32BE(0);
      const length = small === 1 ? Number(buffer.readBigUInt64BE(8)) : small === 0 ? size - at : small;
      const isMedia = buffer.toString("latin1", 4, 8) === "mdat";
      boxes.push({ from: at, to: isMedia ? at + 16 : at + length });
      at += length;
    }
  } finally {
    await file.close();
  }
  return boxes;
}

function joined(intervals: readonly { readonly from: number; readonly to: number }[]): Ranges {
  const ranges: Ranges = [];
  let end = -1;
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = ranges.at(-1);
    if (last && from <= end) last.sizeBytes = Math.max(end, to) - last.offsetBytes;
    else ranges.push({ offsetBytes: from, sizeBytes: to - from });
    end = Math.max(end, to);
  }
  return ranges;
}
