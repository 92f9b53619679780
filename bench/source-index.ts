// Two hours of film, its index alone: what reading it costs, and planning one fragment of it.
import { setFlagsFromString } from "node:v8";
import { concatBytes } from "../workers/bytes.ts";
import { ascii, box, u32, u64 } from "../workers/packaging/cmaf/write-boxes.ts";
import { planPageFragment } from "../workers/packaging/source/page-fragment.ts";
import { readSource } from "../workers/packaging/source/read-source.ts";
import type { SourceReader, SourceTimeline } from "../workers/packaging/source/source.ts";
import { buildMoov, type MovieSample } from "../workers/testing/build-movie.ts";
import { judge, type Claim } from "./claim.ts";

export const sourceIndex: Claim = {
  name: "source-index",
  async run({ quick, rounds }) {
    const seconds = quick ? 600 : 7200;
    const { reader, moovBytes } = film(seconds);
    setFlagsFromString("--expose-gc");
    await inspected(reader);
    const cpu: number[] = [];
    const memory: number[] = [];
    const plans: number[] = [];
    for (let round = 0; round < rounds; round++) {
      globalThis.gc?.();
      const held = heldBytes();
      const before = process.cpuUsage();
      const source = await inspected(reader);
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
      memory.push((heldBytes() - held - moovBytes) / 1e6);
      plans.push(planMs(source));
    }
    const note = `${seconds / 60} minutes, a moov of ${(moovBytes / 1e6).toFixed(1)} MB`;
    const atMost = (bound: number) => ({ of: "value", is: "<=", bound }) as const;
    return [
      judge({ name: "source-index-cpu", unit: "ms", values: cpu, aim: atMost(150), note }),
      judge({
        name: "source-index-memory",
        unit: "MB",
        values: memory,
        aim: atMost(60),
        note: `${note}, with garbage`,
      }),
      judge({
        name: "source-fragment-plan",
        unit: "ms",
        values: plans,
        aim: atMost(2),
        note: "one fragment of 4 s",
      }),
    ];
  },
};

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function inspected(reader: SourceReader): Promise<SourceTimeline> {
  const source = await readSource(reader);
  if (!source.ok) throw new Error(`${source.reason.code}: ${source.reason.message}`);
  return source.value;
}

/** With the reads' memory, as a request has to get it. */
function planMs({ tracks, layout }: SourceTimeline): number {
  const location = tracks[0]?.fragments.runs.at(-2)?.location;
  if (location?.kind !== "page") throw new Error("no page");
  const end = location.pageOffsetBytes + location.pageSizeBytes;
  const page = layout.bytes.slice(location.pageOffsetBytes, end);
  const begun = performance.now();
  const plan = planPageFragment(page, 3, "v0");
  if (!plan.ok) throw new Error(plan.reason.kind);
  plan.value.assemble(plan.value.reads.map(({ sizeBytes }) => new Uint8Array(sizeBytes)));
  return performance.now() - begun;
}

/** 30 pictures a second, two B-frames between others, a key frame every 2 s, interleaved every half second. */
function film(seconds: number): { readonly reader: SourceReader; readonly moovBytes: number } {
  const pictures: MovieSample[] = [];
  const sounds: MovieSample[] = [];
  const head = concatBytes([box("ftyp", ascii("isom"), u32(0)), u32(1), ascii("mdat")]);
  let offsetBytes = head.length + 8;
  for (let frame = 0; frame < seconds * 30; frame++) {
    const inGop = frame % 60;
    const ahead = inGop === 0 || inGop >= 58 ? 0 : inGop % 3 === 1 ? 2 : -1;
    const sizeBytes = (inGop === 0 ? 60_000 : 5000) + ((frame * 7919) % 9000);
    pictures.push({
      offsetBytes,
      sizeBytes,
      durationTicks: 1001,
      compositionTicks: (2 + ahead) * 1001,
      sync: inGop === 0,
    });
    offsetBytes += sizeBytes;
    if (frame % 15 !== 14) continue;
    for (
      ;
      (sounds.length * 1024) / 48_000 < ((frame + 1) * 1001) / 30_000;
      offsetBytes += sounds.at(-1)?.sizeBytes ?? 0
    ) {
      sounds.push({
        offsetBytes,
        sizeBytes: 300 + (sounds.length % 97),
        durationTicks: 1024,
        compositionTicks: 0,
        sync: true,
      });
    }
  }
  const moov = buildMoov([
    { kind: "video", timescale: 30_000, samples: pictures, edits: [{ durationTicks: 0, mediaTicks: 2002 }] },
    { kind: "audio", timescale: 48_000, samples: sounds },
  ]);
  const start = concatBytes([head, u64(offsetBytes - head.length + 8)]);
  const reader: SourceReader = {
    sizeBytes: offsetBytes + moov.length,
    read(from, sizeBytes) {
      const bytes = new Uint8Array(sizeBytes);
      if (from < start.length) bytes.set(start.subarray(from, from + sizeBytes));
      if (from >= offsetBytes) bytes.set(moov.subarray(from - offsetBytes, from - offsetBytes + sizeBytes));
      return Promise.resolve(bytes);
    },
  };
  return { reader, moovBytes: moov.length };
}
