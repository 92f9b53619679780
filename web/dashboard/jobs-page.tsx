// The encoding of all videos: what runs, what waits, and what was given up.
import { useEffect, useRef } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { JobActions, jobMood, type Job } from "./job-actions.tsx";
import { formatTimeLeft } from "../design/format.ts";
import { Nothing, Shown, Together, useLoaded } from "./loading.tsx";
import { Fault, PageHead, Section, useDoing, When } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";
import { useNews } from "./use-news.ts";

interface BoardLoad {
  readonly paused: boolean;
}

type ListedJob = Job & { readonly title: string };

interface JobPageOf {
  readonly data: readonly ListedJob[];
  readonly nextCursor: string | null;
}

const pageSize = 50;
const refreshMs = 4000;
/** What is told is a hint, and that a job was paused is not told: a look now and then all the same. */
const lookWhileTold = 8;

export function JobsPage() {
  const { api, session } = useDashboard();
  const changing = useDoing();
  const board = useLoaded<BoardLoad>("board", (signal) => api.get("/v1/jobs/board", signal));
  const jobs = useLoaded<JobPageOf>("jobs", (signal) => api.get(`/v1/jobs?limit=${pageSize}`, signal));
  const dead = useLoaded<JobPageOf>("dead", (signal) =>
    api.get(`/v1/jobs/dead-letters?limit=${pageSize}`, signal),
  );
  const reload = (): void => {
    jobs.reload();
    board.reload();
  };
  const both = (): void => {
    reload();
    dead.reload();
  };
  const reloading = useRef(reload);
  reloading.current = reload;
  const ear = useNews(({ type }) => /^(?:video|job|task)\./.test(type), both);
  useEffect(() => {
    let turn = 0;
    const timer = setInterval(() => {
      turn += 1;
      if (!document.hidden && (!ear.current.isOpen || turn % lookWhileTold === 0)) reloading.current();
    }, refreshMs);
    return () => clearInterval(timer);
  }, [ear]);
  const paused = board.state.kind === "loaded" && board.state.value.paused;
  const verb = paused ? "resume" : "pause";
  return (
    <>
      <PageHead title="Encoding">
        {may(session, "jobs:write") && (
          <button
            class="button small"
            type="button"
            disabled={changing.busy || board.state.kind !== "loaded"}
            onClick={() => changing.run(() => api.send("POST", `/v1/jobs/board/${verb}`), reload)}
          >
            {paused ? "Resume all" : "Pause all"}
          </button>
        )}
      </PageHead>
      <Fault text={changing.fault} />
      <Together>
        <div class="stack">
          <Shown of={board} rows={1}>
            {() => (
              <p class="line" role="status">
                {paused && (
                  <>
                    <span class="pill bad">Paused</span>
                    <span>Nothing new is begun until you resume.</span>
                  </>
                )}
              </p>
            )}
          </Shown>
          <Shown of={jobs} rows={3}>
            {({ data, nextCursor }) =>
              data.length === 0 ? (
                <Nothing title="Nothing is being encoded">
                  <p>What is uploaded shows here until its last quality is made.</p>
                </Nothing>
              ) : (
                <>
                  <JobList jobs={data} onDone={both} />
                  {nextCursor !== null && <p class="soft">{`The first ${pageSize} are shown.`}</p>}
                </>
              )
            }
          </Shown>
        </div>
        <Section title="Given up" about="Kept for a week. Mend what was wrong, and encode again.">
          <Shown of={dead} rows={1}>
            {({ data }) =>
              data.length === 0 ? <p class="soft">None.</p> : <JobList jobs={data} onDone={both} />
            }
          </Shown>
        </Section>
      </Together>
    </>
  );
}

function JobList({ jobs, onDone }: { jobs: readonly ListedJob[]; onDone: () => void }) {
  return (
    <ul class="rows-list">
      {jobs.map((job) => (
        <li key={job.videoId}>
          <div class="grow">
            <a class="name" href={addressOf({ page: "video", videoId: job.videoId, tab: "encoding" })}>
              {job.title === "" ? "Untitled video" : job.title}
            </a>
            <p class="meta">
              <code class="id">{job.videoId}</code>
              <span>
                {job.taskCounts.done} of {job.taskCounts.total} tasks
              </span>
              <span>priority {job.priority}</span>
              {job.etaSeconds !== null && <span>{formatTimeLeft(job.etaSeconds)}</span>}
              <When at={job.submittedAt} />
              {job.error !== null && <span>{job.error.message}</span>}
            </p>
            {job.state === "running" && <progress max={100} value={job.percent} aria-label="Encoded" />}
          </div>
          <span class={`pill ${jobMood[job.state]}`}>{job.state}</span>
          <JobActions job={job} onDone={onDone} />
        </li>
      ))}
    </ul>
  );
}
