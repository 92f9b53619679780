import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import * as mp4box from "mp4box";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBoxes } from "./boxes.ts";
import { readFragments, type Sample } from "./fragments.ts";
import { readInit } from "./init.ts";
import { normalizeInit } from "./normalize-init.ts";
import { writeFragment } from "./write-fragment.ts";

const run = promisify(execFile);
const muxer = ["-movflags", "frag_keyframe+delay_moov+dash+skip_sidx+skip_trailer", "-f", "mp4"];
const picture = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=3", "-pix_fmt", "yuv420p"];
const tone = ["-f", "lavfi", "-i", "sine=d=2:r=48000"];

let dir: string;
const media = new Map<string, Uint8Array>();
const clips: Record<string, readonly string[]> = {
  avc: [
    ...picture,
    "-c:v",
    "libx264",
    "-preset",
    "superfast",
    "-profile:v",
    "high",
    "-level",
    "3.1",
    "-g",
    "30",
    "-video_track_timescale",
    "90000",
  ],
  oneFrame: [
    ...picture,
    "-c:v",
    "libx264",
    "-preset",
    "superfast",
    "-frames:v",
    "1",
    "-video_track_timescale",
    "90000",
  ],
  av1: [...picture, "-c:v", "libsvtav1", "-preset", "12", "-g", "30", "-frames:v", "30"],
  vp9: [...picture, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-frames:v", "10"],
  aac: [...tone, "-c:a", "aac", "-ac", "2", "-frag_duration", "500000"],
  opus: [...tone, "-c:a", "libopus"],
  flac: [...tone, "-c:a", "flac", "-strict", "-2"],
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-cmaf-"));
  for (const [name, args] of Object.entries(clips)) {
    const path = join(dir, `${name}.mp4`);
    await run("ffmpeg", ["-nostdin", "-v", "error", ...args, ...muxer, path]);
    media.set(name, new Uint8Array(await readFile(path)));
  }
}, 60_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const bytesOf = (name: string) => media.get(name) ?? new Uint8Array();

/** mp4box, an independent reader. */
function judge(bytes: Uint8Array) {
  const file = mp4box.createFile();
  const samples: mp4box.Sample[] = [];
  file.onReady = (info) => {
    for (const track of info.tracks) file.setExtractionOptions(track.id, null, { nbSamples: 1 });
    file.start();
  };
  file.onSamples = (_id, _user, more) => void samples.push(...more);
  file.onError = (_module, message) => {
    throw new Error(message);
  };
  file.appendBuffer(mp4box.MP4BoxBuffer.fromArrayBuffer(bytes.slice().buffer, 0));
  file.flush();
  return { info: file.getInfo(), samples };
}

function initOf(bytes: Uint8Array): Uint8Array {
  const boxes = readBoxes(bytes);
  const moov = boxes.ok ? boxes.value.find(({ type }) => type === "moov") : undefined;
  return bytes.subarray(0, moov?.end);
}

describe("readInit", () => {
  it.for([
    [
      "avc",
      {
        kind: "video",
        codec: "avc1.64001f",
        timescale: 90_000,
        editStartTicks: 6000,
        width: 160,
        height: 90,
      },
    ],
    [
      "aac",
      {
        kind: "audio",
        codec: "mp4a.40.2",
        timescale: 48_000,
        editStartTicks: 1024,
        channels: 2,
        sampleRateHz: 48_000,
      },
    ],
    ["av1", { kind: "video", codec: "av01.0.00M.08", width: 160, height: 90 }],
    ["vp9", { kind: "video", codec: "vp09.00.10.08", width: 160, height: 90 }],
    ["opus", { kind: "audio", codec: "opus", channels: 1, sampleRateHz: 48_000 }],
    ["flac", { kind: "audio", codec: "flac", channels: 1, sampleRateHz: 48_000 }],
  ] as const)("says what %s is, as mp4box does", ([name, facts]) => {
    expect(readInit(bytesOf(name))).toMatchObject({ ok: true, value: facts });
    const codec = judge(bytesOf(name)).info.tracks[0]?.codec.toLowerCase();
    if (name !== "flac") expect(codec).toBe(facts.codec.toLowerCase());
  });

  // 14496-3 1.6.2.1: explicit at once, or behind a sync word where AAC-LC decoders do not look.
  it.for([
    ["1190", "mp4a.40.2", 48_000, 2],
    ["1388", "mp4a.40.2", 22_050, 1],
    ["2b098800", "mp4a.40.5", 48_000, 1],
    ["2b118800", "mp4a.40.5", 48_000, 2],
    ["eb098800", "mp4a.40.29", 48_000, 2],
    ["131056e598", "mp4a.40.5", 48_000, 2],
    ["130856e59d4880", "mp4a.40.29", 48_000, 2],
  ] as const)("reads the audio configuration %s as %s", ([config, codec, sampleRateHz, channels]) => {
    expect(readInit(withAudioConfig(bytesOf("aac"), config))).toMatchObject({
      ok: true,
      value: { codec, sampleRateHz, channels },
    });
  });

  it("refuses a file of two tracks, one that is not fragmented, and an edit that delays", () => {
    const init = initOf(bytesOf("avc"));
    expect(readInit(replaceType(init, "mvex", "free"))).toEqual({
      ok: false,
      reason: { kind: "notFragmented" },
    });
    expect(readInit(replaceType(init, "avcC", "free"))).toEqual({
      ok: false,
      reason: { kind: "unsupportedCodec", type: "avc1" },
    });
    const delayed = init.slice();
    const at = indexOf(delayed, "elst") + 4 + 8 + 4;
    new DataView(delayed.buffer).setInt32(at, -1);
    expect(readInit(delayed)).toEqual({ ok: false, reason: { kind: "unsupportedEdit" } });
  });
});

describe("readFragments", () => {
  it.for(["avc", "aac", "av1", "vp9", "opus"])("finds every sample of %s where mp4box finds it", (name) => {
    const bytes = bytesOf(name);
    const read = readFragments(bytes);
    if (!read.ok) throw new Error(read.reason.kind);
    const ours = read.value.flatMap((fragment) => {
      let offset = fragment.offsetBytes + fragment.dataOffsetBytes;
      let dts = fragment.startTicks;
      return fragment.samples.map((sample) => {
        const fact = {
          offset,
          size: sample.sizeBytes,
          dts,
          cts: dts + sample.compositionTicks,
          duration: sample.durationTicks,
          is_sync: sample.sync,
        };
        offset += sample.sizeBytes;
        dts += sample.durationTicks;
        return fact;
      });
    });
    const theirs = judge(bytes).samples.map(({ offset, size, dts, cts, duration, is_sync }) => ({
      offset,
      size,
      dts,
      cts,
      duration,
      is_sync,
    }));
    expect(ours).toEqual(theirs);
  });

  it("counts bytes so that fragments and their key frames can be cut out", () => {
    const bytes = bytesOf("avc");
    const read = readFragments(bytes);
    if (!read.ok) throw new Error(read.reason.kind);
    expect(read.value).toHaveLength(3);
    let at = initOf(bytes).length;
    for (const fragment of read.value) {
      expect(fragment).toMatchObject({ offsetBytes: at, durationTicks: 90_000, sync: true });
      expect(fragment.leadBytes).toBe(fragment.moofBytes + 8 + (fragment.samples[0]?.sizeBytes ?? 0));
      at += fragment.sizeBytes;
    }
    expect(at).toBe(bytes.length);
  });

  it("refuses a run that claims 2^32 samples of no bytes, without trying", () => {
    const written = writeFragment({
      sequence: 1,
      trackId: 1,
      startTicks: 0,
      samples: [{ sizeBytes: 1, durationTicks: 1, compositionTicks: 0, sync: true }],
      data: [new Uint8Array(1)],
    }).bytes;
    const view = new DataView(written.buffer);
    const trun = indexOf(written, "trun") + 4;
    view.setUint32(trun, 0x01000001);
    view.setUint32(trun + 4, 0xffffffff);
    expect(readFragments(written)).toEqual({
      ok: false,
      reason: { kind: "tooManySamples", samples: 0xffffffff },
    });
  });
});

describe("hostile bytes", () => {
  const readers = [readInit, readFragments, (bytes: Uint8Array) => normalizeInit(bytes, 0)];

  it("are refused or read, never thrown on, when any bytes of a real file are changed", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom("avc", "aac", "av1", "opus"),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (name, changes) => {
          const whole = bytesOf(name);
          const bytes = whole.slice();
          // Boxes, not media: most of the file is in the mdat.
          for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 1600)] = value;
          for (const read of readers) expect(typeof read(bytes).ok).toBe("boolean");
        },
      ),
      { numRuns: 400 },
    );
  });

  it("are refused or read when a file is cut anywhere, or is noise", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("avc", "aac"),
        fc.nat({ max: 2000 }),
        fc.uint8Array({ maxLength: 64 }),
        (name, cut, noise) => {
          for (const read of readers) {
            expect(typeof read(bytesOf(name).slice(0, cut)).ok).toBe("boolean");
            expect(typeof read(noise).ok).toBe("boolean");
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const sample: fc.Arbitrary<Sample> = fc.record({
  sizeBytes: fc.nat({ max: 200 }),
  durationTicks: fc.integer({ min: 0, max: 0xffffffff }),
  compositionTicks: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  sync: fc.boolean(),
});
const alike = fc
  .tuple(sample, fc.integer({ min: 1, max: 60 }))
  .map(([one, count]) => Array.from({ length: count }, () => one));

describe("writeFragment", () => {
  it("writes what readFragments reads, whatever the samples", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(sample, { minLength: 1, maxLength: 40 }), alike),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 0xffffffff }),
        (samples, startTicks, sequence) => {
          const data = samples.map(({ sizeBytes }, index) => new Uint8Array(sizeBytes).fill(index + 1));
          const { bytes, durationTicks, leadBytes } = writeFragment({
            sequence,
            trackId: 1,
            startTicks,
            samples,
            data,
          });
          const read = readFragments(bytes);
          if (!read.ok) throw new Error(read.reason.kind);
          expect(read.value).toHaveLength(1);
          expect(read.value[0]).toMatchObject({
            samples,
            startTicks,
            durationTicks,
            leadBytes,
            sizeBytes: bytes.length,
          });
          const media = bytes.subarray(read.value[0]?.dataOffsetBytes);
          expect(Buffer.from(media).equals(Buffer.concat(data))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses data that is not as long as its samples", () => {
    const samples = [{ sizeBytes: 2, durationTicks: 1, compositionTicks: 0, sync: true }];
    expect(() =>
      writeFragment({ sequence: 1, trackId: 1, startTicks: 0, samples, data: [new Uint8Array(1)] }),
    ).toThrow(RangeError);
  });

  it("is CMAF: one traf, default-base-is-moof, tfdt version 1", () => {
    const samples = [{ sizeBytes: 1, durationTicks: 5, compositionTicks: -3, sync: true }];
    const { bytes } = writeFragment({
      sequence: 7,
      trackId: 1,
      startTicks: 2 ** 40,
      samples,
      data: [new Uint8Array(1)],
    });
    const file = mp4box.createFile();
    file.appendBuffer(mp4box.MP4BoxBuffer.fromArrayBuffer(bytes.slice().buffer, 0));
    const moof = file.moofs[0];
    expect(moof?.mfhd.sequence_number).toBe(7);
    expect(moof?.trafs).toHaveLength(1);
    expect(moof?.trafs[0]?.tfhd.flags).toBe(0x020028);
    expect(moof?.trafs[0]?.tfdt).toMatchObject({ version: 1, baseMediaDecodeTime: 2 ** 40 });
    expect(moof?.trafs[0]?.truns[0]).toMatchObject({ version: 1, sample_composition_time_offset: [-3] });
  });
});

describe("normalizeInit", () => {
  it("makes the init of a one-picture chunk the same as that of a long one", () => {
    expect(readInit(bytesOf("oneFrame"))).toMatchObject({ ok: true, value: { editStartTicks: 0 } });
    const short = normalizeInit(bytesOf("oneFrame"), 6000);
    if (!short.ok) throw new Error(short.reason.kind);
    expect(readInit(short.value)).toMatchObject({
      ok: true,
      value: { editStartTicks: 6000, timescale: 90_000 },
    });
  });

  it("changes nothing that a decoder needs, and drops the tool's version", () => {
    const init = normalizeInit(bytesOf("avc"), 6000);
    if (!init.ok) throw new Error(init.reason.kind);
    expect(readInit(init.value)).toEqual(readInit(bytesOf("avc")));
    expect(Buffer.from(init.value).toString("latin1")).not.toMatch(/Lav[cf]/);
    const joined = Buffer.concat([init.value, bytesOf("avc").subarray(initOf(bytesOf("avc")).length)]);
    const { info, samples } = judge(joined);
    expect(samples).toHaveLength(90);
    expect(info.brands).toContain("cmfc");
    expect(normalizeInit(init.value, 6000)).toEqual(init);
  });
});

function indexOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text, 0, "latin1");
}

