// Matroska files made by hand, for what no muxer at hand writes: lacing, unknown sizes, indexes that lie. The pictures
// are VP9 by their first bytes and the sound is Opus by its packets' first byte; nobody decodes them.
import { concatBytes } from "#workers/bytes.ts";
import { ids } from "#workers/packaging/matroska/ids.ts";
import type { Lacing } from "#workers/packaging/matroska/blocks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export function element(id: number, ...parts: readonly Uint8Array[]): Bytes {
  const body = concatBytes(parts);
  return concatBytes([idBytes(id), sizeBytes(body.length), body]);
}

/** RFC 8794 6.2: all bits of the size are one. */
export function unknownSize(id: number, ...parts: readonly Uint8Array[]): Bytes {
  return concatBytes([idBytes(id), Uint8Array.of(0x01, 255, 255, 255, 255, 255, 255, 255), ...parts]);
}

export function uint(id: number, value: number): Bytes {
  return element(id, bigEndian(value, 8));
}

export function float(id: number, value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return element(id, bytes);
}

export function text(id: number, value: string): Bytes {
  return element(id, new TextEncoder().encode(value));
}

function idBytes(id: number): Bytes {
  return bigEndian(id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
}

/** Always eight bytes: what encloses it can be laid out before it is known. */
function sizeBytes(size: number): Bytes {
  const bytes = bigEndian(size, 8);
  bytes[0] = 0x01;
  return bytes;
}

function bigEndian(value: number, count: number): Bytes {
  const bytes = new Uint8Array(count);
  let rest = value;
  for (let at = count - 1; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

export interface BlockSpec {
  readonly track: number;
  readonly relative: number;
  readonly isKey: boolean;
  readonly lacing?: Lacing;
  readonly frames: readonly Uint8Array[];
}

export function blockBody({ track, relative, isKey, lacing = "none", frames }: BlockSpec): Bytes {
  const bits = { none: 0, xiph: 2, fixed: 4, ebml: 6 }[lacing];
  const head = Uint8Array.of(0x80 | track, (relative >> 8) & 255, relative & 255, (isKey ? 0x80 : 0) | bits);
  return concatBytes([head, ...laceSizes(lacing, frames), ...frames]);
}

// RFC 9559 10.3.
function laceSizes(lacing: Lacing, frames: readonly Uint8Array[]): readonly Uint8Array[] {
  if (lacing === "none") return [];
  const count = Uint8Array.of(frames.length - 1);
  const sizes = frames.slice(0, -1).map(({ length }) => length);
  switch (lacing) {
    case "fixed":
      return [count];
    case "xiph":
      return [
        count,
        ...sizes.map((size) => Uint8Array.of(...Array<number>(Math.floor(size / 255)).fill(255), size % 255)),
      ];
    case "ebml":
      return [
        count,
        ...sizes.map((size, index) => {
          // Four bytes each: the first as it is, then differences around 2^27 - 1.
          const before = sizes[index - 1];
          const value = before === undefined ? size : size - before + 2 ** 27 - 1;
          return bigEndian(0x10000000 + value, 4);
        }),
      ];
  }
}

export const keyFrame = Uint8Array.of(0x82, 0x49, 0x83, 0x42, 0, 1, 2, 3, 4, 5, 6, 7);
export const otherFrame = Uint8Array.of(0x86, 9, 9, 9, 9, 9);
/** CELT, 20 ms, one frame. */
export const opusPacket = Uint8Array.of(0xfc, 1, 2, 3, 4, 5);

export const opusHead = concatBytes([
  new TextEncoder().encode("OpusHead"),
  Uint8Array.of(1, 2, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0),
]);

export interface FilmSpec {
  readonly gops: number;
  readonly gopSeconds: number;
  readonly gopsPerCluster: number;
  readonly picturesPerSecond: number;
  /** Bytes that each cluster has besides. */
  readonly paddingBytes: number;
  readonly unknownSizes: boolean;
  readonly relativePositions: boolean;
  readonly cues: "listed" | "notListed" | "none" | "ofSound";
  /** After their key frame comes a picture that is shown before it. */
  readonly openGops: (gop: number) => boolean;
  readonly soundLateSeconds: number;
  readonly lacing: Lacing;
  /** Of each picture. */
  readonly removedHeaderBytes: number;
  readonly docType: string;
  readonly videoCodec: string;
  /** Of the picture's entry. */
  readonly trackParts: readonly Uint8Array[];
  readonly videoParts: readonly Uint8Array[];
  /** More entries, sound or other. */
  readonly moreTracks: readonly Uint8Array[];
  readonly seekHead: readonly (readonly [id: number, position: number])[];
  readonly duration: number | null;
}

const usual: FilmSpec = {
  gops: 6,
  gopSeconds: 2,
  gopsPerCluster: 1,
  picturesPerSecond: 10,
  paddingBytes: 0,
  unknownSizes: false,
  relativePositions: true,
  cues: "listed",
  openGops: () => false,
  soundLateSeconds: 0,
  lacing: "none",
  removedHeaderBytes: 0,
  docType: "webm",
  videoCodec: "V_VP9",
  trackParts: [],
  videoParts: [],
  moreTracks: [],
  seekHead: [],
  duration: null,
};

const framesPerLace = 5;
const packetSeconds = 0.02;

interface Item extends BlockSpec {
  readonly milliseconds: number;
}

/** Pictures in track 1, sound in track 2. */
export function buildMatroska(changes: Partial<FilmSpec> = {}): Bytes {
  const spec = { ...usual, ...changes };
  const { clusters, cues } = layClusters(spec);
  const header = element(ids.ebml, text(ids.docType, spec.docType));
  const durationMs = spec.duration ?? spec.gops * spec.gopSeconds * 1000;
  const info = element(ids.info, uint(ids.timestampScale, 1_000_000), float(ids.duration, durationMs));
  const tracks = element(ids.tracks, ...trackEntries(spec));
  const seekEntry = (id: number, position: number) =>
    element(ids.seek, element(ids.seekId, idBytes(id)), uint(ids.seekPosition, position));
  const seekHead = (cuesAt: number) =>
    element(
      ids.seekHead,
      ...(spec.cues === "listed" || spec.cues === "ofSound" ? [seekEntry(ids.cues, cuesAt)] : []),
      ...spec.seekHead.map(([id, position]) => seekEntry(id, position)),
    );
  const before = seekHead(0).length + info.length + tracks.length;
  const clusterBytes = clusters.reduce((sum, { length }) => sum + length, 0);
  const cueTrack = spec.cues === "ofSound" ? 2 : 1;
  const index = element(
    ids.cues,
    ...cues.map(({ milliseconds, cluster, relative }) => {
      const position = clusters.slice(0, cluster).reduce((sum, { length }) => sum + length, before);
      return element(
        ids.cuePoint,
        uint(ids.cueTime, milliseconds),
        element(
          ids.cueTrackPositions,
          uint(ids.cueTrack, cueTrack),
          uint(ids.cueClusterPosition, position),
          ...(spec.relativePositions ? [uint(ids.cueRelativePosition, relative)] : []),
        ),
      );
    }),
  );
  const segment = spec.unknownSizes ? unknownSize : element;
  return concatBytes([
    header,
    segment(
      ids.segment,
      seekHead(before + clusterBytes),
      info,
      tracks,
      ...clusters,
      ...(spec.cues === "none" ? [] : [index]),
    ),
  ]);
}

function trackEntries(spec: FilmSpec): readonly Uint8Array[] {
  const video = element(ids.video, uint(ids.pixelWidth, 160), uint(ids.pixelHeight, 90), ...spec.videoParts);
  const picture = element(
    ids.trackEntry,
    uint(ids.trackNumber, 1),
    uint(ids.trackType, 1),
    text(ids.codecId, spec.videoCodec),
    video,
    ...spec.trackParts,
  );
  return [picture, soundEntry(2, "A_OPUS"), ...spec.moreTracks];
}

export function soundEntry(number: number, codec: string, ...parts: readonly Uint8Array[]): Bytes {
  return element(
    ids.trackEntry,
    uint(ids.trackNumber, number),
    uint(ids.trackType, 2),
    text(ids.codecId, codec),
    element(ids.codecPrivate, opusHead),
    element(ids.audio, float(ids.samplingFrequency, 48_000), uint(ids.channels, 2)),
    ...parts,
  );
}

interface CueSpec {
  readonly milliseconds: number;
  readonly cluster: number;
  readonly relative: number;
}

function layClusters(spec: FilmSpec) {
  const clusters: Bytes[] = [];
  const cues: CueSpec[] = [];
  for (let first = 0; first < spec.gops; first += spec.gopsPerCluster) {
    const startMs = first * spec.gopSeconds * 1000;
    const parts: Uint8Array[] = [uint(ids.timestamp, startMs)];
    let relative = parts[0]?.length ?? 0;
    for (let gop = first; gop < Math.min(spec.gops, first + spec.gopsPerCluster); gop++) {
      for (const item of itemsOf(spec, gop)) {
        if (item.track === 1 && item.isKey) {
          cues.push({ milliseconds: item.milliseconds, cluster: clusters.length, relative });
        }
        const block = element(ids.simpleBlock, blockBody({ ...item, relative: item.milliseconds - startMs }));
        parts.push(block);
        relative += block.length;
      }
    }
    parts.push(element(ids.void, new Uint8Array(spec.paddingBytes)));
    clusters.push(spec.unknownSizes ? unknownSize(ids.cluster, ...parts) : element(ids.cluster, ...parts));
  }
  return { clusters, cues };
}

/** A group of pictures and the sound beside it, in the order of time. */
function itemsOf(spec: FilmSpec, gop: number): readonly Item[] {
  const items: Item[] = [];
  const startMs = gop * spec.gopSeconds * 1000;
  const pictures = spec.gopSeconds * spec.picturesPerSecond;
  for (let index = 0; index < pictures; index++) {
    const milliseconds = startMs + Math.round((index * 1000) / spec.picturesPerSecond);
    const isKey = index === 0;
    const isLeading = index === 1 && gop > 0 && spec.openGops(gop);
    const frames = [(isKey ? keyFrame : otherFrame).subarray(spec.removedHeaderBytes)];
    const shown = isLeading ? startMs - 50 : milliseconds;
    items.push({ track: 1, relative: 0, isKey, frames, milliseconds: shown });
  }
  const laced = spec.lacing === "none" ? 1 : framesPerLace;
  const blocks = Math.round(spec.gopSeconds / packetSeconds / laced);
  for (let index = 0; index < blocks; index++) {
    const milliseconds = startMs + (index * laced * packetSeconds + spec.soundLateSeconds) * 1000;
    const frames = Array<Uint8Array>(laced).fill(opusPacket);
    items.push({ track: 2, relative: 0, isKey: true, lacing: spec.lacing, frames, milliseconds });
  }
  // The key frame first; a picture that is shown before it stays behind it.
  return items.toSorted((a, b) => Math.max(a.milliseconds, startMs) - Math.max(b.milliseconds, startMs));
}
