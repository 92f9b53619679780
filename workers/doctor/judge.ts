// Pure. What was measured, judged: is it well, and what would mend it.
import type { CheckState } from "./contract.ts";

export interface Finding {
  readonly state: CheckState;
  readonly summary: string;
  readonly mend: string | null;
}

const well = (summary: string): Finding => ({ state: "ok", summary, mend: null });
const warning = (summary: string, mend: string): Finding => ({ state: "warning", summary, mend });
const failed = (summary: string, mend: string): Finding => ({ state: "failed", summary, mend });

const minuteMs = 60_000;

/** A time that has passed, as a person would say it. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1_000));
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

const list = (names: readonly string[], most = 8): string =>
  names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;

/** A binding that threw, or did not answer in time. `what`: how it is named in wrangler.toml. */
export function judgeUnanswered(what: string, message: string): Finding {
  return failed(
    `${what} did not do as asked: ${message}`,
    `See that ${what} of wrangler.toml exists in the account, deploy again, and look at https://www.cloudflarestatus.com.`,
  );
}

export function judgeLatency(what: string, tookMs: number): Finding {
  if (tookMs < 1_000) return well(`${what} was read and written in ${tookMs} ms.`);
  return warning(
    `${what} was read and written, but took ${tookMs} ms.`,
    "Once is no harm. Where it stays so, is the database far from who uses it? A location hint is given when it is made.",
  );
}

/** `missing`: `table.column` that the code asks for and the database lacks. */
export function judgeSchema(missing: readonly string[], lastMigration: string | null): Finding {
  if (missing.length === 0) return well(`The database has what this release asks for (${lastMigration}).`);
  return failed(
    `The database lacks ${list(missing)}; its last migration is ${lastMigration ?? "none"}.`,
    "Run `npm run deploy`, or `npx wrangler d1 migrations apply DATABASE --remote`: migrations go before the code.",
  );
}

export function judgeBucket(gaveBack: boolean, tookMs: number): Finding {
  if (gaveBack) return judgeLatency("The bucket", tookMs);
  return failed(
    "The bucket did not give back what was put into it a moment before.",
    "See that the binding MEDIA names a bucket that nothing else writes to or empties, and its life cycle rules.",
  );
}

/** By the names of their bindings; `null` is an answer in time. */
export function judgeObjects(answers: Readonly<Record<string, string | null>>): Finding {
  const silent = Object.entries(answers).filter(([, message]) => message !== null);
  if (silent.length === 0) return well(`${list(Object.keys(answers))} answer.`);
  return failed(
    `Without an answer: ${list(silent.map(([name, message]) => `${name} (${message})`))}.`,
    "Deploy again, so that every `[[migrations]]` of wrangler.toml is applied; then look at the Worker's logs for their errors.",
  );
}

/** `faults`: of each secret that is missing or can't be used, never its value. */
export function judgeSecrets(faults: readonly string[]): Finding {
  if (faults.length === 0) return well("All secrets are set and can be used.");
  return failed(
    faults.join(" "),
    "Set each with `npx wrangler secret put NAME`; docs/operations.md says what it is.",
  );
}

export function judgeSealed(sealed: number, opened: number): Finding {
  if (sealed === opened) {
    return well(
      sealed === 0 ? "Nothing is sealed yet." : `SEALING_KEY opens what is sealed (${sealed} tried).`,
    );
  }
  return failed(
    `SEALING_KEY does not open ${sealed - opened} of ${sealed} sealed secrets that were tried.`,
    "Set the SEALING_KEY that sealed them. If it is lost, make new signing keys and rotate the secrets of webhooks.",
  );
}

/** `reachesPrivate`: OUTBOUND_ALLOW_PRIVATE is set. */
export function judgeSettings(faults: readonly string[], reachesPrivate: boolean, host: string): Finding {
  if (faults.length > 0)
    return failed(faults.join(" "), "Correct it under `[vars]` of wrangler.toml and deploy again.");
  const isLaptop = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
  if (reachesPrivate && !isLaptop)
    return warning(
      "OUTBOUND_ALLOW_PRIVATE is true: imports and webhooks may reach private addresses.",
      "Leave it out of `[vars]`, unless this deployment is to reach a network of yours.",
    );
  return well("Every setting can be used.");
}

export function judgeRateLimits(missing: readonly string[]): Finding {
  if (missing.length === 0) return well("All rate limits are bound.");
  return warning(
    `Nothing is limited by ${list(missing)}.`,
    "Put its `[[ratelimits]]` block back into wrangler.toml, unless you left it out on purpose.",
  );
}

export interface CorsRule {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly exposed: readonly string[];
}