function replaceType(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = bytes.slice();
  Buffer.from(copy.buffer).write(to, indexOf(copy, from), "latin1");
  return copy;
}

/** The same init with another AudioSpecificConfig: the sizes of all that encloses it grow with it. */
function withAudioConfig(bytes: Uint8Array, hex: string): Uint8Array {
  const init = Buffer.from(initOf(bytes));
  const config = Buffer.from(hex, "hex");
  // ffmpeg writes descriptor sizes in four bytes: tag 5, 0x80 0x80 0x80 n.
  const esds = indexOf(init, "esds");
  const tag5 = init.indexOf(Buffer.from([0x05, 0x80, 0x80, 0x80]), esds);
  const old = init[tag5 + 4] ?? 0;
  const grown = config.length - old;
  for (const tag of [0x03, 0x04]) {
    const at = init.indexOf(Buffer.from([tag, 0x80, 0x80, 0x80]), esds);
    init[at + 4] = (init[at + 4] ?? 0) + grown;
  }
  init[tag5 + 4] = config.length;
  const result = Buffer.concat([init.subarray(0, tag5 + 5), config, init.subarray(tag5 + 5 + old)]);
  for (const type of ["esds", "mp4a", "stsd", "stbl", "minf", "mdia", "trak", "moov"]) {
    const at = result.indexOf(type, 0, "latin1") - 4;
    result.writeUInt32BE(result.readUInt32BE(at) + grown, at);
  }
  return new Uint8Array(result);
}
