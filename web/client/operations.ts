// Written by `npm run openapi` from openapi.json.

export type UploadParts = {
  partSizeBytes: number;
  partCount: number;
  parts: { partNumber: number; offsetBytes: number; sizeBytes: number; url: string }[];
  expiresAt: string;
};
export type UploadCompletion = { parts: { partNumber: number; etag: string }[] };
export type Event =
  | VideoCreatedEvent
  | VideoUpdatedEvent
  | VideoUploadedEvent
  | VideoPlayableEvent
  | VideoReadyEvent
  | VideoFailedEvent
  | VideoDeletedEvent
  | UploadCreatedEvent
  | UploadCompletedEvent
  | UploadCancelledEvent
  | UploadExpiredEvent
  | UploadFailedEvent
  | ImportCreatedEvent
  | ImportCompletedEvent
  | ImportCancelledEvent
  | ImportFailedEvent
  | CaptionCreatedEvent
  | CaptionUpdatedEvent
  | CaptionDeletedEvent
  | AudioTrackCreatedEvent
  | AudioTrackReadyEvent
  | AudioTrackFailedEvent
  | AudioTrackDeletedEvent
  | AudioTrackUpdatedEvent
  | ChaptersUpdatedEvent
  | ChaptersDeletedEvent
  | JobStartedEvent
  | JobPausedEvent
  | JobResumedEvent
  | JobRequeuedEvent
  | JobCompletedEvent
  | JobFailedEvent
  | TaskDeadEvent
  | WebhookDisabledEvent
  | WebhookTestEvent;
export type VideoCreatedEvent = { id: string; type: "video.created"; timestamp: string; data: Video };
export type Video = {
  id: string;
  title: string;
  creator: string | null;
  metadata: Record<string, string>;
  status: {
    state: "awaitingUpload" | "uploaded" | "processing" | "ready" | "error";
    playable: boolean;
    percent: number;
    error: {
      code:
        | "emptyFile"
        | "unreadable"
        | "sourceTruncated"
        | "noMedia"
        | "tooLargeDimensions"
        | "durationTooLong"
        | "encodeFailed"
        | "encodeCancelled"
        | "passthroughUnfit"
        | "sourceMissing"
        | "sourceTooLarge"
        | "importRefused"
        | "importNotReached"
        | "importNotMedia"
        | "importTargetRefused"
        | "uploadExpired"
        | "uploadCancelled";
      message: string;
    } | null;
  };
  instantPlay: { state: "playable" } | { state: "waiting"; reason: { code: string; message: string } } | null;
  encoding: string;
  priority: "high" | "normal" | "low";
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  frameRate: number | null;
  source: { name: string | null; sizeBytes: number; objectKey: string | null } | null;
  replacement: Replacement;
  clip: { videoId: string; startSeconds: number; endSeconds: number } | null;
  segmentSeconds: 2 | 4 | 6;
  tags: string[];
  availableFrom: string | null;
  availableUntil: string | null;
  deleteAt: string | null;
  posterTimeSeconds: number | null;
  playback: Limits;
  playbackIds: PlaybackId[];
  createdAt: string;
  updatedAt: string;
};
export type Replacement = {
  uploadId: string;
  state: "uploaded" | "processing" | "failed";
  percent: number;
  source: { name: string | null; sizeBytes: number };
  error: {
    code:
      | "emptyFile"
      | "unreadable"
      | "sourceTruncated"
      | "noMedia"
      | "tooLargeDimensions"
      | "durationTooLong"
      | "encodeFailed"
      | "encodeCancelled"
      | "passthroughUnfit"
      | "sourceMissing"
      | "sourceTooLarge"
      | "importRefused"
      | "importNotReached"
      | "importNotMedia"
      | "importTargetRefused"
      | "uploadExpired"
      | "uploadCancelled";
    message: string;
  } | null;
  createdAt: string;
} | null;
export type Limits = {
  maxHeight?: number | undefined;
  minHeight?: number | undefined;
  codecs?: string[] | undefined;
  order?: "ascending" | "descending" | "middleFirst" | undefined;
  start?: number | undefined;
  end?: number | undefined;
  audioLanguages?: string[] | undefined;
  defaultSubtitles?: string | undefined;
  audioOnly?: boolean | undefined;
};
export type PlaybackId = {
  id: string;
  policy: "public" | "signed" | "drm";
  restrictions: Restrictions;
  limits: Limits;
  streams: { max: number; action: "evictOldest" | "refuseNewest" } | null;
  downloads: boolean;
  hlsUrl: string;
  dashUrl: string;
  watchUrl: string;
  posterUrl: string;
};
export type Restrictions = {
  rules?: AccessRule[] | undefined;
  allowedOrigins?: string[] | undefined;
  allowNoOrigin?: boolean | undefined;
};
export type AccessRule =
  | { action: "allow" | "block"; type: "any" }
  | { action: "allow" | "block"; type: "country"; countries: string[] }
  | { action: "allow" | "block"; type: "continent"; continents: string[] }
  | { action: "allow" | "block"; type: "ip"; ips: string[] }
  | { action: "allow" | "block"; type: "asn"; asns: number[] };