/** Browsers that send parts straight to the bucket need to PUT, and to read the ETag of each part. */
export function judgeCors(
  measured:
    | { readonly kind: "noCredentials" }
    | { readonly kind: "refused"; readonly code: string }
    | { readonly kind: "rules"; readonly rules: readonly CorsRule[] },
): Finding {
  const mend =
    "Let PUT from your pages' origins read ETag: `npx wrangler r2 bucket cors set BUCKET --file cors.json`; the file is in docs/operations.md.";
  switch (measured.kind) {
    case "noCredentials":
      return well("No S3 credentials are set: browsers upload through the Worker, which allows them to.");
    case "refused":
      return warning(
        `The bucket's rules could not be read (${measured.code}); uploads straight to it are ${measured.code === "NoSuchCORSConfiguration" ? "refused by browsers" : "untried"}.`,
        measured.code === "NoSuchCORSConfiguration"
          ? mend
          : `The key may not read them, or R2_S3_ENDPOINT and R2_S3_BUCKET are another's. ${mend}`,
      );
    case "rules": {
      const good = measured.rules.find(
        ({ methods, exposed }) =>
          methods.includes("PUT") && exposed.some((name) => name.toLowerCase() === "etag"),
      );
      if (good === undefined)
        return warning("No rule of the bucket lets a page PUT a part and read its ETag.", mend);
      return well(`Pages of ${list(good.origins)} may send parts straight to the bucket.`);
    }
  }
}

export function judgeCache(mode: string, kept: boolean, host: string): Finding {
  if (mode === "workersCache") {
    return well(
      "MEDIA_CACHE is workersCache: see that `[cache]` and `[exports]` of wrangler.toml are not commented out.",
    );
  }
  if (kept) return well("The cache of this location keeps what is put into it.");
  return warning(
    `The cache of this location keeps nothing at ${host}.`,
    "On a workers.dev name the Cache API does nothing: give the Worker a domain of yours (`routes` with `custom_domain = true`).",
  );
}

/** How far the clocks of others are ahead of the Worker's. */
export function judgeClock(aheadMs: Readonly<Record<string, number>>): Finding {
  const [worst = ["", 0] as const] = Object.entries(aheadMs).toSorted(
    ([, a], [, b]) => Math.abs(b) - Math.abs(a),
  );
  const [whose, skewMs] = worst;
  if (Math.abs(skewMs) < 5_000) return well("The clocks of Worker, database and bucket agree.");
  const summary = `The clock of ${whose} is ${Math.abs(Math.round(skewMs / 1_000))} s ${skewMs > 0 ? "ahead of" : "behind"} the Worker's.`;
  const mend =
    "Tokens, leases and signed URLs are judged by these clocks. On a machine of yours let its clock be set (NTP); on the platform tell its support.";
  return Math.abs(skewMs) < minuteMs ? warning(summary, mend) : failed(summary, mend);
}

export interface QueueFact {
  readonly binding: string;
  /** A message that was sent for this check came out. */
  readonly arrived: boolean;
  /** When one came out last. */
  readonly seenAtMs: number | null;
}

export function judgeQueues(queues: readonly QueueFact[], nowMs: number): Finding {
  const late = queues.filter(({ arrived }) => !arrived);
  if (late.length === 0)
    return well(`What is sent to ${list(queues.map(({ binding }) => binding))} comes out.`);
  const told = late.map(({ binding, seenAtMs }) =>
    seenAtMs === null ? `${binding} (never yet)` : `${binding} (last ${ago(seenAtMs, nowMs)})`,
  );
  const summary = `A message did not come out in time of ${list(told)}.`;
  const recently = late.every(({ seenAtMs }) => seenAtMs !== null && nowMs - seenAtMs < 15 * minuteMs);
  return recently
    ? warning(summary, "Ask again in a minute: a queue that works off a backlog is late.")
    : failed(
        summary,
        "Ask again in a minute. If it stays so, deploy again: `[[queues.consumers]]` of wrangler.toml makes the Worker its consumer; and see that nobody paused it (`npx wrangler queues info NAME`).",
      );
}

export function judgeCron(seenAtMs: number | null, nowMs: number): Finding {
  const mend =
    "Deploy again: `[triggers] crons` of wrangler.toml makes it run every minute. Changes of it take up to 15 minutes to hold.";
  if (seenAtMs === null) return warning("The cron has not run yet.", mend);
  const summary = `The cron ran last ${ago(seenAtMs, nowMs)}.`;
  if (nowMs - seenAtMs < 3 * minuteMs) return well(summary);
  return failed(summary, mend);
}

export interface Backlog {
  readonly waiting: number;
  /** Of the oldest one that is due: when it was written. */
  readonly oldestMs: number | null;
}

