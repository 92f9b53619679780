// The encoding of one video: what is left to do, task by task, how earlier ones went, and all that happened to it.
import { useEffect, useRef } from "preact/hooks";
import type { PastEventView } from "#workers/events/history-contract.ts";
import { ok } from "#workers/result.ts";
import { formatClock } from "../design/format.ts";
import { useDashboard } from "./context.ts";
import { JobActions, jobMood, type JobWithTasks } from "./job-actions.tsx";
import type { Listed } from "./listed.ts";
import { Nothing, Shown, Together, useLoaded } from "./loading.tsx";
import { Paged } from "./paged.tsx";
import { Section, When } from "./parts.tsx";
import type { TabProps } from "./video-page.tsx";

export function EncodingTab({ video, reload }: TabProps) {
  const { api } = useDashboard();
  const path = `/v1/videos/${encodeURIComponent(video.id)}/events?limit=20`;
  const jobPath = `${path}&type=${encodeURIComponent("job.*")}`;
  const job = useLoaded<JobWithTasks | null>(`job ${video.id}`, async (signal) => {
    const answer = await api.get<JobWithTasks>(`/v1/jobs/${encodeURIComponent(video.id)}`, signal);
    return !answer.ok && answer.reason.status === 404 ? ok(null) : answer;
  });
  const past = useLoaded<Listed<PastEventView>>(jobPath, (signal) => api.get(jobPath, signal));
  const events = useLoaded<Listed<PastEventView>>(path, (signal) => api.get(path, signal));
  // Asked again as it moves; what is shown stays until the answer is there.
  const { state, percent } = video.status;
  const moved = `${video.updatedAt} ${state} ${Math.floor(percent)}`;
  const seen = useRef(moved);
  const { reload: reloadJob } = job;
  const { reload: reloadPast } = past;
  const { reload: reloadEvents } = events;
  useEffect(() => {
    if (seen.current === moved) return;
    seen.current = moved;
    reloadJob();
    reloadPast();
    reloadEvents();
  }, [moved, reloadJob, reloadPast, reloadEvents]);
  return (
    <Together>
      <Section title="Job">
        <Shown of={job} rows={2}>
          {(found) =>
            found === null ? (
              <Nothing title="Nothing is left to do">
                <p>How it went is below.</p>
              </Nothing>
            ) : (
              <Tasks
                job={found}
                onDone={() => {
                  job.reload();
                  reload();
                }}
              />
            )
          }
        </Shown>
      </Section>
      <Section title="Job history" about="How its encodings went, newest first.">
        <Shown of={past} rows={2}>
          {(first) => <History path={jobPath} first={first} label="Job history" words={wordsOfJob} />}
        </Shown>
      </Section>
      <Section title="Events" about="All that happened to it in ninety days, newest first.">
        <Shown of={events} rows={2}>
          {(first) => <History path={path} first={first} label="Events" words={wordsOfEvent} />}
        </Shown>
      </Section>
    </Together>
  );
}

interface HistoryProps {
  readonly path: string;
  readonly first: Listed<PastEventView>;
  readonly label: string;
  readonly words: (event: PastEventView) => string;
}

function History({ path, first, label, words }: HistoryProps) {
  if (first.data.length === 0) return <p class="soft">None.</p>;
  return (
    <Paged key={path} path={path} first={first} label={label}>
      {(event) => (
        <li key={event.id}>
          <code class="id grow">{event.type}</code>
          <span class="soft">{words(event)}</span>
          <When at={event.timestamp} />
        </li>
      )}
    </Paged>
  );
}

function wordsOfJob({ type, timestamp, error, job }: PastEventView): string {
  if (job === null) return "";
  const { done, total } = job.taskCounts;
  const tookSeconds = (Date.parse(timestamp) - Date.parse(job.submittedAt)) / 1000;
  const what = `Version ${job.version}`;
  if (error !== null) return `${what}: ${error.message ?? error.code}`;
  if (type !== "job.completed") return `${what}, ${done} of ${total} tasks done`;
  return `${what}, ${total} tasks in ${formatClock(tookSeconds)}`;
}

/** Of most, that they happened is all there is to say. */
function wordsOfEvent({ subject, error, task }: PastEventView): string {
  const what = task === null ? (subject ?? "") : `${task.kind} ${task.track || task.chunk}`;
  const why = error === null ? "" : (error.message ?? error.code);
  return [what, why].filter((text) => text !== "").join(": ");
}

function Tasks({ job, onDone }: { job: JobWithTasks; onDone: () => void }) {
  return (
    <div class="stack">
      <p class="line">
        <span class={`pill ${jobMood[job.state]}`}>{job.state}</span>
        <span class="soft grow">
          {job.taskCounts.done} of {job.taskCounts.total} tasks, {job.taskCounts.running} running
        </span>
        <JobActions job={job} onDone={onDone} />
      </p>
      <div class="table-scroll" tabindex={0} role="region" aria-label="Tasks">
        <table>
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <th scope="col">Attempt</th>
              <th scope="col">Runner</th>
              <th scope="col">Trouble</th>
            </tr>
          </thead>
          <tbody>
            {job.tasks.map((task) => (
              <tr key={task.id}>
                <td>{`${task.kind} ${task.track === "" ? task.chunk : task.track}`}</td>
                <td>{task.phase === "leased" ? `${Math.floor(task.progress * 100)}%` : task.phase}</td>
                <td>{task.attempt}</td>
                <td>
                  <code>{task.runner ?? "–"}</code>
                </td>
                <td>{task.error?.message ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
