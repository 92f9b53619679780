// Written by `npm run openapi` from openapi.json.

export type Video = {
  readonly id: string;
  readonly title: string;
  readonly creator: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: {
    readonly state: "awaitingUpload" | "uploaded" | "processing" | "ready" | "error";
    readonly playable: boolean;
    readonly percent: number;
    readonly error: {
      readonly code:
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
        | "uploadExpired"
        | "uploadCancelled";
      readonly message: string;
    } | null;
  };
  readonly instantPlay:
    | { readonly state: "playable" }
    | { readonly state: "waiting"; readonly reason: { readonly code: string; readonly message: string } }
    | null;
  readonly encoding: string;
  readonly priority: "high" | "normal" | "low";
  readonly durationSeconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly frameRate: number | null;
  readonly source: {
    readonly name: string | null;
    readonly sizeBytes: number;
    readonly objectKey: string | null;
  } | null;
  readonly clip: {
    readonly videoId: string;
    readonly startSeconds: number;
    readonly endSeconds: number;
  } | null;
  readonly segmentSeconds: 2 | 4 | 6;
  readonly tags: readonly string[];
  readonly availableFrom: string | null;
  readonly availableUntil: string | null;
  readonly playback: Limits;
  readonly playbackIds: readonly PlaybackId[];
  readonly createdAt: string;
  readonly updatedAt: string;
};
export type Limits = {
  readonly maxHeight?: number | undefined;
  readonly minHeight?: number | undefined;
  readonly codecs?: readonly string[] | undefined;
  readonly order?: "ascending" | "descending" | "middleFirst" | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly audioLanguages?: readonly string[] | undefined;
  readonly defaultSubtitles?: string | undefined;
  readonly audioOnly?: boolean | undefined;
};
export type PlaybackId = {
  readonly id: string;
  readonly policy: "public" | "signed" | "drm";
  readonly restrictions: Restrictions;
  readonly limits: Limits;
  readonly streams: { readonly max: number; readonly action: "evictOldest" | "refuseNewest" } | null;
  readonly downloads: boolean;
  readonly hlsUrl: string;
  readonly dashUrl: string;
  readonly watchUrl: string;
  readonly posterUrl: string;
};
export type Restrictions = {
  readonly rules?: readonly AccessRule[] | undefined;
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly allowNoOrigin?: boolean | undefined;
};
export type AccessRule =
  | { readonly action: "allow" | "block"; readonly type: "any" }
  | { readonly action: "allow" | "block"; readonly type: "country"; readonly countries: readonly string[] }
  | { readonly action: "allow" | "block"; readonly type: "continent"; readonly continents: readonly string[] }
  | { readonly action: "allow" | "block"; readonly type: "ip"; readonly ips: readonly string[] }
  | { readonly action: "allow" | "block"; readonly type: "asn"; readonly asns: readonly number[] };
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
  readonly requestId?: string | undefined;
};
export type NewVideo = {
  readonly title?: string | undefined;
  readonly creator?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly playbackPolicy?: "public" | "signed" | "drm" | undefined;
  readonly segmentSeconds?: 2 | 4 | 6 | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly availableFrom?: string | null | undefined;
  readonly availableUntil?: string | null | undefined;
  readonly playback?: Limits | undefined;
  readonly encoding?: string | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
  readonly source?: { readonly objectKey: string } | undefined;
};
export type VideoList = { readonly data: readonly Video[]; readonly nextCursor: string | null };
export type VideoDetail = Video & {
  readonly status?:
    | {
        readonly state: "awaitingUpload" | "uploaded" | "processing" | "ready" | "error";
        readonly playable: boolean;
        readonly percent: number;
        readonly error: {
          readonly code:
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
            | "uploadExpired"
            | "uploadCancelled";
          readonly message: string;
        } | null;
        readonly etaSeconds: number | null;
        readonly tasks: {
          readonly total: number;
          readonly done: number;
          readonly running: number;
          readonly waiting: number;
          readonly dead: number;
        } | null;
      }
    | undefined;
  readonly subtitles: readonly Subtitles[];
};
export type Subtitles = {
  readonly id: string;
  readonly language: string;
  readonly title: string;
  readonly isDefault: boolean;
  readonly isForced: boolean;
  readonly url: string;
};
export type VideoPatch = {
  readonly title?: string | undefined;
  readonly creator?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly availableFrom?: string | null | undefined;
  readonly availableUntil?: string | null | undefined;
  readonly playback?: Limits | undefined;
};
export type NewPlaybackId = {
  readonly policy: "public" | "signed" | "drm";
  readonly restrictions?: Restrictions | undefined;
  readonly limits?: Limits | undefined;
  readonly streams?:
    { readonly max: number; readonly action?: "evictOldest" | "refuseNewest" | undefined } | null | undefined;
  readonly downloads?: boolean | undefined;
};
export type PlaybackIdPatch = {
  readonly policy?: "public" | "signed" | "drm" | undefined;
  readonly restrictions?: Restrictions | undefined;
  readonly limits?: Limits | undefined;
  readonly streams?:
    { readonly max: number; readonly action?: "evictOldest" | "refuseNewest" | undefined } | null | undefined;
  readonly downloads?: boolean | undefined;
};
export type Purged = { readonly videos: number };
export type Purge = {
  readonly videoId?: string | undefined;
  readonly playbackId?: string | undefined;
  readonly tag?: string | undefined;
};
export type SubtitlesList = { readonly data: readonly Subtitles[] };
export type CaptionList = { readonly data: readonly Caption[] };
export type Caption = {
  readonly id: string;
  readonly language: string;
  readonly label: string;
  readonly kind: "subtitles" | "captions";
  readonly default: boolean;
  readonly forced: boolean;
  readonly hidden: boolean;
  readonly origin: "uploaded" | "source";
  readonly sizeBytes: number | null;
  readonly cues: number | null;
  readonly url: string;
  readonly updatedAt: string | null;
};
export type CaptionPatch = {
  readonly label?: string | undefined;
  readonly default?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly language?: string | undefined;
  readonly kind?: "subtitles" | "captions" | undefined;
  readonly forced?: boolean | undefined;
};
export type NewClip = {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly title?: string | undefined;
  readonly creator?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly playbackPolicy?: "public" | "signed" | "drm" | undefined;
};
export type Encode = {
  readonly encoding?: string | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
};
export type EncodingProfile = {
  readonly id: string;
  readonly name: string;
  readonly builtIn: boolean;
  readonly rungs: readonly { readonly side: number; readonly maxBitrateBps: number }[];
  readonly effort: "fast" | "balanced" | "thorough";
  readonly crf: number;
  readonly maxFrameRate: number;
  readonly av1: boolean;
  readonly opus: boolean;
  readonly perTitle: boolean;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
};
export type NewEncodingProfile = {
  readonly name: string;
  readonly rungs: readonly { readonly side: number; readonly maxBitrateBps: number }[];
  readonly effort?: "fast" | "balanced" | "thorough" | undefined;
  readonly crf?: number | undefined;
  readonly maxFrameRate?: number | undefined;
  readonly av1?: boolean | undefined;
  readonly opus?: boolean | undefined;
  readonly perTitle?: boolean | undefined;
};
export type EncodingProfileList = {
  readonly data: readonly EncodingProfile[];
  readonly nextCursor: string | null;
};
export type EncodingProfilePatch = {
  readonly name?: string | undefined;
  readonly rungs?: readonly { readonly side: number; readonly maxBitrateBps: number }[] | undefined;
  readonly effort?: "fast" | "balanced" | "thorough" | undefined;
  readonly crf?: number | undefined;
  readonly maxFrameRate?: number | undefined;
  readonly av1?: boolean | undefined;
  readonly opus?: boolean | undefined;
  readonly perTitle?: boolean | undefined;
};
export type CreatedApiKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly token: string;
};
export type NewApiKey = {
  readonly name: string;
  readonly scopes: readonly (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
};
export type ApiKeyList = { readonly data: readonly ApiKey[] };
export type ApiKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly (
    | "admin"
    | "videos:read"
    | "videos:write"
    | "uploads:write"
    | "tokens:write"
    | "access:write"
    | "jobs:read"
    | "jobs:write"
    | "webhooks:read"
    | "webhooks:write"
  )[];
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
};
export type CreatedSigningKey = {
  readonly id: string;
  readonly name: string;
  readonly alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  readonly origin: "generated" | "imported" | "managed";
  readonly state: "active" | "retiring" | "retired" | "revoked";
  readonly publicJwk: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
  readonly retiresAt: string | null;
  readonly replacedBy: string | null;
  readonly revokedAt: string | null;
  readonly privateKeyPem: string | null;
  readonly secret: string | null;
  readonly privateJwk: Readonly<Record<string, unknown>> | null;
};
export type NewSigningKey = {
  readonly alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  readonly name?: string | undefined;
  readonly publicKeyPem?: string | undefined;
  readonly publicJwk?: Readonly<Record<string, unknown>> | undefined;
  readonly secret?: string | undefined;
};
export type SigningKeyList = { readonly data: readonly SigningKey[] };
export type SigningKey = {
  readonly id: string;
  readonly name: string;
  readonly alg: "HS256" | "RS256" | "ES256" | "EdDSA";
  readonly origin: "generated" | "imported" | "managed";
  readonly state: "active" | "retiring" | "retired" | "revoked";
  readonly publicJwk: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
  readonly retiresAt: string | null;
  readonly replacedBy: string | null;
  readonly revokedAt: string | null;
};
export type RotateSigningKey = {
  readonly graceSeconds?: number | undefined;
  readonly publicKeyPem?: string | undefined;
  readonly publicJwk?: Readonly<Record<string, unknown>> | undefined;
  readonly secret?: string | undefined;
};
export type JsonWebKeySet = { readonly keys: readonly Readonly<Record<string, unknown>>[] };
export type PlaybackToken = {
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAt: string;
  readonly hlsUrl: string | null;
  readonly dashUrl: string | null;
  readonly thumbnailUrl: string | null;
  readonly refreshToken: string | null;
  readonly refreshExpiresAt: string | null;
};
export type NewPlaybackToken = {
  readonly playbackId: string;
  readonly audiences?: readonly ("video" | "thumbnail" | "storyboard" | "download" | "drm")[] | undefined;
  readonly expiresInSeconds?: number | undefined;
  readonly expiresAt?: string | undefined;
  readonly notBefore?: string | undefined;
  readonly viewerId?: string | undefined;
  readonly limits?: Limits | undefined;
  readonly rules?: readonly AccessRule[] | undefined;
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly allowNoOrigin?: boolean | undefined;
  readonly boundTo?: string | undefined;
  readonly streams?:
    { readonly max: number; readonly action?: "evictOldest" | "refuseNewest" | undefined } | undefined;
  readonly signingKeyId?: string | undefined;
  readonly refreshable?: boolean | undefined;
  readonly refreshExpiresInSeconds?: number | undefined;
};
export type RefreshPlaybackToken = { readonly refreshToken: string };
export type Revocation = {
  readonly kind: "viewer" | "session" | "token" | "playbackId" | "signingKey" | "policy";
  readonly hash: string;
  readonly reason: "revoked" | "shared" | "evicted" | "limited" | "changed";
  readonly issuedBefore: string | null;
  readonly revokedAt: string;
  readonly expiresAt: string;
};
export type NewRevocation = {
  readonly kind: "viewer" | "session" | "token" | "playbackId" | "signingKey";
  readonly id: string;
  readonly issuedBefore?: string | undefined;
};
export type RevocationList = { readonly data: readonly Revocation[]; readonly nextCursor: string | null };
export type CreatedUpload = Upload & { readonly url: string };
export type Upload = {
  readonly id: string;
  readonly videoId: string;
  readonly state: "open" | "completed" | "cancelled" | "expired" | "failed";
  readonly sizeBytes: number | null;
  readonly error: { readonly code: string } | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly completedAt: string | null;
  readonly offsetBytes: number;
};
export type NewUpload = {
  readonly title?: string | undefined;
  readonly creator?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly playbackPolicy?: "public" | "signed" | "drm" | undefined;
  readonly segmentSeconds?: 2 | 4 | 6 | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly availableFrom?: string | null | undefined;
  readonly availableUntil?: string | null | undefined;
  readonly playback?: Limits | undefined;
  readonly encoding?: string | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
  readonly sizeBytes?: number | null | undefined;
  readonly fileName?: string | null | undefined;
  readonly videoId?: string | undefined;
};
export type UploadList = { readonly data: readonly UploadEntry[]; readonly nextCursor: string | null };
export type UploadEntry = {
  readonly id: string;
  readonly videoId: string;
  readonly state: "open" | "completed" | "cancelled" | "expired" | "failed";
  readonly sizeBytes: number | null;
  readonly error: { readonly code: string } | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly completedAt: string | null;
};
export type PlaybackSession = {
  readonly id: string;
  readonly playbackId: string;
  readonly videoId: string;
  readonly viewerHash: string | null;
  readonly issuedAt: string;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly cmcdVersion: number;
  readonly requests: number;
  readonly events: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly streamingFormat: "hls" | "dash" | "smooth" | "hesp" | "other" | null;
  readonly streamType: "onDemand" | "live" | "lowLatencyLive" | null;
  readonly objectTypes: readonly (
    "manifest" | "audio" | "video" | "muxed" | "init" | "captions" | "timedText" | "key" | "other"
  )[];
  readonly playerState:
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
  readonly positionSeconds: number | null;
  readonly throughputBps: number | null;
  readonly lastBitrateBps: number | null;
  readonly topBitrateBps: number | null;
  readonly lowestBufferSeconds: number | null;
  readonly lastBufferSeconds: number | null;
  readonly starvations: number;
  readonly startupRequests: number;
};
export type PlaybackSessionList = {
  readonly data: readonly PlaybackSession[];
  readonly nextCursor: string | null;
};
export type EncodingJob = {
  readonly videoId: string;
  readonly version: number;
  readonly state: "queued" | "running" | "paused" | "failed";
  readonly priority: "high" | "normal" | "low";
  readonly creator: string | null;
  readonly submittedAt: string;
  readonly failedAt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly percent: number;
  readonly etaSeconds: number | null;
  readonly taskCounts: {
    readonly total: number;
    readonly done: number;
    readonly running: number;
    readonly waiting: number;
    readonly dead: number;
  };
  readonly deadTasks: readonly EncodingTask[];
};
export type EncodingTask = {
  readonly id: string;
  readonly kind: "probe" | "video" | "audio" | "images" | "subtitles" | "frame";
  readonly chunk: number;
  readonly track: string;
  readonly phase: "ready" | "leased" | "done" | "dead";
  readonly attempt: number;
  readonly failures: number;
  readonly lapses: number;
  readonly progress: number;
  readonly runner: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly attempt: number } | null;
};
export type EncodingJobWithTasks = {
  readonly videoId: string;
  readonly version: number;
  readonly state: "queued" | "running" | "paused" | "failed";
  readonly priority: "high" | "normal" | "low";
  readonly creator: string | null;
  readonly submittedAt: string;
  readonly failedAt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly percent: number;
  readonly etaSeconds: number | null;
  readonly taskCounts: {
    readonly total: number;
    readonly done: number;
    readonly running: number;
    readonly waiting: number;
    readonly dead: number;
  };
  readonly deadTasks: readonly EncodingTask[];
  readonly tasks: readonly EncodingTask[];
};
export type TaskBoard = { readonly paused: boolean };
export type VideoEventList = {
  readonly data: readonly VideoEvent[];
  readonly lastSequence: number;
  readonly gap: boolean;
};
export type VideoEvent =
  | {
      readonly type: "video.uploaded";
      readonly sequence: number;
      readonly videoId: string;
      readonly at: string;
      readonly waits: { readonly code: string; readonly message: string } | null;
    }
  | {
      readonly type: "video.playable";
      readonly sequence: number;
      readonly videoId: string;
      readonly at: string;
    }
  | {
      readonly type: "video.progress";
      readonly sequence: number;
      readonly videoId: string;
      readonly at: string;
      readonly percent: number;
      readonly etaSeconds: number | null;
    }
  | { readonly type: "video.ready"; readonly sequence: number; readonly videoId: string; readonly at: string }
  | {
      readonly type: "video.failed";
      readonly sequence: number;
      readonly videoId: string;
      readonly at: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly type: "task.dead";
      readonly sequence: number;
      readonly videoId: string;
      readonly at: string;
      readonly taskId: string;
      readonly task: string;
      readonly chunk: number;
      readonly track: string;
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
    };
