// The encoding of all videos: what runs, what waits, and what was given up.
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { JobActions, jobMood, type Job } from "./job-actions.tsx";
import { formatTimeLeft } from "../design/format.ts";
import { Nothing, Shown, useLoaded } from "./loading.tsx";
import { Fault, PageHead, Section, useDoing, When } from "./parts.tsx";
import { addressOf } from "./route.ts";
import { may } from "./session.ts";
import { useNews } from "./use-news.ts";
import { useTitles } from "./use-titles.ts";

interface JobPageOf {
  readonly data: readonly Job[];
  readonly nextCursor: string | null;
}

const pageSize = 50;
const refreshMs = 4000;
/** What is told is a hint, and that a job was paused is not told: a look now and then all the same. */
const lookWhileTold = 8;

export function JobsPage() {
  const { api, session } = useDashboard();
  const board = useDoing();
  const [said, setSaid] = useState("");
  const jobs = useLoaded<JobPageOf>("jobs", (signal) => api.get(`/v1/jobs?limit=${pageSize}`, signal));
  const dead = useLoaded<JobPageOf>("dead", (signal) =>
    api.get(`/v1/jobs/dead-letters?limit=${pageSize}`, signal),
  );
  const titles = useTitles(
    [jobs, dead].flatMap(({ state }) =>
      state.kind === "loaded" ? state.value.data.map(({ videoId }) => videoId) : [],
    ),
  );
  const { reload } = jobs;
  const both = (): void => {
    reload();
    dead.reload();
  };
  const ear = useNews(({ type }) => /^(?:video|job|task)\./.test(type), both);
  useEffect(() => {
    let turn = 0;
    const timer = setInterval(() => {
      turn += 1;
      if (!document.hidden && (!ear.current.isOpen || turn % lookWhileTold === 0)) reload();
    }, refreshMs);
    return () => clearInterval(timer);
  }, [ear, reload]);
  const change = (verb: "pause" | "resume"): void =>
    board.run(
      () => api.send<{ paused: boolean }>("POST", `/v1/jobs/board/${verb}`),
      ({ paused }) => {
        setSaid(paused ? "Nothing new is begun until you resume." : "Work is given out.");
        reload();
      },
    );
  return (
    <>
      <PageHead title="Encoding">
        {may(session, "jobs:write") && (
          <>
            <button class="button small" type="button" disabled={board.busy} onClick={() => change("pause")}>
              Pause all
            </button>
            <button class="button small" type="button" disabled={board.busy} onClick={() => change("resume")}>
              Resume all
            </button>
          </>
        )}
      </PageHead>
      <p class="soft" role="status" hidden={said === ""}>
        {said}
      </p>
      <Fault text={board.fault} />
      <Shown of={jobs} rows={3}>
        {({ data, nextCursor }) =>
          data.length === 0 ? (
            <Nothing title="Nothing is being encoded">
              <p>What is uploaded shows here until its last quality is made.</p>
            </Nothing>
          ) : (
            <>
              <JobList jobs={data} titles={titles} onDone={both} />
              {nextCursor !== null && <p class="soft">{`The first ${pageSize} are shown.`}</p>}
            </>
          )
        }
      </Shown>
      <Section title="Given up" about="Kept for a week. Mend what was wrong, and encode again.">
        <Shown of={dead} rows={1}>
          {({ data }) =>
            data.length === 0 ? (
              <p class="soft">None.</p>
            ) : (
              <JobList jobs={data} titles={titles} onDone={both} />
            )
          }
        </Shown>
      </Section>
    </>
  );
}

interface JobListProps {
  readonly jobs: readonly Job[];
  readonly titles: ReturnType<typeof useTitles>;
  readonly onDone: () => void;
}

function JobList({ jobs, titles, onDone }: JobListProps) {
  return (
    <ul class="rows-list">
      {jobs.map((job) => (
        <li key={job.videoId}>
          <div class="grow">
            <a class="name" href={addressOf({ page: "video", videoId: job.videoId, tab: "encoding" })}>
              {titleOf(titles.get(job.videoId))}
            </a>
            <p class="meta">
              <code>{job.videoId}</code>
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

/** Undefined: not heard of yet. */
function titleOf(title: string | null | undefined): string {
  if (title === undefined || title === null) return "Video";
  return title === "" ? "Untitled video" : title;
}
