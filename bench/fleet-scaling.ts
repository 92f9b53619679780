// From the last byte of a film to its sealed ladder, for 1 to 50 runners: modelled from what its tasks took by one
// runner that did them one after the other, because no machine here has the cores.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { waitForVideo } from "../scripts/demo/video.ts";
import { withBenchStack } from "./bench-stack.ts";
import type { Claim } from "./claim.ts";
import { encodeClip, repeatClip } from "./films.ts";
import { modelled, type MeasuredJob } from "./fleet-model.ts";
import { sendFile } from "./instant-upload.ts";
import type { Result } from "./results.ts";
import { taskRuns } from "./runner-log.ts";

const counts = [1, 2, 3, 5, 10, 20, 50] as const;

export const fleetScaling: Claim = {
  name: "fleet-scaling",
  async run({ quick }) {
    const minutes = quick ? 2 : 10;
    const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
    try {
      const [clip, path] = [join(directory, "clip.mp4"), join(directory, "film.mp4")];
      const size = { width: 640, height: 360, bitrateBps: 1_000_000, gopSeconds: 2 };
      await encodeClip(clip, { seconds: 20, ...size });
      await repeatClip(clip, path, minutes * 60);
      const job = await withBenchStack(
        async (stack, dataDirectory): Promise<MeasuredJob> => {
          const { videoId } = await sendFile(stack, path);
          const lastByteMs = Date.now();
          await waitForVideo(stack, videoId, ({ status }) => status.state === "ready", {
            deadlineSeconds: 1_800,
          });
          return { lastByteMs, readyMs: Date.now(), runs: taskRuns(dataDirectory, 1) };
        },
        { runners: 1, slots: 1 },
      );
      const film = `${minutes} minutes of 360p30, ${(statSync(path).size / 1e6).toFixed(0)} MB`;
      return counts.map((count) => rowOf(job, count, film));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

function rowOf(job: MeasuredJob, runners: number, film: string): Result {
  const alone = modelled(job, 1).seconds;
  const { seconds, critical } = modelled(job, runners);
  const linear = alone / runners;
  const measured = (job.readyMs - job.lastByteMs) / 1000;
  return {
    name: `fleet-scaling-${String(runners).padStart(2, "0")}`,
    unit: "s",
    value: seconds,
    baseline: linear,
    ratio: seconds / linear,
    aim: "none",
    met: true,
    note: `${film}, from the last byte to the sealed ladder by ${runners} runners of ${availableParallelism()} cores, a task at a time each: modelled from ${job.runs.length} tasks of one such runner, who took ${measured.toFixed(1)} s; baseline is linear; what the end waits for: ${critical}`,
  };
}
