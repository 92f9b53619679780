// What an isolate holds after it has answered for ten thousand films: its caches are bounded by bytes.
import type { Claim } from "./claim.ts";
import { edgeVideo } from "./edge-video.ts";
import { measureLoad } from "./load.ts";
import { startRawWorkerd } from "./raw-workerd.ts";

const megabyte = 1024 * 1024;
const aimMegabytes = 64;

export const isolateMemory: Claim = {
  name: "isolate-memory",
  async run({ quick }) {
    const videos = quick ? 1_000 : 10_000;
    const workerd = await startRawWorkerd(edgeVideo().data);
    try {
      // Twenty-two characters, as playback ids have.
      const idOf = (video: number) => String(video).padStart(22, "A");
      const manifest = (video: number) => `${workerd.url}/p/${idOf(video)}/hls.m3u8`;
      await fetch(manifest(0));
      const before = await workerd.heapBytes();
      await measureLoad(videos, (video) => ({ url: manifest(video), status: 200 }));
      const paths = await Promise.all(
        Array.from({ length: Math.min(videos, 200) }, async (_, video) => {
          const text = await (await fetch(manifest(video))).text();
          return new URL(/^.*index\.m3u8$/m.exec(text)?.[0] ?? "", manifest(video)).href;
        }),
      );
      await measureLoad(paths.length, (index) => ({ url: paths[index] ?? "", status: 200 }));
      const after = await workerd.heapBytes();
      return [
        {
          name: "isolate-memory",
          unit: "MB",
          value: after / megabyte,
          baseline: before / megabyte,
          ratio: null,
          aim: `value <= ${aimMegabytes}`,
          met: after / megabyte <= aimMegabytes,
          note: `in use after a full collection, ArrayBuffers included, when ${videos} two-hour films of five renditions and sound were asked for; baseline is after the first`,
        },
      ];
    } finally {
      await workerd.stop();
    }
  },
};
