// The encoding of one video, task by task, and what was told of it.
import { useEffect, useRef } from "preact/hooks";
import type { ToldEvent } from "#workers/events/live-contract.ts";
import { ok } from "#workers/result.ts";
import { useDashboard } from "./context.ts";
import { JobActions, jobMood, type JobWithTasks } from "./job-actions.tsx";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Section, When } from "./parts.tsx";
import type { TabProps } from "./video-page.tsx";

export function EncodingTab({ video, reload }: TabProps) {
  const { api } = useDashboard();
  const job = useLoaded<JobWithTasks | null>(`job ${video.id}`, async (signal) => {
    const answer = await api.get<JobWithTasks>(`/v1/jobs/${encodeURIComponent(video.id)}`, signal);
    return !answer.ok && answer.reason.status === 404 ? ok(null) : answer;
  });
  const events = useLoaded<{ data: readonly ToldEvent[] }>(`events ${video.id}`, (signal) =>
    api.get(`/v1/events?videoId=${encodeURIComponent(video.id)}`, signal),
  );
  // Asked again as it moves; what is shown stays until the answer is there.
  const { state, percent } = video.status;
  const moved = `${video.updatedAt} ${state} ${Math.floor(percent)}`;
  const seen = useRef(moved);
  const { reload: reloadJob } = job;
  const { reload: reloadEvents } = events;
  useEffect(() => {
    if (seen.current === moved) return;
    seen.current = moved;
    reloadJob();
    reloadEvents();
  }, [moved, reloadJob, reloadEvents]);
  return (
    <>
      <Section title="Job">
        <Shown of={job} rows={2}>
          {(found) =>
            found === null ? (
              <Nothing title="Nothing is left to do">
                <p>A job is forgotten when its last task is done.</p>
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
      <Section title="Events" about="The last of them, newest first.">
        <Shown of={events} rows={2}>
          {({ data }) =>
            data.length === 0 ? (
              <p class="soft">None are kept any more.</p>
            ) : (
              <ul class="rows-list">
                {data.toReversed().map((event) => (
                  <li key={event.sequence}>
                    <code class="id grow">{event.type}</code>
                    <span class="soft">{wordsOfEvent(event)}</span>
                    <When at={event.at} />
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Section>
    </>
  );
}

/** Of most, that they happened is all there is to say. */
function wordsOfEvent(event: ToldEvent): string {
  if (event.type === "video.uploaded") return event.waits?.message ?? "Plays as it came";
  if (event.type === "video.progress") return `${Math.floor(event.percent)}%`;
  return "message" in event ? event.message : "";
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
