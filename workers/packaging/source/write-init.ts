// The CMAF init segment of a track that is cut out of an uploaded file: one track, no samples, at most one edit.
import { concatBytes } from "#workers/bytes.ts";
import { ascii, box, fullBox, u16, u32, u64, zeros } from "../cmaf/write-boxes.ts";

interface TrackInit {
  readonly timescale: number;
  /** A complete sample entry box: avc1, av01, vp09, mp4a, Opus. */
  readonly sampleEntry: Uint8Array;
  /** Media time that is presented at 0 s. */
  readonly editStartTicks: number;
}

export interface VideoTrackInit extends TrackInit {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
}

export interface AudioTrackInit extends TrackInit {
  readonly kind: "audio";
}

/** The number of the one track in each of our segments. */
export const trackId = 1;

export function writeInit(track: VideoTrackInit | AudioTrackInit): Uint8Array<ArrayBuffer> {
  const trak = box("trak", trackHeader(track), ...editList(track.editStartTicks), media(track));
  // 14496-12 8.8.3: every default is written in the fragments.
  const trex = fullBox("trex", 0, 0, u32(trackId), u32(1), u32(0), u32(0), u32(0));
  return concatBytes([fileType, box("moov", movieHeader, trak, box("mvex", trex))]);
}

const identityMatrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32);
const fileType = box("ftyp", ascii("cmfc"), u32(0), ascii("iso6"), ascii("cmfc"), ascii("mp41"));

// 14496-12 8.2.2. The durations of a fragmented file are those of its fragments.
const movieHeader = fullBox(
  "mvhd",
  0,
  0,
  ...[0, 0, 1000, 0, 0x10000].map(u32),
  u16(0x0100),
  zeros(10),
  ...identityMatrix,
  zeros(24),
  u32(trackId + 1),
);

// 8.3.2: enabled, in the movie.
function trackHeader(track: VideoTrackInit | AudioTrackInit): Uint8Array {
  const isVideo = track.kind === "video";
  return fullBox(
    "tkhd",
    0,
    3,
    ...[0, 0, trackId, 0, 0].map(u32),
    zeros(8),
    u16(0),
    u16(0),
    u16(isVideo ? 0 : 0x0100),
    u16(0),
    ...identityMatrix,
    u32(isVideo ? track.width * 0x10000 : 0),
    u32(isVideo ? track.height * 0x10000 : 0),
  );
}

// 8.6.6: one entry, duration 0 (all that follows), rate 1. Version 1 where the time takes it.
function editList(mediaTime: number): readonly Uint8Array[] {
  if (mediaTime === 0) return [];
  const isLong = mediaTime > 0x7fffffff;
  const times = isLong ? [u64(0), u64(mediaTime)] : [u32(0), u32(mediaTime)];
  return [box("edts", fullBox("elst", isLong ? 1 : 0, 0, u32(1), ...times, u32(0x10000)))];
}

function media(track: VideoTrackInit | AudioTrackInit): Uint8Array {
  const isVideo = track.kind === "video";
  // 8.4.2: `und`. The manifest names the language.
  const mdhd = fullBox("mdhd", 0, 0, ...[0, 0, track.timescale, 0].map(u32), u16(0x55c4), u16(0));
  const handler = ascii(isVideo ? "vide" : "soun");
  const hdlr = fullBox("hdlr", 0, 0, u32(0), handler, zeros(12), zeros(1));
  const mediaHeader = isVideo ? fullBox("vmhd", 0, 1, zeros(8)) : fullBox("smhd", 0, 0, zeros(4));
  const dinf = box("dinf", fullBox("dref", 0, 0, u32(1), fullBox("url ", 0, 1)));
  const minf = box("minf", mediaHeader, dinf, sampleTable(track.sampleEntry));
  return box("mdia", mdhd, hdlr, minf);
}

function sampleTable(sampleEntry: Uint8Array): Uint8Array {
  const stsd = fullBox("stsd", 0, 0, u32(1), sampleEntry);
  const noEntries = (type: string) => fullBox(type, 0, 0, u32(0));
  const stsz = fullBox("stsz", 0, 0, u32(0), u32(0));
  return box("stbl", stsd, noEntries("stts"), noEntries("stsc"), stsz, noEntries("stco"));
}
