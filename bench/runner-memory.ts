// What a runner and its FFmpegs have in memory at most while they encode.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitForVideo } from "../scripts/demo/video.ts";
import { descendants } from "../scripts/proof/kill.ts";
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { encodeClip } from "./films.ts";
import { sendFile } from "./instant-upload.ts";

const everyMs = 100;
const aimMegabytes = 2_048;

export const runnerMemory: Claim = {
  name: "runner-memory",
  async run({ quick }) {
    const seconds = quick ? 12 : 36;
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const path = join(directory, "film.mp4");
      const size = { width: 1920, height: 1080, bitrateBps: 6_000_000, gopSeconds: 2 };
      await encodeClip(path, { seconds, ...size });
      let [most, processes, alone] = [0, 0, 0];
      await withBenchStack(
        async (stack) => {
          const runner = stack.runners[0]?.pid ?? -1;
          const look = () => {
            const sizes = [runner, ...descendants(runner)].map(residentBytes);
            const sum = sizes.reduce((total, bytes) => total + bytes, 0);
            if (sum > most) [most, processes] = [sum, sizes.length - 1];
            alone = Math.max(alone, sizes[0] ?? 0);
          };
          const watch = setInterval(look, everyMs);
          try {
            const { videoId } = await sendFile(stack, path);
            await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
              deadlineSeconds: 900,
            });
          } finally {
            clearInterval(watch);
          }
        },
        { runners: 1 },
      );
      return [
        {
          name: "runner-memory",
          unit: "MB",
          value: most / 1e6,
          baseline: alone / 1e6,
          ratio: null,
          aim: `value <= ${aimMegabytes}`,
          met: most / 1e6 <= aimMegabytes,
          note: `the most of a runner with two slots and two cores and its children, resident, every ${everyMs} ms: ${seconds} s of 1080p30, the ladder of standard, sound and pictures; ${processes} children then; baseline is the most of the runner's own process`,
        },
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** What is shared is counted in each: more than there is, never less. */
function residentBytes(pid: number): number {
  try {
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(rss?.[1] ?? 0) * 1024;
  } catch {
    // Gone between the two looks.
    return 0;
  }
}