export type VideoUpdatedEvent = { id: string; type: "video.updated"; timestamp: string; data: Video };
export type VideoUploadedEvent = { id: string; type: "video.uploaded"; timestamp: string; data: Video };
export type VideoPlayableEvent = { id: string; type: "video.playable"; timestamp: string; data: Video };
export type VideoReadyEvent = { id: string; type: "video.ready"; timestamp: string; data: Video };
export type VideoFailedEvent = { id: string; type: "video.failed"; timestamp: string; data: Video };
export type VideoDeletedEvent = { id: string; type: "video.deleted"; timestamp: string; data: Video };
export type UploadCreatedEvent = { id: string; type: "upload.created"; timestamp: string; data: UploadEntry };
export type UploadEntry = {
  id: string;
  videoId: string;
  state: "open" | "completed" | "cancelled" | "expired" | "failed";
  sizeBytes: number | null;
  error: { code: string } | null;
  createdAt: string;
  expiresAt: string;
  completedAt: string | null;
  maxSizeBytes: number | null;
  maxDurationSeconds: number | null;
  allowedOrigins: string[];
  replaces: boolean;
};
export type UploadCompletedEvent = {
  id: string;
  type: "upload.completed";
  timestamp: string;
  data: UploadEntry;
};
export type UploadCancelledEvent = {
  id: string;
  type: "upload.cancelled";
  timestamp: string;
  data: UploadEntry;
};
export type UploadExpiredEvent = { id: string; type: "upload.expired"; timestamp: string; data: UploadEntry };
export type UploadFailedEvent = { id: string; type: "upload.failed"; timestamp: string; data: UploadEntry };
export type ImportCreatedEvent = { id: string; type: "import.created"; timestamp: string; data: Import };
export type Import = {
  id: string;
  videoId: string;
  uploadId: string;
  url: string;
  state: "queued" | "fetching" | "completed" | "failed" | "cancelled";
  receivedBytes: number;
  sizeBytes: number | null;
  error: { code: string } | null;
  createdAt: string;
  completedAt: string | null;
};
export type ImportCompletedEvent = { id: string; type: "import.completed"; timestamp: string; data: Import };
export type ImportCancelledEvent = { id: string; type: "import.cancelled"; timestamp: string; data: Import };
export type ImportFailedEvent = { id: string; type: "import.failed"; timestamp: string; data: Import };
export type CaptionCreatedEvent = {
  id: string;
  type: "caption.created";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    kind: "subtitles" | "captions";
    default: boolean;
    forced: boolean;
    hidden: boolean;
    origin: "uploaded" | "source";
    sizeBytes: number | null;
    cues: number | null;
    url: string;
    updatedAt: string | null;
  };
};
export type CaptionUpdatedEvent = {
  id: string;
  type: "caption.updated";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    kind: "subtitles" | "captions";
    default: boolean;
    forced: boolean;
    hidden: boolean;
    origin: "uploaded" | "source";
    sizeBytes: number | null;
    cues: number | null;
    url: string;
    updatedAt: string | null;
  };
};
export type CaptionDeletedEvent = {
  id: string;
  type: "caption.deleted";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    kind: "subtitles" | "captions";
    default: boolean;
    forced: boolean;
    hidden: boolean;
    origin: "uploaded" | "source";
    sizeBytes: number | null;
    cues: number | null;
    url: string;
    updatedAt: string | null;
  };
};
export type AudioTrackCreatedEvent = {
  id: string;
  type: "audioTrack.created";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    default: boolean;
    position: number | null;
    state: "uploading" | "encoding" | "ready" | "failed";
    error: { code: string; message: string } | null;
    added: boolean;
    codec: string | null;
    channels: number | null;
  };
};
export type AudioTrackReadyEvent = {
  id: string;
  type: "audioTrack.ready";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    default: boolean;
    position: number | null;
    state: "uploading" | "encoding" | "ready" | "failed";
    error: { code: string; message: string } | null;
    added: boolean;
    codec: string | null;
    channels: number | null;
  };
};
export type AudioTrackFailedEvent = {
  id: string;
  type: "audioTrack.failed";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    default: boolean;
    position: number | null;
    state: "uploading" | "encoding" | "ready" | "failed";
    error: { code: string; message: string } | null;
    added: boolean;
    codec: string | null;
    channels: number | null;
  };
};
export type AudioTrackDeletedEvent = {
  id: string;
  type: "audioTrack.deleted";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    default: boolean;
    position: number | null;
    state: "uploading" | "encoding" | "ready" | "failed";
    error: { code: string; message: string } | null;
    added: boolean;
    codec: string | null;
    channels: number | null;
  };
};
export type AudioTrackUpdatedEvent = {
  id: string;
  type: "audioTrack.updated";
  timestamp: string;
  data: {
    videoId: string;
    id: string;
    language: string;
    label: string;
    default: boolean;
    position: number | null;
    state: "uploading" | "encoding" | "ready" | "failed";
    error: { code: string; message: string } | null;
    added: boolean;
    codec: string | null;
    channels: number | null;
  };
};
export type ChaptersUpdatedEvent = {
  id: string;
  type: "chapters.updated";
  timestamp: string;
  data: { videoId: string; language: string; chapters: { startSeconds: number; title: string }[] };
};
export type ChaptersDeletedEvent = {
  id: string;
  type: "chapters.deleted";
  timestamp: string;
  data: { videoId: string; language: string; chapters: { startSeconds: number; title: string }[] };
};
export type JobStartedEvent = { id: string; type: "job.started"; timestamp: string; data: EncodingJob };
export type EncodingJob = {
  videoId: string;
  version: number;
  state: "queued" | "running" | "paused" | "failed";
  priority: "high" | "normal" | "low";
  creator: string | null;
  submittedAt: string;
  failedAt: string | null;
  error: { code: string; message: string } | null;
  percent: number;
  etaSeconds: number | null;
  taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
  deadTasks: EncodingTask[];
};
export type EncodingTask = {
  id: string;
  kind: "probe" | "video" | "audio" | "images" | "subtitles" | "frame";
  chunk: number;
  track: string;
  phase: "ready" | "leased" | "done" | "dead";
  attempt: number;
  failures: number;
  lapses: number;
  progress: number;
  runner: string | null;
  error: { code: string; message: string; attempt: number } | null;
};
export type JobPausedEvent = { id: string; type: "job.paused"; timestamp: string; data: EncodingJob };
export type JobResumedEvent = { id: string; type: "job.resumed"; timestamp: string; data: EncodingJob };
export type JobRequeuedEvent = { id: string; type: "job.requeued"; timestamp: string; data: EncodingJob };
export type JobCompletedEvent = {
  id: string;
  type: "job.completed";
  timestamp: string;
  data: {
    videoId: string;
    version: number;
    state: "completed";
    priority: "high" | "normal" | "low";
    creator: string | null;
    submittedAt: string;
    failedAt: string | null;
    error: { code: string; message: string } | null;
    percent: number;
    etaSeconds: number | null;
    taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
    deadTasks: EncodingTask[];
  };
};
export type JobFailedEvent = { id: string; type: "job.failed"; timestamp: string; data: EncodingJob };
export type TaskDeadEvent = {
  id: string;
  type: "task.dead";
  timestamp: string;
  data: {
    videoId: string;
    version: number;
    state: "completed" | "failed";
    priority: "high" | "normal" | "low";
    creator: string | null;
    submittedAt: string;
    failedAt: string | null;
    error: { code: string; message: string } | null;
    percent: number;
    etaSeconds: number | null;
    taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
    deadTasks: EncodingTask[];
    task: EncodingTask;
  };
};
export type WebhookDisabledEvent = { id: string; type: "webhook.disabled"; timestamp: string; data: Webhook };
export type Webhook = {
  id: string;
  url: string;
  description: string;
  events: string[];
  enabled: boolean;
  disabledReason: "byRequest" | "gone" | "failing" | null;
  failingSince: string | null;
  secrets: { id: string; createdAt: string; endsAt: string | null }[];
  createdAt: string;
  updatedAt: string;
};
export type WebhookTestEvent = { id: string; type: "webhook.test"; timestamp: string; data: Webhook };
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string | undefined;
  errors?: { pointer: string; detail: string }[] | undefined;
  requestId?: string | undefined;
};
export type NewVideo = {
  title?: string | undefined;
  creator?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
  playbackPolicy?: "public" | "signed" | "drm" | undefined;
  segmentSeconds?: 2 | 4 | 6 | undefined;
  tags?: string[] | undefined;
  availableFrom?: string | null | undefined;
  availableUntil?: string | null | undefined;
  deleteAt?: string | null | undefined;
  playback?: Limits | undefined;
  encoding?: string | undefined;
  priority?: "high" | "normal" | "low" | undefined;
  source?: { objectKey: string } | undefined;
};
export type VideoList = { data: Video[]; nextCursor: string | null };
export type VideoDetail = Video & {
  status?:
    | {
        state: "awaitingUpload" | "uploaded" | "processing" | "ready" | "error";
        playable: boolean;
        percent: number;
        error: {
          code:
            | "emptyFile"
            | "unreadable"
            | "sourceTruncated"
            | "noMedia"
            | "tooLargeDimensions"
            | "durationTooLong"
            | "encodeFailed"
            | "encodeCancelled"
            | "passthroughUnfit"
            | "sourceMissing"
            | "sourceTooLarge"
            | "importRefused"
            | "importNotReached"
            | "importNotMedia"
            | "importTargetRefused"
            | "uploadExpired"
            | "uploadCancelled";
          message: string;
        } | null;
        etaSeconds: number | null;
        tasks: { total: number; done: number; running: number; waiting: number; dead: number } | null;
      }
    | undefined;
  subtitles: Subtitles[];
};
export type Subtitles = {
  id: string;
  language: string;
  title: string;
  isDefault: boolean;
  isForced: boolean;
  url: string;
};
export type VideoPatch = {
  title?: string | undefined;
  creator?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
  tags?: string[] | undefined;
  availableFrom?: string | null | undefined;
  availableUntil?: string | null | undefined;
  deleteAt?: string | null | undefined;
  posterTimeSeconds?: number | null | undefined;
  playback?: Limits | undefined;
};
export type NewPlaybackId = {
  policy: "public" | "signed" | "drm";
  restrictions?: Restrictions | undefined;
  limits?: Limits | undefined;
  streams?: { max: number; action?: "evictOldest" | "refuseNewest" | undefined } | null | undefined;
  downloads?: boolean | undefined;
};
export type PlaybackIdList = { data: PlaybackId[] };
export type FoundPlaybackId = PlaybackId & { videoId: string };
export type PlaybackIdPatch = {
  policy?: "public" | "signed" | "drm" | undefined;
  restrictions?: Restrictions | undefined;
  limits?: Limits | undefined;
  streams?: { max: number; action?: "evictOldest" | "refuseNewest" | undefined } | null | undefined;
  downloads?: boolean | undefined;
};
export type Purged = { videos: number };
export type Purge = {
  videoId?: string | undefined;
  playbackId?: string | undefined;
  tag?: string | undefined;
};
export type SubtitlesList = { data: Subtitles[] };
export type CaptionList = { data: Caption[] };
export type Caption = {
  id: string;
  language: string;
  label: string;
  kind: "subtitles" | "captions";
  default: boolean;
  forced: boolean;
  hidden: boolean;
  origin: "uploaded" | "source";
  sizeBytes: number | null;
  cues: number | null;
  url: string;
  updatedAt: string | null;
};
export type CaptionPatch = {
  label?: string | undefined;
  default?: boolean | undefined;
  hidden?: boolean | undefined;
  language?: string | undefined;
  kind?: "subtitles" | "captions" | undefined;
  forced?: boolean | undefined;
};
export type NewClip = {
  startSeconds: number;
  endSeconds: number;
  title?: string | undefined;
  creator?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
  tags?: string[] | undefined;
  playbackPolicy?: "public" | "signed" | "drm" | undefined;
};
export type AccountImport = {
  id: string;
  provider: "cloudflareStream" | "mux";
  account: string;
  state: "listing" | "bringing" | "completed" | "failed" | "cancelled";
  dryRun: boolean;
  counts: { listed: number; waiting: number; brought: number; skipped: number; failed: number };
  error: { code: "credentialRefused" | "accountUnknown" | "answerNotUnderstood" | "notReached" } | null;
  createdAt: string;
  completedAt: string | null;
};
export type NewAccountImport =
  | {
      provider: "cloudflareStream";
      accountId: string;
      apiToken: string;
      encoding?: string | undefined;
      priority?: "high" | "normal" | "low" | undefined;
      dryRun?: boolean | undefined;
    }
  | {
      provider: "mux";
      tokenId: string;
      tokenSecret: string;
      encoding?: string | undefined;
      priority?: "high" | "normal" | "low" | undefined;
      dryRun?: boolean | undefined;
    };
