// Tasks for tests, made as the product makes them: probe the file, plan the version, fill in the URLs.
import { stat } from "node:fs/promises";
import { planVersion, type Plan } from "#workers/transcoding/plan.ts";
import { defaultPlanSettings } from "#workers/transcoding/plan.ts";
import type { AudioWork, VideoWork } from "#workers/transcoding/contract.ts";
import { probeSource } from "../probe.ts";

export async function planFile(path: string): Promise<Plan> {
  const outcome = await probeSource(path, (await stat(path)).size, AbortSignal.timeout(60_000));
  if (outcome.kind === "refused") throw new Error(`${outcome.code}: ${outcome.message}`);
  const plan = planVersion(outcome.probe, defaultPlanSettings);
  if (!plan.ok) throw new Error(plan.reason.message);
  return plan.value;
}

type Target = { readonly url: string; readonly maxBytes: number };
type Source = VideoWork["source"];

const nowhere: Target = { url: "http://127.0.0.1:1/", maxBytes: 50_000_000 };
const noSource: Source = { url: "http://127.0.0.1:1/", sizeBytes: 1 };

/** Frames [firstFrame, firstFrame + frameCount) as one chunk, which need not be one that the plan has. */
export function videoWork(
  plan: Plan,
  chunk: { readonly firstFrame: number; readonly frameCount: number },
  source = noSource,
  uploadTo: (track: string) => Target = () => nowhere,
): VideoWork {
  const { grid, video } = plan;
  if (!video) throw new Error("no picture");
  const { width: _width, height: _height, firstRung: _firstRung, rungs, ...shared } = video;
  return {
    kind: "video",
    source,
    grid,
    ...shared,
    chunk: chunk.firstFrame,
    ...chunk,
    firstFragment: chunk.firstFrame / grid.gopFrames,
    fragmentCount: Math.ceil(chunk.frameCount / grid.gopFrames),
    // The fastest that has B-frames and CABAC, as the real presets do.
    rungs: rungs.map((rung) => ({ ...rung, preset: "superfast", upload: uploadTo(rung.track) })),
  };
}

/** The grid in chunks of `gops`, so that short clips have several. */
export function splitGrid({ grid }: Plan, gops: number): { firstFrame: number; frameCount: number }[] {
  const step = grid.gopFrames * gops;
  return Array.from({ length: Math.ceil(grid.frameCount / step) }, (_, index) => ({
    firstFrame: index * step,
    frameCount: Math.min(step, grid.frameCount - index * step),
  }));
}

export function audioWork(
  plan: Plan,
  chunks: readonly { readonly firstFrame: number; readonly frameCount: number }[],
  source = noSource,
  uploadTo: (chunk: number) => Target = () => nowhere,
): AudioWork {
  const { grid, audios } = plan;
  const [audio] = audios;
  if (!audio) throw new Error("no sound");
  const { language: _language, ...shared } = audio;
  return {
    kind: "audio",
    source,
    grid,
    ...shared,
    chunks: chunks.map(({ firstFrame, frameCount }, chunk) => ({
      chunk,
      firstFragment: firstFrame / grid.gopFrames,
      fragmentCount: Math.ceil(frameCount / grid.gopFrames),
      upload: uploadTo(chunk),
    })),
  };
}
