// An MP4 that suits players by all that can be told without decoding it: pictures of random bytes with key frames at
// uneven distances, and sound between them, second by second as encoders write it. Its index comes last.
import { concatBytes } from "#workers/bytes.ts";
import { ascii, box, u32 } from "#workers/packaging/cmaf/write-boxes.ts";
import { avc1, buildMoov, type MovieSample } from "./build-movie.ts";

export interface TinyFilm {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pictures: readonly MovieSample[];
  readonly sounds: readonly MovieSample[];
}

/** Main, 1280x720, progressive, 4:2:0, as x264 writes it. */
const spsHex = "674d401feca02802dd8088000003000800000301e078c18cb0";
const framesPerSecond = 25;
const sampleRateHz = 48_000;
const samplesPerFrame = 1024;

/** `gopSeconds` is as long as the film. */
export function tinyFilm(gopSeconds: readonly number[]): TinyFilm {
  const seconds = gopSeconds.reduce((sum, length) => sum + length, 0);
  const keys = new Set<number>();
  let key = 0;
  for (const length of gopSeconds) {
    keys.add(key * framesPerSecond);
    key += length;
  }
  const ftyp = box("ftyp", ascii("isom"), u32(0));
  const pictures: MovieSample[] = [];
  const sounds: MovieSample[] = [];
  let offsetBytes = ftyp.length + 8;
  const add = (list: MovieSample[], sizeBytes: number, durationTicks: number, sync: boolean) => {
    list.push({ offsetBytes, sizeBytes, durationTicks, compositionTicks: 0, sync });
    offsetBytes += sizeBytes;
  };
  for (let second = 0; second < seconds; second++) {
    for (let frame = second * framesPerSecond; frame < (second + 1) * framesPerSecond; frame++)
      add(pictures, 300 + ((frame * 37) % 200), 1000, keys.has(frame));
    while (sounds.length * samplesPerFrame < (second + 1) * sampleRateHz)
      add(sounds, 90 + (sounds.length % 20), samplesPerFrame, true);
  }
  const start = ftyp.length + 8;
  const media = new Uint8Array(offsetBytes - start).map((_, at) => (at * 31 + (at >> 7)) % 251);
  const moov = buildMoov([
    {
      kind: "video",
      timescale: framesPerSecond * 1000,
      samples: pictures,
      chunkSamples: framesPerSecond,
      entries: [pictureEntry()],
    },
    { kind: "audio", timescale: sampleRateHz, samples: sounds },
  ]);
  return { bytes: concatBytes([ftyp, box("mdat", media), moov]), pictures, sounds };
}

/** 14496-12 12.1.3: the size is behind the box header and 24 bytes. */
function pictureEntry(): Uint8Array {
  const entry = avc1([], spsHex);
  const view = new DataView(entry.buffer, entry.byteOffset);
  view.setUint16(32, 1280);
  view.setUint16(34, 720);
  return entry;
}
