import type { SessionRecords } from "#workers/analytics/session-records.ts";
import type { Revocations } from "#workers/access/revocations.ts";
import type { ViewerSessions } from "#workers/access/viewer-sessions.ts";
import type { EventHub } from "#workers/events/event-hub.ts";
import type { Runner } from "#workers/transcoding/runner-container.ts";
import type { TranscodeScheduler } from "#workers/transcoding/scheduler.ts";
import type { UploadSession } from "#workers/uploads/upload-session.ts";
import type { OutboxMessage } from "#workers/outbox/outbox.ts";
import type { WebhookMessage } from "#workers/webhooks/message.ts";

/** Bindings of wrangler.toml. Only the rim (index, api, routes, stores, Durable Objects, storage) sees it. */
export interface Env {
  readonly DB: D1Database;
  readonly MEDIA: R2Bucket;
  readonly TRANSCODE_QUEUE: Queue<OutboxMessage>;
  /** For videos of high priority. */
  readonly TRANSCODE_PRIORITY_QUEUE: Queue<OutboxMessage>;
  readonly ERASE_QUEUE: Queue<OutboxMessage>;
  /** Events, and then their deliveries. */
  readonly WEBHOOK_QUEUE: Queue<WebhookMessage>;
  readonly UPLOADS: DurableObjectNamespace<UploadSession>;
  readonly SCHEDULER: DurableObjectNamespace<TranscodeScheduler>;
  readonly RUNNERS: DurableObjectNamespace<Runner>;
  readonly REVOCATIONS: DurableObjectNamespace<Revocations>;
  readonly VIEWER_SESSIONS: DurableObjectNamespace<ViewerSessions>;
  readonly EVENT_HUB: DurableObjectNamespace<EventHub>;
  /** Not RPC: workers/metrics/counters-client.ts is the way to it. */
  readonly COUNTERS: DurableObjectNamespace;
  readonly SESSION_RECORDS: DurableObjectNamespace<SessionRecords>;
  readonly ASSETS: Fetcher;
  /** Rate limits; a deployment may leave them out. */
  readonly RATE_LIMIT_IP?: RateLimit;
  readonly RATE_LIMIT_PLAYBACK_ID?: RateLimit;
  readonly RATE_LIMIT_API_KEY?: RateLimit;
  readonly RATE_LIMIT_FAILED_AUTH?: RateLimit;

  readonly MAX_BODY_BYTES: string;
  readonly MAX_UPLOAD_BYTES: string;
  readonly UPLOAD_EXPIRY_SECONDS: string;
  readonly RUNNER_FLEET: string;
  /** Containers at most; as many as `max_instances` of wrangler.toml, or fewer. */
  readonly MAX_CONTAINERS: string;
  /** Tasks that one container takes at a time. */
  readonly CONTAINER_SLOTS: string;
  /** The bucket's S3 endpoint and name: with both and the key below, outside runners read and write it directly. */
  readonly R2_S3_ENDPOINT?: string;
  readonly R2_S3_BUCKET?: string;
  /** Which cache stands before media: `cacheApi`, or `workersCache` where that is enabled. */
  readonly MEDIA_CACHE: string;
  /** Country codes with commas between: where playback starts with the lowest rendition. */
  readonly START_LOW_COUNTRIES?: string;
  readonly METRICS_FLUSH_SECONDS: string;
  /** How long an isolate keeps what players told before it adds it to their sessions' records. */
  readonly SESSION_RECORDS_FLUSH_SECONDS: string;
  /** How often players of protected videos ask whether they may go on. */
  readonly BEACON_SECONDS: string;
  /** The longest that a playback token may live, from its `iat` to its `exp`. */
  readonly MAX_TOKEN_SECONDS: string;
  /** Streams that a viewer may have at once where neither token nor playback id says; 0 for no limit. */
  readonly DEFAULT_MAX_STREAMS: string;
  /** How long a dashboard's session waits for the next request; 8 hours where it is not set. */
  readonly DASHBOARD_SESSION_SECONDS?: string;
  /** `true`: what somebody names may be on a private network, and over http. For a developer's machine. */
  readonly OUTBOUND_ALLOW_PRIVATE?: string;
  /** Answers DNS questions in JSON over https: names that somebody gave are looked up there first. */
  readonly DOH_URL?: string;
  /** A webhook that has taken nothing for so many days is disabled. */
  readonly WEBHOOK_DISABLE_AFTER_DAYS: string;
  /** Where alone playback is answered, apart from API and pages. */
  readonly PLAYBACK_HOST?: string;
  /** What holds while revocations can't be asked for: `open` or `closed`. */
  readonly REVOCATION_UNREACHABLE: string;
  /** What the bindings of rate limits allow, as in `300/60`: they can't be asked. */
  readonly RATE_LIMIT_IP_QUOTA?: string;
  readonly RATE_LIMIT_PLAYBACK_ID_QUOTA?: string;
  readonly RATE_LIMIT_API_KEY_QUOTA?: string;
  readonly RATE_LIMIT_FAILED_AUTH_QUOTA?: string;
  /** How long the audit log is kept. */
  readonly AUDIT_LOG_DAYS: string;
  /** What it keeps of an address: `truncated` (/24, /48), `full` or `none`. */
  readonly AUDIT_ADDRESS: string;

  readonly SESSION_KEYS: string;
  /** Seals what is secret in the database: keys that sign playback tokens. */
  readonly SEALING_KEY: string;
  readonly OBJECT_URL_KEY: string;
  readonly RUNNER_TOKEN: string;
  readonly R2_S3_ACCESS_KEY_ID?: string;
  readonly R2_S3_SECRET_ACCESS_KEY?: string;
  readonly METRICS_TOKEN: string;
}
