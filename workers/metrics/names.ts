// Every metric there is. Labels are few and bounded: never an id, a URL or an address.

interface Counter {
  readonly kind: "counter";
  readonly help: string;
  readonly unit?: string;
}

interface Histogram {
  readonly kind: "histogram";
  readonly help: string;
  readonly unit?: string;
  /** Upper bounds, ascending; `+Inf` is implied. */
  readonly bounds: readonly number[];
}

export type Metric = Counter | Histogram;

export const metrics = {
  http_requests_total: { kind: "counter", help: "Requests answered, by route and status class." },
  video_views_total: { kind: "counter", help: "Playback sessions minted, by format." },
  segment_requests_total: { kind: "counter", help: "Segment requests, by what answered them." },
  instant_fragments_total: {
    kind: "counter",
    help: "Fragments of tracks made of uploaded files when they were asked for.",
  },
  instant_source_reads_total: {
    kind: "counter",
    help: "Ranged reads of uploaded files that fragments were made of.",
  },
  playlist_requests_total: { kind: "counter", help: "Media playlists answered, by what answered them." },
  playback_refusals_total: { kind: "counter", help: "Playback requests that were refused, by reason." },
  revocation_refreshes_total: {
    kind: "counter",
    help: "Times an isolate asked for the revocations, by what answered.",
  },
  revocation_stale_decisions_total: {
    kind: "counter",
    help: "Requests decided though the revocations could not be asked for, by the setting that decided.",
  },
  stream_admissions_total: {
    kind: "counter",
    help: "Streams of viewers with a limit that asked for a place, by outcome.",
  },
  api_rate_limited_total: { kind: "counter", help: "Requests of the API over a rate limit, by policy." },
  audit_failures_total: { kind: "counter", help: "Changes that could not be written to the audit log." },
  upload_bytes_total: { kind: "counter", help: "Bytes of uploads that were made durable.", unit: "bytes" },
  uploads_total: { kind: "counter", help: "Uploads that ended, by outcome." },
  transcoding_jobs_total: { kind: "counter", help: "Videos whose transcoding ended, by outcome." },
  transcoding_tasks_total: { kind: "counter", help: "Tasks of runners that ended, by kind and outcome." },
  transcoding_duration_seconds: {
    kind: "histogram",
    help: "From the arrival at the task board to the sealed ladder.",
    unit: "seconds",
    bounds: [5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800],
  },
  session_reports_dropped_total: {
    kind: "counter",
    help: "Playback sessions whose reports an isolate had no room for.",
  },
  webhook_attempts_total: { kind: "counter", help: "Attempts to deliver to a webhook, by outcome." },
  erased_objects_total: { kind: "counter", help: "Stored objects removed with their videos." },
  dead_letters_total: { kind: "counter", help: "Messages that no retry could settle, by queue." },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

type NamesOf<Kind extends Metric["kind"]> = {
  [Name in MetricName]: (typeof metrics)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

export type CounterName = NamesOf<"counter">;
export type HistogramName = NamesOf<"histogram">;
