// Small timelines with round numbers, so that every figure in a golden file can be checked by hand.
//
// 25 fps, 13 s: six GOPs of 50 frames (180,000 ticks) and a tail of 25 frames (90,000 ticks).
import { fragmentsOf } from "#workers/timeline/edit.ts";
import type { Timeline, Track } from "#workers/timeline/timeline.ts";

const location = { kind: "chunk", chunk: 0, attempt: 1 } as const;

function video(id: string, codec: string, size: readonly [number, number], sizes: readonly number[]): Track {
  const [width, height] = size;
  const entries = sizes.map((sizeBytes, index) => ({
    durationTicks: index === 6 ? 90_000 : 180_000,
    sizeBytes,
    leadBytes: sizeBytes / 5,
    sync: true,
  }));
  return {
    format: {
      kind: "video",
      id,
      codec,
      timescale: 90_000,
      editStartTicks: 7200,
      maxBitrateBps: width * 2000,
      width,
      height,
      frameRate: { numerator: 25, denominator: 1 },
    },
    fragments: fragmentsOf(0, 0, location, entries),
  };
}

// Every second 31,250 bytes (250 kbit/s).
const v360 = video("v360", "avc1.64001e", [640, 360], [62_500, 62_500, 62_500, 62_500, 62_500, 62_500, 31_250]);
// 1 Mbit/s, and 2 Mbit/s in the third GOP: 1.5 Mbit/s in a segment of two. 1,875,000 bytes in all.
const v720 = video(
  "v720",
  "avc1.64001f",
  [1280, 720],
  [250_000, 250_000, 500_000, 250_000, 250_000, 250_000, 125_000],
);
// 2 Mbit/s.
const v1080 = video(
  "v1080",
  "avc1.640028",
  [1920, 1080],
  [500_000, 500_000, 500_000, 500_000, 500_000, 500_000, 250_000],
);

/** Cut at frames 0, 95, 189, 282, 376, 470, 564 and 611, the nearest to each edge of the picture. */
function audio(id: string, language: string, channels: number): Track {
  const entries = [95, 94, 93, 94, 94, 94, 47].map((frames) => ({
    durationTicks: frames * 1024,
    sizeBytes: frames * 320,
    leadBytes: 0,
    sync: true,
  }));
  return {
    format: {
      kind: "audio",
      id,
      codec: "mp4a.40.2",
      timescale: 48_000,
      editStartTicks: 1024,
      maxBitrateBps: 128_000,
      channels,
      sampleRateHz: 48_000,
      language,
    },
    fragments: fragmentsOf(0, 0, location, entries),
  };
}

const gop = { ticks: 180_000, timescale: 90_000 };

export const film: Timeline = { tracks: [v1080, v720, v360, audio("a0", "eng", 2)], gop, complete: true };
/** As it is listed to a viewer of whom nothing is known: the middle rung first. */
export const listedFilm: Timeline = { ...film, tracks: [v720, v360, v1080, audio("a0", "eng", 2)] };
export const silent: Timeline = { tracks: [v360, v720], gop, complete: true };
export const song: Timeline = { tracks: [audio("a0", "und", 2)], gop, complete: true };
export const dubbed: Timeline = {
  tracks: [v720, audio("a0", "eng", 2), audio("a1", "pt-BR", 2), audio("a2", "en", 1)],
  gop,
  complete: true,
};

/** An uploaded file, cut at its key frames after 4, 7 and 12.4 s; the sound at the frames nearest to them. */
export const uploaded: Timeline = {
  tracks: [
    uneven(v720, [360_000, 270_000, 486_000], [500_000, 300_000, 900_000]),
    uneven(audio("a0", "eng", 2), [188 * 1024, 140 * 1024, 253 * 1024], [60_000, 45_000, 81_000]),
  ],
  gop: { ticks: 360_000, timescale: 90_000 },
  complete: true,
};

/** Of a file whose tracks lie in each other: how large a fragment of one is, is not known. */
export const spanned: Timeline = {
  ...uploaded,
  tracks: uploaded.tracks.map(({ format, fragments }) => ({
    format,
    fragments: { ...fragments, runs: [{ from: 0, location: { kind: "span" }, offsetBytes: 4_000 }] },
  })),
};

function uneven({ format }: Track, durations: readonly number[], sizes: readonly number[]): Track {
  const entries = durations.map((durationTicks, index) => {
    const sizeBytes = sizes[index] ?? 0;
    return { durationTicks, sizeBytes, leadBytes: 0, sync: true };
  });
  const location = { kind: "page", pageOffsetBytes: 0, pageSizeBytes: 900 } as const;
  return { format, fragments: fragmentsOf(0, 0, location, entries) };
}

export const masterOptions = { g: 2, trackPath: (id: string) => `s/SESSION/1-${id}` } as const;
export const mpdOptions = { g: 2, baseUrl: "s/SESSION/", trackPath: "1-$RepresentationID$" } as const;