export type EventTicket = {
  readonly ticket: string;
  readonly videoId: string | null;
  readonly expiresAt: string;
};
export type NewEventTicket = { readonly videoId?: string | undefined };
export type CreatedRunnerToken = {
  readonly id: string;
  readonly name: string;
  readonly kinds: readonly ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | null;
  readonly videoId: string | null;
  readonly creator: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly token: string;
};
export type NewRunnerToken = {
  readonly name: string;
  readonly kinds?: readonly ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | undefined;
  readonly videoId?: string | undefined;
  readonly creator?: string | undefined;
  readonly expiresAt?: string | undefined;
};
export type RunnerTokenList = { readonly data: readonly RunnerToken[] };
export type RunnerToken = {
  readonly id: string;
  readonly name: string;
  readonly kinds: readonly ("probe" | "video" | "audio" | "images" | "subtitles" | "frame")[] | null;
  readonly videoId: string | null;
  readonly creator: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
};
export type WebhookWithSecret = Webhook & { readonly secret: string };
export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly disabledReason: "byRequest" | "gone" | "failing" | null;
  readonly failingSince: string | null;
  readonly secrets: readonly {
    readonly id: string;
    readonly createdAt: string;
    readonly endsAt: string | null;
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
};
export type NewWebhook = {
  readonly url: string;
  readonly description?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
};
export type WebhookList = { readonly data: readonly Webhook[]; readonly nextCursor: string | null };
export type WebhookPatch = {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
};
export type WebhookSecretRotation = { readonly overlapSeconds?: number | undefined };
export type WebhookDeliveryList = {
  readonly data: readonly WebhookDelivery[];
  readonly nextCursor: string | null;
};
export type WebhookDelivery = {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: string;
  readonly state: "pending" | "delivered" | "failed";
  readonly request: { readonly body: string };
  readonly attempts: readonly {
    readonly number: number;
    readonly at: string;
    readonly durationMs: number;
    readonly request: { readonly headers: Readonly<Record<string, string>> };
    readonly response: {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    } | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly completedAt: string | null;
};
export type AuditLog = { readonly data: readonly AuditEntry[]; readonly nextCursor: string | null };
export type AuditEntry = {
  readonly id: string;
  readonly actor: AuditActor;
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly resourceIds: readonly string[];
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
};
export type AuditActor = {
  readonly kind: "apiKey" | "dashboard";
  readonly keyId: string;
  readonly name: string | null;
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
    readonly result: { readonly data: readonly EncodingJob[]; readonly nextCursor: string | null };
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
    readonly result: { readonly data: readonly EncodingJob[]; readonly nextCursor: string | null };
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
}

/** Method, path, and the type of the body where there is one. */
export const operations = {
  createVideo: ["POST", "/v1/videos", "application/json"],
  listVideos: ["GET", "/v1/videos"],
  getVideo: ["GET", "/v1/videos/{videoId}"],
  patchVideo: ["PATCH", "/v1/videos/{videoId}", "application/json"],
  deleteVideo: ["DELETE", "/v1/videos/{videoId}"],
  createPlaybackId: ["POST", "/v1/videos/{videoId}/playback-ids", "application/json"],
  patchPlaybackId: ["PATCH", "/v1/videos/{videoId}/playback-ids/{playbackId}", "application/json"],
  deletePlaybackId: ["DELETE", "/v1/videos/{videoId}/playback-ids/{playbackId}"],
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
  encodeVideo: ["POST", "/v1/videos/{videoId}/encode", "application/json"],
  createEncodingProfile: ["POST", "/v1/encoding-profiles", "application/json"],
  listEncodingProfiles: ["GET", "/v1/encoding-profiles"],
  getEncodingProfile: ["GET", "/v1/encoding-profiles/{profileId}"],
  patchEncodingProfile: ["PATCH", "/v1/encoding-profiles/{profileId}", "application/json"],
  deleteEncodingProfile: ["DELETE", "/v1/encoding-profiles/{profileId}"],
  createApiKey: ["POST", "/v1/api-keys", "application/json"],
  listApiKeys: ["GET", "/v1/api-keys"],
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
  createUpload: ["POST", "/v1/uploads", "application/json"],
  listUploads: ["GET", "/v1/uploads"],
  getUpload: ["GET", "/v1/uploads/{uploadId}"],
  cancelUpload: ["DELETE", "/v1/uploads/{uploadId}"],
  getPlaybackSession: ["GET", "/v1/playback-sessions/{sessionId}"],
  listPlaybackSessions: ["GET", "/v1/playback-sessions"],
  listDeadLetters: ["GET", "/v1/jobs/dead-letters"],
  listJobs: ["GET", "/v1/jobs"],
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
  createRunnerToken: ["POST", "/v1/runner-tokens", "application/json"],
  listRunnerTokens: ["GET", "/v1/runner-tokens"],
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
} as const satisfies {
  readonly [Name in keyof Operations]: readonly [method: string, path: string, contentType?: string];
};