export function judgeOutbox({ waiting, oldestMs }: Backlog, nowMs: number): Finding {
  if (oldestMs === null) return well("No message waits longer than it should.");
  const summary = `${waiting} messages wait for their consumer, the oldest since ${ago(oldestMs, nowMs)}.`;
  if (nowMs - oldestMs < 10 * minuteMs) return well(summary);
  const mend =
    "They are sent again by the sweep. See what their consumer logs: `transcoding.notSubmitted`, `webhook.*`.";
  return nowMs - oldestMs < 60 * minuteMs ? warning(summary, mend) : failed(summary, mend);
}

export function judgeErasing({ waiting, oldestMs }: Backlog, nowMs: number): Finding {
  if (oldestMs === null) return well("Nothing that was deleted waits to be erased.");
  const summary = `${waiting} videos that were deleted wait to be erased, the oldest since ${ago(oldestMs, nowMs)}.`;
  if (nowMs - oldestMs < 60 * minuteMs) return well(summary);
  return warning(summary, "Look at the logs for `video.eraseFailed` and `video.eraseDead`: they say why.");
}

export interface RunnerFact {
  readonly id: string;
  /** Null: it speaks another version of the protocol. */
  readonly release: string | null;
  readonly protocol: string;
  readonly ffmpegVersion: string | null;
  readonly codecs: readonly string[];
  readonly seenAtMs: number;
}

export interface Fleet {
  /** RUNNER_FLEET */
  readonly kind: string;
  readonly release: string;
  readonly protocol: string;
  /** Of the last quarter of an hour. */
  readonly runners: readonly RunnerFact[];
  readonly openTasks: number;
  /** The whole board. */
  readonly isPaused: boolean;
  readonly jobs: number;
}

export function judgeRunners(fleet: Fleet): Finding {
  const { kind, runners, openTasks, release, protocol, isPaused, jobs } = fleet;
  const strangers = runners.filter((runner) => runner.protocol !== protocol);
  if (strangers.length > 0) {
    return failed(
      `Refused, since they speak protocol ${list([...new Set(strangers.map((runner) => runner.protocol))])} and this Worker ${protocol}: ${list(strangers.map(({ id }) => id))}.`,
      "Update those runners to the release of the Worker (docs/upgrading.md).",
    );
  }
  if (isPaused) {
    return warning(
      `The task board is paused: nothing new is begun, and ${jobs} videos wait.`,
      "`POST /v1/jobs/board/resume`, or Resume all on the dashboard's page of encodings.",
    );
  }
  if (runners.length === 0) {
    if (openTasks === 0 && kind === "container")
      return well("No task is open; containers are started when one is.");
    const waiting = `${openTasks} tasks wait`;
    const mend =
      kind === "container"
        ? "See `npx wrangler containers list`, and the logs for `container.*`; was the image deployed (with Docker there)?"
        : "Start one: `SLUICE_URL=… SLUICE_RUNNER_TOKEN=… npx sluice-runner` (docs/runners.md).";
    return openTasks === 0
      ? warning("No runner asked for work in the last 15 minutes.", mend)
      : failed(`No runner asked for work in the last 15 minutes, and ${waiting}.`, mend);
  }
  const shown = list(
    runners.map((runner) => `${runner.id} (FFmpeg ${runner.ffmpegVersion ?? "unknown"})`),
    4,
  );
  const other = runners.filter((runner) => runner.release !== release);
  if (other.length > 0) {
    return warning(
      `Runners of another release than ${release}: ${list(other.map((runner) => `${runner.id} (${runner.release ?? "older"})`))}.`,
      "They work, since they speak the same protocol. Update them, so that all chunks come from one release.",
    );
  }
  const lacking = (["h264", "aac"] as const).filter(
    (codec) => !runners.some(({ codecs }) => codecs.includes(codec)),
  );
  if (lacking.length > 0) {
    return failed(
      `No runner can encode ${list(lacking)}: ${shown}.`,
      "Give one an FFmpeg with libx264 and aac (docs/runners.md).",
    );
  }
  return well(`Runners that ask for work: ${shown}.`);
}

export function judgeDeadLetters(failedJobs: number): Finding {
  if (failedJobs === 0) return well("No encode has failed that could be requeued.");
  return warning(
    `${failedJobs >= 100 ? "At least " : ""}${failedJobs} videos failed to be encoded and can be requeued.`,
    "`GET /v1/jobs/dead-letters` says why; `POST /v1/jobs/{videoId}/requeue` tries again, within a week.",
  );
}

export function judgeWebhooks(failedToday: number, disabled: number): Finding {
  if (failedToday === 0 && disabled === 0) return well("No delivery was given up in the last day.");
  return warning(
    `${failedToday} deliveries were given up in the last day; ${disabled} webhooks are disabled because they took nothing.`,
    "Their logs of deliveries say what was answered; enable them and resend (docs/webhooks.md).",
  );
}
