// What can be done to a video's encoding, wherever it is shown.
import type { z } from "@hono/zod-openapi";
import type { jobSchema, jobWithTasksSchema } from "#workers/transcoding/job-contract.ts";
import { useDashboard } from "./context.ts";
import { useDoing } from "./parts.tsx";
import { may } from "./session.ts";

export type Job = z.infer<typeof jobSchema>;
export type JobWithTasks = z.infer<typeof jobWithTasksSchema>;

const verbs: { readonly [State in Job["state"]]: readonly (readonly [verb: string, label: string])[] } = {
  queued: [
    ["pause", "Pause"],
    ["cancel", "Cancel"],
  ],
  running: [
    ["pause", "Pause"],
    ["cancel", "Cancel"],
  ],
  paused: [
    ["resume", "Resume"],
    ["cancel", "Cancel"],
  ],
  failed: [["requeue", "Encode again"]],
};

export const jobMood: { readonly [State in Job["state"]]: string } = {
  queued: "",
  running: "busy",
  paused: "",
  failed: "bad",
};

export function JobActions({ job, onDone }: { job: Job; onDone: () => void }) {
  const { api, session } = useDashboard();
  const doing = useDoing();
  if (!may(session, "jobs:write")) return null;
  return (
    <span class="line">
      {verbs[job.state].map(([verb, label]) => (
        <button
          key={verb}
          class="button small"
          type="button"
          disabled={doing.busy}
          onClick={() =>
            doing.run(() => api.send("POST", `/v1/jobs/${encodeURIComponent(job.videoId)}/${verb}`), onDone)
          }
        >
          {label}
        </button>
      ))}
      {doing.fault !== "" && (
        <span class="soft" role="alert">
          {doing.fault}
        </span>
      )}
    </span>
  );
}