export type AccountImportList = { data: AccountImport[]; nextCursor: string | null };
export type BroughtVideoList = { data: BroughtVideo[]; nextCursor: string | null };
export type BroughtVideo = {
  providerVideoId: string;
  title: string;
  state: "waiting" | "preparing" | "importing" | "brought" | "skipped" | "failed";
  videoId: string | null;
  importId: string | null;
  error: { code: string } | null;
};
export type ChaptersList = { data: Chapters[] };
export type Chapters = { language: string; chapters: { startSeconds: number; title: string }[] };
export type NewChapters = { chapters: { startSeconds: number; title: string }[] };
export type AudioTrackList = { data: AudioTrack[] };
export type AudioTrack = {
  id: string;
  language: string;
  label: string;
  default: boolean;
  position: number | null;
  state: "uploading" | "encoding" | "ready" | "failed";
  error: { code: string; message: string } | null;
  added: boolean;
  codec: string | null;
  channels: number | null;
};
export type AudioTrackPatch = {
  label?: string | undefined;
  default?: boolean | undefined;
  position?: number | undefined;
};
export type DownloadList = { data: Download[] };
export type Download = {
  name: string;
  sizeBytes: number;
  width: number | null;
  height: number | null;
  codecs: string[];
  url: string | null;
};
export type LibraryUsage = {
  from: string;
  to: string;
  views: number;
  minutesWatched: number;
  bytesDelivered: number;
  encodeSeconds: number;
  days: { day: string; views: number; minutesWatched: number; bytesDelivered: number }[];
  videos: number;
  minutesStored: number;
  bytesUploaded: number;
};
export type Usage = {
  from: string;
  to: string;
  views: number;
  minutesWatched: number;
  bytesDelivered: number;
  bytesStored: number;
  encodeSeconds: number;
  days: { day: string; views: number; minutesWatched: number; bytesDelivered: number }[];
};
export type Quota = {
  maxMinutes?: number | null | undefined;
  maxBytes?: number | null | undefined;
  maxSimultaneousEncodes?: number | null | undefined;
};
export type CreatorUsage = {
  minutes: number;
  bytes: number;
  heldBytes: number;
  quota: Quota & (Record<string, unknown> | null);
};
export type Encode = { encoding?: string | undefined; priority?: "high" | "normal" | "low" | undefined };
export type EncodingProfile = {
  id: string;
  name: string;
  builtIn: boolean;
  rungs: { side: number; maxBitrateBps: number }[];
  effort: "fast" | "balanced" | "thorough";
  crf: number;
  maxFrameRate: number;
  av1: boolean;
  opus: boolean;
  perTitle: boolean;
  createdAt: string | null;
  updatedAt: string | null;
};
export type NewEncodingProfile = {
  name: string;
  rungs: { side: number; maxBitrateBps: number }[];
  effort?: "fast" | "balanced" | "thorough" | undefined;
  crf?: number | undefined;
  maxFrameRate?: number | undefined;
  av1?: boolean | undefined;
  opus?: boolean | undefined;
  perTitle?: boolean | undefined;
};
export type EncodingProfileList = { data: EncodingProfile[]; nextCursor: string | null };
export type EncodingProfilePatch = {
  name?: string | undefined;
  rungs?: { side: number; maxBitrateBps: number }[] | undefined;
  effort?: "fast" | "balanced" | "thorough" | undefined;
  crf?: number | undefined;
  maxFrameRate?: number | undefined;
  av1?: boolean | undefined;
  opus?: boolean | undefined;
  perTitle?: boolean | undefined;
};
export type CreatedApiKey = {
  id: string;
  name: string;
  scopes: (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "source:read"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
  createdAt: string;
  lastUsedAt: string | null;
  token: string;
};
export type NewApiKey = {
  name: string;
  scopes: (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "source:read"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
};
export type ApiKeyList = { data: ApiKey[] };
export type ApiKey = {
  id: string;
  name: string;
  scopes: (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "source:read"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
  createdAt: string;
  lastUsedAt: string | null;
};
export type CreatedSigningKey = {
  id: string;
  name: string;
  alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  origin: "generated" | "imported" | "managed";
  state: "active" | "retiring" | "retired" | "revoked";
  publicJwk: Record<string, unknown> | null;
  createdAt: string;
  retiresAt: string | null;
  replacedBy: string | null;
  revokedAt: string | null;
  privateKeyPem: string | null;
  secret: string | null;
  privateJwk: Record<string, unknown> | null;
};
export type NewSigningKey = {
  alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  name?: string | undefined;
  publicKeyPem?: string | undefined;
  publicJwk?: Record<string, unknown> | undefined;
  secret?: string | undefined;
};
export type SigningKeyList = { data: SigningKey[] };
export type SigningKey = {
  id: string;
  name: string;
  alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  origin: "generated" | "imported" | "managed";
  state: "active" | "retiring" | "retired" | "revoked";
  publicJwk: Record<string, unknown> | null;
  createdAt: string;
  retiresAt: string | null;
  replacedBy: string | null;
  revokedAt: string | null;
};
export type RotateSigningKey = {
  graceSeconds?: number | undefined;
  publicKeyPem?: string | undefined;
  publicJwk?: Record<string, unknown> | undefined;
  secret?: string | undefined;
};
export type JsonWebKeySet = { keys: Record<string, unknown>[] };
export type PlaybackToken = {
  token: string;
  tokenId: string;
  expiresAt: string;
  hlsUrl: string | null;
  dashUrl: string | null;
  thumbnailUrl: string | null;
  refreshToken: string | null;
  refreshExpiresAt: string | null;
};
export type NewPlaybackToken = {
  playbackId: string;
  audiences?: ("video" | "thumbnail" | "storyboard" | "download" | "drm")[] | undefined;
  expiresInSeconds?: number | undefined;
  expiresAt?: string | undefined;
  notBefore?: string | undefined;
  viewerId?: string | undefined;
  limits?: Limits | undefined;
  rules?: AccessRule[] | undefined;
  allowedOrigins?: string[] | undefined;
  allowNoOrigin?: boolean | undefined;
  boundTo?: string | undefined;
  streams?: { max: number; action?: "evictOldest" | "refuseNewest" | undefined } | undefined;
  signingKeyId?: string | undefined;
  refreshable?: boolean | undefined;
  refreshExpiresInSeconds?: number | undefined;
};
export type RefreshPlaybackToken = { refreshToken: string };
export type Revocation = {
  kind: "viewer" | "session" | "token" | "playbackId" | "signingKey" | "policy";
  hash: string;
  reason: "revoked" | "shared" | "evicted" | "limited" | "changed";
  issuedBefore: string | null;
  revokedAt: string;
  expiresAt: string;
};
export type NewRevocation = {
  kind: "viewer" | "session" | "token" | "playbackId" | "signingKey";
  id: string;
  issuedBefore?: string | undefined;
};
export type RevocationList = { data: Revocation[]; nextCursor: string | null };
export type RestoredCount = { restored: number };
export type RestoredRevocations = { data: (Revocation & { hash?: string | undefined })[] };
export type CreatedUpload = Upload & { url: string };
export type Upload = {
  id: string;
  videoId: string;
  state: "open" | "completed" | "cancelled" | "expired" | "failed";
  sizeBytes: number | null;
  error: { code: string } | null;
  createdAt: string;
  expiresAt: string;
  completedAt: string | null;
  maxSizeBytes: number | null;
  maxDurationSeconds: number | null;
  allowedOrigins: string[];
  replaces: boolean;
  offsetBytes: number;
};
export type NewUpload = {
  title?: string | undefined;
  creator?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
  playbackPolicy?: "public" | "signed" | "drm" | undefined;
  segmentSeconds?: 2 | 4 | 6 | undefined;
  tags?: string[] | undefined;
  availableFrom?: string | null | undefined;
  availableUntil?: string | null | undefined;
  deleteAt?: string | null | undefined;
  playback?: Limits | undefined;
  encoding?: string | undefined;
  priority?: "high" | "normal" | "low" | undefined;
  sizeBytes?: number | null | undefined;
  fileName?: string | null | undefined;
  maxSizeBytes?: number | null | undefined;
  maxDurationSeconds?: number | null | undefined;
  allowedOrigins?: string[] | undefined;
  expiresAt?: string | undefined;
  multipart?: boolean | undefined;
  videoId?: string | undefined;
  replace?: boolean | undefined;
  overlapSeconds?: number | undefined;
  audioTrack?: { language: string; label?: string | undefined; default?: boolean | undefined } | undefined;
};
export type UploadList = { data: UploadEntry[]; nextCursor: string | null };
export type NewImport = {
  title?: string | undefined;
  creator?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
  playbackPolicy?: "public" | "signed" | "drm" | undefined;
  segmentSeconds?: 2 | 4 | 6 | undefined;
  tags?: string[] | undefined;
  availableFrom?: string | null | undefined;
  availableUntil?: string | null | undefined;
  deleteAt?: string | null | undefined;
  playback?: Limits | undefined;
  encoding?: string | undefined;
  priority?: "high" | "normal" | "low" | undefined;
  maxSizeBytes?: number | null | undefined;
  maxDurationSeconds?: number | null | undefined;
  videoId?: string | undefined;
  replace?: boolean | undefined;
  overlapSeconds?: number | undefined;
  audioTrack?: { language: string; label?: string | undefined; default?: boolean | undefined } | undefined;
  url: string;
  headers?: Record<string, string> | undefined;
};
export type ImportList = { data: Import[]; nextCursor: string | null };
export type PlaybackSession = {
  id: string;
  playbackId: string;
  videoId: string;
  viewerHash: string | null;
  issuedAt: string;
  firstSeenAt: string;
  lastSeenAt: string;
  cmcdVersion: number;
  requests: number;
  events: Record<string, number>;
  errors: number;
  streamingFormat: "hls" | "dash" | "smooth" | "hesp" | "other" | null;
  streamType: "onDemand" | "live" | "lowLatencyLive" | null;
  objectTypes: (
    "manifest" | "audio" | "video" | "muxed" | "init" | "captions" | "timedText" | "key" | "other"
  )[];
  playerState:
    | "starting"
    | "playing"
    | "seeking"
    | "rebuffering"
    | "paused"
    | "waiting"
    | "ended"
    | "fatalError"
    | "quit"
    | "preloading"
    | null;
  positionSeconds: number | null;
  throughputBps: number | null;
  lastBitrateBps: number | null;
  topBitrateBps: number | null;
  lowestBufferSeconds: number | null;
  lastBufferSeconds: number | null;
  starvations: number;
  startupRequests: number;
};
export type PlaybackSessionList = { data: PlaybackSession[]; nextCursor: string | null };
export type ListedEncodingJob = {
  videoId: string;
  version: number;
  state: "queued" | "running" | "paused" | "failed";
  priority: "high" | "normal" | "low";
  creator: string | null;
  submittedAt: string;
  failedAt: string | null;
  error: { code: string; message: string } | null;
  percent: number;
  etaSeconds: number | null;
  taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
  deadTasks: EncodingTask[];
  title: string;
};
export type TaskBoardLoad = { paused: boolean; jobs: number; openTasks: number };
export type EncodingJobWithTasks = {
  videoId: string;
  version: number;
  state: "queued" | "running" | "paused" | "failed";
  priority: "high" | "normal" | "low";
  creator: string | null;
  submittedAt: string;
  failedAt: string | null;
  error: { code: string; message: string } | null;
  percent: number;
  etaSeconds: number | null;
  taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
  deadTasks: EncodingTask[];
  tasks: EncodingTask[];
};
export type TaskBoard = { paused: boolean };
export type VideoEventList = { data: VideoEvent[]; lastSequence: number; gap: boolean };
export type VideoEvent =
  | {
      type: "video.uploaded";
      sequence: number;
      videoId: string;
      at: string;
      waits: { code: string; message: string } | null;
    }
  | { type: "video.playable"; sequence: number; videoId: string; at: string }
  | {
      type: "video.progress";
      sequence: number;
      videoId: string;
      at: string;
      percent: number;
      etaSeconds: number | null;
    }
  | { type: "video.ready"; sequence: number; videoId: string; at: string }
  | { type: "video.failed"; sequence: number; videoId: string; at: string; code: string; message: string }
  | {
      type: "task.dead";
      sequence: number;
      videoId: string;
      at: string;
      taskId: string;
      task: string;
      chunk: number;
      track: string;
      attempt: number;
      code: string;
      message: string;
    }
  | {
      type:
        | "video.created"
        | "video.updated"
        | "video.deleted"
        | "caption.created"
        | "caption.updated"
        | "caption.deleted"
        | "chapters.updated"
        | "chapters.deleted"
        | "audioTrack.created"
        | "audioTrack.ready"
        | "audioTrack.failed"
        | "audioTrack.deleted"
        | "audioTrack.updated"
        | "job.started"
        | "job.paused"
        | "job.resumed"
        | "job.requeued"
        | "job.completed"
        | "job.failed";
      sequence: number;
      videoId: string;
      at: string;
    }
  | {
      type: "upload.created" | "upload.completed" | "upload.cancelled" | "upload.expired" | "upload.failed";
      sequence: number;
      videoId: string;
      at: string;
      uploadId: string;
    }
  | {
      type: "import.created" | "import.completed" | "import.cancelled" | "import.failed";
      sequence: number;
      videoId: string;
      at: string;
      uploadId: string;
      importId: string;
    };
export type EventTicket = { ticket: string; videoId: string | null; expiresAt: string };
export type NewEventTicket = { videoId?: string | undefined };
export type VideoHistory = { data: PastEvent[]; nextCursor: string | null };
export type PastEvent = {
  id: string;
  type:
    | "video.created"
    | "video.updated"
    | "video.uploaded"
    | "video.playable"
    | "video.ready"
    | "video.failed"
    | "video.deleted"
    | "upload.created"
    | "upload.completed"
    | "upload.cancelled"
    | "upload.expired"
    | "upload.failed"
    | "import.created"
    | "import.completed"
    | "import.cancelled"
    | "import.failed"
    | "caption.created"
    | "caption.updated"
    | "caption.deleted"
    | "audioTrack.created"
    | "audioTrack.ready"
    | "audioTrack.failed"
    | "audioTrack.deleted"
    | "audioTrack.updated"
    | "chapters.updated"
    | "chapters.deleted"
    | "job.started"
    | "job.paused"
    | "job.resumed"
    | "job.requeued"
    | "job.completed"
    | "job.failed"
    | "task.dead"
    | "webhook.disabled"
    | "webhook.test";
  timestamp: string;
  subject: string | null;
  error: { code: string; message: string | null } | null;
  job: {
    videoId: string;
    version: number;
    state: "queued" | "running" | "paused" | "failed" | "completed";
    priority: "high" | "normal" | "low";
    creator: string | null;
    submittedAt: string;
    failedAt: string | null;
    error: { code: string; message: string } | null;
    percent: number;
    etaSeconds: number | null;
    taskCounts: { total: number; done: number; running: number; waiting: number; dead: number };
    deadTasks: EncodingTask[];
  } | null;
  task: EncodingTask & (Record<string, unknown> | null);
};
export type CreatedRunnerToken = {
  id: string;
  name: string;
  kinds: ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | null;
  videoId: string | null;
  creator: string | null;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  token: string;
};
export type NewRunnerToken = {
  name: string;
  kinds?: ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | undefined;
  videoId?: string | undefined;
  creator?: string | undefined;
  expiresAt?: string | undefined;
};
export type RunnerTokenList = { data: RunnerToken[] };
export type RunnerToken = {
  id: string;
  name: string;
  kinds: ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | null;
  videoId: string | null;
  creator: string | null;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
};
export type WebhookWithSecret = Webhook & { secret: string };
export type NewWebhook = {
  url: string;
  description?: string | undefined;
  events?: string[] | undefined;
  enabled?: boolean | undefined;
};
export type WebhookList = { data: Webhook[]; nextCursor: string | null };
export type WebhookPatch = {
  url?: string | undefined;
  description?: string | undefined;
  events?: string[] | undefined;
  enabled?: boolean | undefined;
};
export type WebhookSecretRotation = { overlapSeconds?: number | undefined };
export type WebhookDeliveryList = { data: WebhookDelivery[]; nextCursor: string | null };
export type WebhookDelivery = {
  id: string;
  webhookId: string;
  eventId: string;
  type: string;
  state: "pending" | "delivered" | "failed";
  request: { body: string };
  attempts: {
    number: number;
    at: string;
    durationMs: number;
    request: { headers: Record<string, string> };
    response: { status: number; headers: Record<string, string>; body: string } | null;
    error: { code: string; message: string } | null;
  }[];
  nextAttemptAt: string | null;
  createdAt: string;
  completedAt: string | null;
};
export type AuditLog = { data: AuditEntry[]; nextCursor: string | null };
export type AuditEntry = {
  id: string;
  actor: AuditActor;
  operationId: string;
  method: string;
  path: string;
  resourceIds: string[];
  status: number;
  code: string | null;
  requestId: string;
  address: string | null;
  userAgent: string | null;
  createdAt: string;
};
export type AuditActor = {
  kind: "apiKey" | "dashboard" | "uploadUrl" | "system";
  keyId: string | null;
  name: string | null;
};
export type DoctorReport = {
  state: "ok" | "warning" | "failed";
  checkedAt: string;
  release: string;
  sealingKeyFingerprint: string;
  checks: DoctorCheck[];
};
export type DoctorCheck = {
  name:
    | "database"
    | "schema"
    | "bucket"
    | "durableObjects"
    | "secrets"
    | "sealedSecrets"
    | "settings"
    | "rateLimits"
    | "bucketCors"
    | "cache"
    | "clock"
    | "queues"
    | "cron"
    | "outbox"
    | "erasing"
    | "runners"
    | "deadLetters"
    | "webhooks";
  state: "ok" | "warning" | "failed";
  summary: string;
  mend: string | null;
  durationMs: number;
};

export interface Operations {
  /** Make a video: of an object in your bucket, or one that awaits its upload */
  readonly createVideo: {
    readonly input: {
      readonly body: NewVideo;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Video;
  };
  /** List videos, newest first */
  readonly listVideos: {
    readonly input: {
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly state?: "awaitingUpload" | "uploaded" | "processing" | "ready" | "error" | undefined;
        readonly creator?: string | undefined;
        readonly tag?: string | undefined;
        readonly search?: string | undefined;
        readonly metadata?: string[] | undefined;
        readonly createdAfter?: string | undefined;
        readonly createdBefore?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: VideoList;
  };
  /** Get a video */
  readonly getVideo: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: VideoDetail;
  };
  /** Change what is said of a video, when it can be watched, and what of it */
  readonly patchVideo: {
    readonly input: {
      readonly videoId: string;
      readonly body: VideoPatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Video;
  };
  /** Delete a video and everything stored of it */
  readonly deleteVideo: {
    readonly input: {
      readonly videoId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Give a video another playback id */
  readonly createPlaybackId: {
    readonly input: {
      readonly videoId: string;
      readonly body: NewPlaybackId;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: PlaybackId;
  };
  /** List a video's playback ids */
  readonly listPlaybackIds: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: PlaybackIdList;
  };
  /** Get a playback id */
  readonly getPlaybackId: {
    readonly input: {
      readonly videoId: string;
      readonly playbackId: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: PlaybackId;
  };
  /** Change who may watch by a playback id, where, and what */
  readonly patchPlaybackId: {
    readonly input: {
      readonly videoId: string;
      readonly playbackId: string;
      readonly body: PlaybackIdPatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: PlaybackId;
  };
  /** Delete a playback id */
  readonly deletePlaybackId: {
    readonly input: {
      readonly videoId: string;
      readonly playbackId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Find the video of a playback id */
  readonly findPlaybackId: {
    readonly input: { readonly playbackId: string; readonly signal?: AbortSignal | undefined };
    readonly result: FoundPlaybackId;
  };
  /** Purge what caches hold of videos */
  readonly purge: {
    readonly input: {
      readonly body: Purge;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Purged;
  };
  /** List the texts that a video's source carried */
  readonly listSubtitles: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: SubtitlesList;
  };
  /** Get a text as WebVTT */
  readonly getSubtitles: {
    readonly input: {
      readonly videoId: string;
      readonly file: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: string;
  };
  /** List a video's captions */
  readonly listCaptions: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: CaptionList;
  };
  /** Upload captions */
  readonly putCaption: {
    readonly input: {
      readonly videoId: string;
      readonly caption: string;
      readonly query?: {
        readonly label?: string | undefined;
        readonly default?: "true" | "false" | undefined;
        readonly forced?: "true" | "false" | undefined;
        readonly kind?: "subtitles" | "captions" | undefined;
      };
      readonly body: BodyInit;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Caption;
  };
  /** Upload captions */
  readonly uploadCaption: {
    readonly input: {
      readonly videoId: string;
      readonly caption: string;
      readonly query?: {
        readonly label?: string | undefined;
        readonly default?: "true" | "false" | undefined;
        readonly forced?: "true" | "false" | undefined;
        readonly kind?: "subtitles" | "captions" | undefined;
      };
      readonly body: BodyInit;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Caption;
  };
  /** Get captions */
  readonly getCaption: {
    readonly input: {
      readonly videoId: string;
      readonly caption: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Caption;
  };
  /** Relabel, hide or prefer captions */
  readonly patchCaption: {
    readonly input: {
      readonly videoId: string;
      readonly caption: string;
      readonly body: CaptionPatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Caption;
  };
  /** Delete captions that were uploaded */
  readonly deleteCaption: {
    readonly input: {
      readonly videoId: string;
      readonly caption: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Make a video of a part of a video */
  readonly createClip: {
    readonly input: {
      readonly videoId: string;
      readonly body: NewClip;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Video;
  };
  /** Get the file that is to replace a video's own */
  readonly getReplacement: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: Replacement;
  };
  /** Give up the file that was to replace a video's own */
  readonly deleteReplacement: {
    readonly input: {
      readonly videoId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Bring over the videos of a Cloudflare Stream or Mux account */
  readonly createAccountImport: {
    readonly input: {
      readonly body: NewAccountImport;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: AccountImport;
  };
  /** List what was brought over, newest first */
  readonly listAccountImports: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: AccountImportList;
  };
  /** Get how far the bringing over of an account is */
  readonly getAccountImport: {
    readonly input: { readonly accountImportId: string; readonly signal?: AbortSignal | undefined };
    readonly result: AccountImport;
  };
  /** Bring no more of an account */
  readonly cancelAccountImport: {
    readonly input: {
      readonly accountImportId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** List the videos of the account, and what became of each */
  readonly listBroughtVideos: {
    readonly input: {
      readonly accountImportId: string;
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: BroughtVideoList;
  };
  /** List a video's chapters, by language */
  readonly listChapters: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: ChaptersList;
  };
  /** Get a video's chapters in a language */
  readonly getChapters: {
    readonly input: {
      readonly videoId: string;
      readonly language: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Chapters;
  };
  /** Set a video's chapters in a language */
  readonly putChapters: {
    readonly input: {
      readonly videoId: string;
      readonly language: string;
      readonly body: NewChapters;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Chapters;
  };
  /** Delete a video's chapters in a language */
  readonly deleteChapters: {
    readonly input: {
      readonly videoId: string;
      readonly language: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** List a video's audio tracks */
  readonly listAudioTracks: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: AudioTrackList;
  };
  /** Get an audio track */
  readonly getAudioTrack: {
    readonly input: {
      readonly videoId: string;
      readonly track: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: AudioTrack;
  };
  /** Relabel, prefer or reorder an audio track */
  readonly patchAudioTrack: {
    readonly input: {
      readonly videoId: string;
      readonly track: string;
      readonly body: AudioTrackPatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: AudioTrack;
  };
  /** Remove a sound that was added */
  readonly deleteAudioTrack: {
    readonly input: {
      readonly videoId: string;
      readonly track: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** List the files that a video can be had as */
  readonly listDownloads: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: DownloadList;
  };
  /** Get the file that a video was made of, to the byte */
  readonly getSource: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: Blob;
  };
  /** Get a picture of a video, whoever may watch it */
  readonly getVideoThumbnail: {
    readonly input: {
      readonly videoId: string;
      readonly query?: { readonly time?: string | undefined; readonly width?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Blob;
  };
  /** Get what all videos used, and what is stored */
  readonly getUsage: {
    readonly input: {
      readonly query?: { readonly from?: string | undefined; readonly to?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: LibraryUsage;
  };
  /** Get what a video used: views, minutes, bytes, encoding */
  readonly getVideoUsage: {
    readonly input: {
      readonly videoId: string;
      readonly query?: { readonly from?: string | undefined; readonly to?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Usage;
  };
  /** Set how much a creator may have */
  readonly putQuota: {
    readonly input: {
      readonly creator: string;
      readonly body: Quota;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Quota;
  };
  /** Get the quota of a creator */
  readonly getQuota: {
    readonly input: { readonly creator: string; readonly signal?: AbortSignal | undefined };
    readonly result: Quota;
  };
  /** Let a creator have as much as they like */
  readonly deleteQuota: {
    readonly input: {
      readonly creator: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Get what a creator has, and of what */
  readonly getCreatorUsage: {
    readonly input: { readonly creator: string; readonly signal?: AbortSignal | undefined };
    readonly result: CreatorUsage;
  };
  /** Encode a video that was only to be played as it came */
  readonly encodeVideo: {
    readonly input: {
      readonly videoId: string;
      readonly body: Encode;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Video;
  };
  /** Make an encoding profile */
  readonly createEncodingProfile: {
    readonly input: {
      readonly body: NewEncodingProfile;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingProfile;
  };
  /** List your encoding profiles, newest first */
  readonly listEncodingProfiles: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingProfileList;
  };
  /** Get an encoding profile, one of yours or a built-in one */
  readonly getEncodingProfile: {
    readonly input: { readonly profileId: string; readonly signal?: AbortSignal | undefined };
    readonly result: EncodingProfile;
  };
  /** Change an encoding profile */
  readonly patchEncodingProfile: {
    readonly input: {
      readonly profileId: string;
      readonly body: EncodingProfilePatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingProfile;
  };
  /** Delete an encoding profile */
  readonly deleteEncodingProfile: {
    readonly input: {
      readonly profileId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Make an API key */
  readonly createApiKey: {
    readonly input: {
      readonly body: NewApiKey;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: CreatedApiKey;
  };
  /** List the API keys that work */
  readonly listApiKeys: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: ApiKeyList;
  };
  /** Get an API key that works */
  readonly getApiKey: {
    readonly input: { readonly keyId: string; readonly signal?: AbortSignal | undefined };
    readonly result: ApiKey;
  };
  /** Revoke an API key */
  readonly revokeApiKey: {
    readonly input: {
      readonly keyId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Make a signing key, or bring a public key of your own */
  readonly createSigningKey: {
    readonly input: {
      readonly body: NewSigningKey;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: CreatedSigningKey;
  };
  /** List the signing keys that verify, newest first */
  readonly listSigningKeys: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: SigningKeyList;
  };
  /** Get a signing key */
  readonly getSigningKey: {
    readonly input: { readonly signingKeyId: string; readonly signal?: AbortSignal | undefined };
    readonly result: SigningKey;
  };
  /** Revoke a signing key */
  readonly revokeSigningKey: {
    readonly input: {
      readonly signingKeyId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Put a new key in the place of one */
  readonly rotateSigningKey: {
    readonly input: {
      readonly signingKeyId: string;
      readonly body: RotateSigningKey;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: CreatedSigningKey;
  };
  /** The public keys that verify playback tokens */
  readonly getJsonWebKeySet: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: JsonWebKeySet;
  };
  /** Mint a playback token */
  readonly createPlaybackToken: {
    readonly input: {
      readonly body: NewPlaybackToken;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: PlaybackToken;
  };
  /** Renew a playback token by its refresh token, without an API key */
  readonly refreshPlaybackToken: {
    readonly input: { readonly body: RefreshPlaybackToken; readonly signal?: AbortSignal | undefined };
    readonly result: PlaybackToken;
  };
  /** Take back what lets somebody watch */
  readonly createRevocation: {
    readonly input: {
      readonly body: NewRevocation;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Revocation;
  };
  /** List the revocations that hold, the one said last first */
  readonly listRevocations: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: RevocationList;
  };
  /** Take back again what another deployment listed as taken back */
  readonly restoreRevocations: {
    readonly input: {
      readonly body: RestoredRevocations;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: RestoredCount;
  };
  /** Make an upload, and the video it is for */
  readonly createUpload: {
    readonly input: {
      readonly body: NewUpload;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: CreatedUpload;
  };
  /** List uploads, newest first */
  readonly listUploads: {
    readonly input: {
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly state?: "open" | "completed" | "cancelled" | "expired" | "failed" | undefined;
        readonly videoId?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: UploadList;
  };
  /** Get an upload, with how far it is */
  readonly getUpload: {
    readonly input: { readonly uploadId: string; readonly signal?: AbortSignal | undefined };
    readonly result: Upload;
  };
  /** Cancel an upload */
  readonly cancelUpload: {
    readonly input: {
      readonly uploadId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Fetch a file from where it is, and make a video of it */
  readonly createImport: {
    readonly input: {
      readonly body: NewImport;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Import;
  };
  /** List imports, newest first */
  readonly listImports: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: ImportList;
  };
  /** Get an import, with how far it is */
  readonly getImport: {
    readonly input: { readonly importId: string; readonly signal?: AbortSignal | undefined };
    readonly result: Import;
  };
  /** Cancel an import */
  readonly cancelImport: {
    readonly input: {
      readonly importId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Get what the player of a session told */
  readonly getPlaybackSession: {
    readonly input: { readonly sessionId: string; readonly signal?: AbortSignal | undefined };
    readonly result: PlaybackSession;
  };
  /** List the sessions of a playback id whose players told something, newest first */
  readonly listPlaybackSessions: {
    readonly input: {
      readonly query?: {
        readonly playbackId?: string | undefined;
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: PlaybackSessionList;
  };
  /** List the videos whose encoding failed and can be requeued, newest first */
  readonly listDeadLetters: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: { data: ListedEncodingJob[]; nextCursor: string | null };
  };
  /** List the videos on the task board, newest first */
  readonly listJobs: {
    readonly input: {
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly state?: "queued" | "running" | "paused" | "failed" | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: { data: ListedEncodingJob[]; nextCursor: string | null };
  };
  /** Get whether tasks are given out, and how many wait */
  readonly getBoard: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: TaskBoardLoad;
  };
  /** Get how far a video's encoding is, task by task */
  readonly getJob: {
    readonly input: { readonly videoId: string; readonly signal?: AbortSignal | undefined };
    readonly result: EncodingJobWithTasks;
  };
  /** Give out no more tasks */
  readonly pauseBoard: {
    readonly input: { readonly idempotencyKey?: string; readonly signal?: AbortSignal | undefined };
    readonly result: TaskBoard;
  };
  /** Give out tasks again */
  readonly resumeBoard: {
    readonly input: { readonly idempotencyKey?: string; readonly signal?: AbortSignal | undefined };
    readonly result: TaskBoard;
  };
  /** Give out no more tasks of a video */
  readonly pauseJob: {
    readonly input: {
      readonly videoId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingJobWithTasks;
  };
  /** Give out its tasks again */
  readonly resumeJob: {
    readonly input: {
      readonly videoId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingJobWithTasks;
  };
  /** End a video's encoding */
  readonly cancelJob: {
    readonly input: {
      readonly videoId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingJobWithTasks;
  };
  /** Take up again what failed */
  readonly requeueJob: {
    readonly input: {
      readonly videoId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EncodingJobWithTasks;
  };
  /** Listen to what happens to videos, or list the last 500 events */
  readonly listEvents: {
    readonly input: {
      readonly query?: { readonly after?: number | undefined; readonly videoId?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: VideoEventList;
  };
  /** Get a ticket, with which a page opens a socket of events */
  readonly createEventTicket: {
    readonly input: {
      readonly body: NewEventTicket;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EventTicket;
  };
  /** Get a ticket for the events of the video that an upload is for */
  readonly createUploadEventTicket: {
    readonly input: {
      readonly uploadId: string;
      readonly secret: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: EventTicket;
  };
  /** List what happened to a video, newest first */
  readonly listVideoEvents: {
    readonly input: {
      readonly videoId: string;
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly type?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: VideoHistory;
  };
  /** Make a token for runners */
  readonly createRunnerToken: {
    readonly input: {
      readonly body: NewRunnerToken;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: CreatedRunnerToken;
  };
  /** List the runner tokens that are not revoked */
  readonly listRunnerTokens: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: RunnerTokenList;
  };
  /** Get a runner token that is not revoked */
  readonly getRunnerToken: {
    readonly input: { readonly tokenId: string; readonly signal?: AbortSignal | undefined };
    readonly result: RunnerToken;
  };
  /** Revoke a runner token */
  readonly revokeRunnerToken: {
    readonly input: {
      readonly tokenId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Be told of events at a URL of yours */
  readonly createWebhook: {
    readonly input: {
      readonly body: NewWebhook;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookWithSecret;
  };
  /** List webhooks, newest first */
  readonly listWebhooks: {
    readonly input: {
      readonly query?: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookList;
  };
  /** Get a webhook */
  readonly getWebhook: {
    readonly input: { readonly webhookId: string; readonly signal?: AbortSignal | undefined };
    readonly result: Webhook;
  };
  /** Change where it is, what it is told, or whether it is told */
  readonly patchWebhook: {
    readonly input: {
      readonly webhookId: string;
      readonly body: WebhookPatch;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Webhook;
  };
  /** Delete a webhook and the log of its deliveries */
  readonly deleteWebhook: {
    readonly input: {
      readonly webhookId: string;
      readonly ifMatch?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: void;
  };
  /** Give it a new secret */
  readonly rotateWebhookSecret: {
    readonly input: {
      readonly webhookId: string;
      readonly body: WebhookSecretRotation;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookWithSecret;
  };
  /** List what was sent, newest first, with every attempt */
  readonly listWebhookDeliveries: {
    readonly input: {
      readonly webhookId: string;
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly state?: "pending" | "delivered" | "failed" | undefined;
        readonly type?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookDeliveryList;
  };
  /** Get a delivery with every attempt */
  readonly getWebhookDelivery: {
    readonly input: {
      readonly webhookId: string;
      readonly deliveryId: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookDelivery;
  };
  /** Send it again now */
  readonly resendWebhookDelivery: {
    readonly input: {
      readonly webhookId: string;
      readonly deliveryId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookDelivery;
  };
  /** Send it a `webhook.test` */
  readonly testWebhook: {
    readonly input: {
      readonly webhookId: string;
      readonly idempotencyKey?: string;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: WebhookDelivery;
  };
  /** List who changed what, or was refused to, newest first */
  readonly listAuditLog: {
    readonly input: {
      readonly query?: {
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
        readonly keyId?: string | undefined;
        readonly operationId?: string | undefined;
        readonly resourceId?: string | undefined;
        readonly createdAfter?: string | undefined;
        readonly createdBefore?: string | undefined;
      };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: AuditLog;
  };
  /** Examine the deployment: what works, what does not, and how to mend it */
  readonly examineDeployment: {
    readonly input: { readonly signal?: AbortSignal | undefined };
    readonly result: DoctorReport;
  };
  /** Ask where the parts of a multipart upload go */
  readonly listUploadParts: {
    readonly input: {
      readonly uploadId: string;
      readonly secret: string;
      readonly query?: { readonly from?: number | undefined; readonly count?: number | undefined };
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: UploadParts;
  };
  /** Say that every part of a multipart upload is there */
  readonly completeUpload: {
    readonly input: {
      readonly uploadId: string;
      readonly secret: string;
      readonly body: UploadCompletion;
      readonly signal?: AbortSignal | undefined;
    };
    readonly result: Upload;
  };
}

/** Method, path, and the type of the body where there is one. */
export const operations = {
  createVideo: ["POST", "/v1/videos", "application/json"],
  listVideos: ["GET", "/v1/videos"],
  getVideo: ["GET", "/v1/videos/{videoId}"],
  patchVideo: ["PATCH", "/v1/videos/{videoId}", "application/json"],
  deleteVideo: ["DELETE", "/v1/videos/{videoId}"],
  createPlaybackId: ["POST", "/v1/videos/{videoId}/playback-ids", "application/json"],
  listPlaybackIds: ["GET", "/v1/videos/{videoId}/playback-ids"],
  getPlaybackId: ["GET", "/v1/videos/{videoId}/playback-ids/{playbackId}"],
  patchPlaybackId: ["PATCH", "/v1/videos/{videoId}/playback-ids/{playbackId}", "application/json"],
  deletePlaybackId: ["DELETE", "/v1/videos/{videoId}/playback-ids/{playbackId}"],
  findPlaybackId: ["GET", "/v1/playback-ids/{playbackId}"],
  purge: ["POST", "/v1/purge", "application/json"],
  listSubtitles: ["GET", "/v1/videos/{videoId}/subtitles"],
  getSubtitles: ["GET", "/v1/videos/{videoId}/subtitles/{file}"],
  listCaptions: ["GET", "/v1/videos/{videoId}/captions"],
  putCaption: ["PUT", "/v1/videos/{videoId}/captions/{caption}", "text/vtt"],
  uploadCaption: ["POST", "/v1/videos/{videoId}/captions/{caption}", "text/vtt"],
  getCaption: ["GET", "/v1/videos/{videoId}/captions/{caption}"],
  patchCaption: ["PATCH", "/v1/videos/{videoId}/captions/{caption}", "application/json"],
  deleteCaption: ["DELETE", "/v1/videos/{videoId}/captions/{caption}"],
  createClip: ["POST", "/v1/videos/{videoId}/clips", "application/json"],
  getReplacement: ["GET", "/v1/videos/{videoId}/replacement"],
  deleteReplacement: ["DELETE", "/v1/videos/{videoId}/replacement"],
  createAccountImport: ["POST", "/v1/account-imports", "application/json"],
  listAccountImports: ["GET", "/v1/account-imports"],
  getAccountImport: ["GET", "/v1/account-imports/{accountImportId}"],
  cancelAccountImport: ["DELETE", "/v1/account-imports/{accountImportId}"],
  listBroughtVideos: ["GET", "/v1/account-imports/{accountImportId}/videos"],
  listChapters: ["GET", "/v1/videos/{videoId}/chapters"],
  getChapters: ["GET", "/v1/videos/{videoId}/chapters/{language}"],
  putChapters: ["PUT", "/v1/videos/{videoId}/chapters/{language}", "application/json"],
  deleteChapters: ["DELETE", "/v1/videos/{videoId}/chapters/{language}"],
  listAudioTracks: ["GET", "/v1/videos/{videoId}/audio-tracks"],
  getAudioTrack: ["GET", "/v1/videos/{videoId}/audio-tracks/{track}"],
  patchAudioTrack: ["PATCH", "/v1/videos/{videoId}/audio-tracks/{track}", "application/json"],
  deleteAudioTrack: ["DELETE", "/v1/videos/{videoId}/audio-tracks/{track}"],
  listDownloads: ["GET", "/v1/videos/{videoId}/downloads"],
  getSource: ["GET", "/v1/videos/{videoId}/source"],
  getVideoThumbnail: ["GET", "/v1/videos/{videoId}/thumbnail.jpg"],
  getUsage: ["GET", "/v1/usage"],
  getVideoUsage: ["GET", "/v1/videos/{videoId}/usage"],
  putQuota: ["PUT", "/v1/creators/{creator}/quota", "application/json"],
  getQuota: ["GET", "/v1/creators/{creator}/quota"],
  deleteQuota: ["DELETE", "/v1/creators/{creator}/quota"],
  getCreatorUsage: ["GET", "/v1/creators/{creator}/usage"],
  encodeVideo: ["POST", "/v1/videos/{videoId}/encode", "application/json"],
  createEncodingProfile: ["POST", "/v1/encoding-profiles", "application/json"],
  listEncodingProfiles: ["GET", "/v1/encoding-profiles"],
  getEncodingProfile: ["GET", "/v1/encoding-profiles/{profileId}"],
  patchEncodingProfile: ["PATCH", "/v1/encoding-profiles/{profileId}", "application/json"],
  deleteEncodingProfile: ["DELETE", "/v1/encoding-profiles/{profileId}"],
  createApiKey: ["POST", "/v1/api-keys", "application/json"],
  listApiKeys: ["GET", "/v1/api-keys"],
  getApiKey: ["GET", "/v1/api-keys/{keyId}"],
  revokeApiKey: ["DELETE", "/v1/api-keys/{keyId}"],
  createSigningKey: ["POST", "/v1/signing-keys", "application/json"],
  listSigningKeys: ["GET", "/v1/signing-keys"],
  getSigningKey: ["GET", "/v1/signing-keys/{signingKeyId}"],
  revokeSigningKey: ["DELETE", "/v1/signing-keys/{signingKeyId}"],
  rotateSigningKey: ["POST", "/v1/signing-keys/{signingKeyId}/rotate", "application/json"],
  getJsonWebKeySet: ["GET", "/.well-known/jwks.json"],
  createPlaybackToken: ["POST", "/v1/playback-tokens", "application/json"],
  refreshPlaybackToken: ["POST", "/v1/playback-tokens/refresh", "application/json"],
  createRevocation: ["POST", "/v1/revocations", "application/json"],
  listRevocations: ["GET", "/v1/revocations"],
  restoreRevocations: ["POST", "/v1/revocations/restore", "application/json"],
  createUpload: ["POST", "/v1/uploads", "application/json"],
  listUploads: ["GET", "/v1/uploads"],
  getUpload: ["GET", "/v1/uploads/{uploadId}"],
  cancelUpload: ["DELETE", "/v1/uploads/{uploadId}"],
  createImport: ["POST", "/v1/imports", "application/json"],
  listImports: ["GET", "/v1/imports"],
  getImport: ["GET", "/v1/imports/{importId}"],
  cancelImport: ["DELETE", "/v1/imports/{importId}"],
  getPlaybackSession: ["GET", "/v1/playback-sessions/{sessionId}"],
  listPlaybackSessions: ["GET", "/v1/playback-sessions"],
  listDeadLetters: ["GET", "/v1/jobs/dead-letters"],
  listJobs: ["GET", "/v1/jobs"],
  getBoard: ["GET", "/v1/jobs/board"],
  getJob: ["GET", "/v1/jobs/{videoId}"],
  pauseBoard: ["POST", "/v1/jobs/board/pause"],
  resumeBoard: ["POST", "/v1/jobs/board/resume"],
  pauseJob: ["POST", "/v1/jobs/{videoId}/pause"],
  resumeJob: ["POST", "/v1/jobs/{videoId}/resume"],
  cancelJob: ["POST", "/v1/jobs/{videoId}/cancel"],
  requeueJob: ["POST", "/v1/jobs/{videoId}/requeue"],
  listEvents: ["GET", "/v1/events"],
  createEventTicket: ["POST", "/v1/events/tickets", "application/json"],
  createUploadEventTicket: ["POST", "/v1/uploads/{uploadId}/{secret}/events-ticket"],
  listVideoEvents: ["GET", "/v1/videos/{videoId}/events"],
  createRunnerToken: ["POST", "/v1/runner-tokens", "application/json"],
  listRunnerTokens: ["GET", "/v1/runner-tokens"],
  getRunnerToken: ["GET", "/v1/runner-tokens/{tokenId}"],
  revokeRunnerToken: ["DELETE", "/v1/runner-tokens/{tokenId}"],
  createWebhook: ["POST", "/v1/webhooks", "application/json"],
  listWebhooks: ["GET", "/v1/webhooks"],
  getWebhook: ["GET", "/v1/webhooks/{webhookId}"],
  patchWebhook: ["PATCH", "/v1/webhooks/{webhookId}", "application/json"],
  deleteWebhook: ["DELETE", "/v1/webhooks/{webhookId}"],
  rotateWebhookSecret: ["POST", "/v1/webhooks/{webhookId}/rotate", "application/json"],
  listWebhookDeliveries: ["GET", "/v1/webhooks/{webhookId}/deliveries"],
  getWebhookDelivery: ["GET", "/v1/webhooks/{webhookId}/deliveries/{deliveryId}"],
  resendWebhookDelivery: ["POST", "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/resend"],
  testWebhook: ["POST", "/v1/webhooks/{webhookId}/test"],
  listAuditLog: ["GET", "/v1/audit-log"],
  examineDeployment: ["GET", "/v1/doctor"],
  listUploadParts: ["GET", "/v1/uploads/{uploadId}/{secret}/parts"],
  completeUpload: ["POST", "/v1/uploads/{uploadId}/{secret}/complete", "application/json"],
} as const satisfies {
  readonly [Name in keyof Operations]: readonly [method: string, path: string, contentType?: string];
};
