// CPU of requests that need no binding, over that of an empty reply through the same router.
import type { Secrets } from "../scripts/stack/secrets.ts";
import { median, judge, type BenchOptions } from "./claim.ts";
import { edgeVideo } from "./edge-video.ts";
import { measureLoad, type LoadRequest } from "./load.ts";
import { startRawWorkerd } from "./raw-workerd.ts";
import type { Result } from "./results.ts";
import { alternate } from "./rounds.ts";

export interface EdgeSubject {
  readonly name: string;
  readonly note: string;
  readonly request: LoadRequest | ((index: number) => LoadRequest);
}

export interface EdgeClaim {
  readonly subjects: (origin: string, playbackId: string) => Promise<readonly EdgeSubject[]>;
  readonly atMostMs: number;
  /** More of what bench/workers/edge.ts finds in its environment, and the secrets it was made with. */
  readonly data?: Readonly<Record<string, Uint8Array>>;
  readonly secrets?: Secrets;
}

const warmUpRequests = 4_000;

export async function measureEdge(
  { subjects, atMostMs, data: more, secrets }: EdgeClaim,
  { quick, rounds }: BenchOptions,
): Promise<readonly Result[]> {
  const { playbackId, data } = edgeVideo();
  const workerd = await startRawWorkerd({ ...data, ...more }, secrets);
  try {
    const wanted = await subjects(workerd.url, playbackId);
    // Answered by the handler of playback, before it looks anything up.
    const empty: LoadRequest = {
      url: `${workerd.url}/p/${playbackId}/hls.m3u8`,
      method: "OPTIONS",
      status: 204,
    };
    const requests = quick ? 12_000 : 20_000;
    const all = [{ name: "empty", request: empty }, ...wanted];
    const at = (request: EdgeSubject["request"]) => (typeof request === "function" ? request : () => request);
    for (const { request } of all) await measureLoad(warmUpRequests, at(request));
    const samples = await alternate(
      rounds,
      Object.fromEntries(all.map(({ name, request }) => [name, () => measureLoad(requests, at(request))])),
    );
    const cpuOf = (name: string) => (samples[name] ?? []).map(({ cpuMsPerRequest }) => cpuMsPerRequest);
    const floor = cpuOf("empty");
    return wanted.map(({ name, note }) => {
      const cpu = cpuOf(name);
      return judge({
        name,
        unit: "ms",
        values: cpu.map((ms, round) => ms - (floor[round] ?? NaN)),
        baselines: floor,
        aim: { of: "value", is: "<=", bound: atMostMs },
        cpuMsPerRequest: median(cpu),
        note: `${note}; CPU of raw workerd over an OPTIONS answered by the same handler (the baseline), ${requests} requests a round`,
      });
    });
  } finally {
    await workerd.stop();
  }
}

/** A text, as a client gets it that takes no coding. */
export async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { "Accept-Encoding": "identity" } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/** One text as two subjects: for a client that takes no coding, and as browsers ask. */
export async function textSubjects(name: string, url: string, what: string): Promise<readonly EdgeSubject[]> {
  const { length } = await fetchText(url);
  const headers = { "Accept-Encoding": "gzip, deflate, br, zstd" };
  const coding = (await fetch(url, { headers })).headers.get("Content-Encoding") ?? "identity";
  return [
    { name, note: `${what}, ${length} bytes, identity`, request: { url, status: 200 } },
    {
      name: `${name}-browser`,
      note: `${what}, ${length} bytes, to a client that takes gzip: sent as ${coding}`,
      request: { url, status: 200, headers },
    },
  ];
}
