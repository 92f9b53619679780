// What the Worker and a runner say to each other. Both ends parse with these schemas. The version is sent
// with every request; a mismatch is refused with `runnerProtocolMismatch` and says both versions.
//
//   POST /internal/v1/tasks/claim               ClaimRequest -> 200 Task | 204 (nothing within waitSeconds)
//   POST /internal/v1/tasks/leave               Leave -> 204: the claim that this runner held open is not heard any more
//   POST /internal/v1/tasks/{id}/heartbeat      Heartbeat -> 200 HeartbeatReply | 409 leaseLost
//   POST /internal/v1/tasks/{id}/chunks         ChunkReport -> 204 | 409 leaseLost | 422
//   POST /internal/v1/tasks/{id}/complete       Completion -> 204 | 409 leaseLost | 422
//   POST /internal/v1/tasks/{id}/fail           Failure -> 204 | 409 leaseLost
//   POST /internal/v1/tasks/{id}/urls           UrlRequest -> 200 UrlReply | 409 leaseLost | 413
//   GET|PUT /internal/v1/objects/{token}        the short-lived URLs that a task names; no other credential
import * as z from "zod";

export const protocolVersion = 2;
export const protocolHeader = "Sluice-Runner-Protocol";
export const leaseHeader = "Sluice-Lease";

const count = z.int().nonnegative();
const positive = z.int().positive();
const seconds = z.number();
const trackId = z.string().regex(/^[a-z][a-z0-9]{0,15}$/);

export const rational = z.object({ numerator: positive, denominator: positive });

/** GET with Range; answers 206. Offsets and sizes in bytes. */
export const byteRange = z.object({ offsetBytes: count, sizeBytes: positive });
/**
 * `ranges`: all of the file that the work needs, ascending and apart; the rest of it stays a hole. Absent: the whole
 * file.
 */
const source = z.object({
  url: z.url(),
  sizeBytes: positive,
  ranges: z.array(byteRange).min(1).optional(),
  renewal: z.string().optional(),
});
/** PUT with Content-Length, once: an object that exists is kept and answers 412. */
const upload = z.object({ url: z.url(), maxBytes: positive, renewal: z.string().optional() });

const probeWork = z.object({ kind: z.literal("probe"), source });

/** The absolute frame grid: frame f is presented at f / frameRate, GOP g starts at frame g * gopFrames. */
const grid = z.object({
  frameRate: rational,
  gopFrames: positive,
  /** All frames of the video; with gopFrames it gives every fragment edge. */
  frameCount: positive,
});

export const rung = z.object({
  track: trackId,
  width: positive,
  height: positive,
  codec: z.enum(["h264", "av1"]),
  /** Of the encoder: x264's name, or SVT-AV1's number. */
  preset: z.string(),
  /**
   * H.264: reference frames, named because the header says them. Presets with the same number here write the same
   * header, so that a fast preset may make the first chunk of a track and a slower one the others.
   */
  references: z.int().min(1).max(16),
  crf: z.number(),
  /**
   * Of the finished track: any t seconds of it, across the joins of its parts too, hold at most
   * `maxBitrateBps` * t + `bufferBits`. What each part's encoder is told for that is in vbv.ts.
   */
  maxBitrateBps: positive,
  bufferBits: positive,
  /** H.264's; "" for AV1. */
  level: z.string(),
  upload,
});

/** One chunk, the rungs named, in one FFmpeg process. */
const videoWork = z.object({
  kind: z.literal("video"),
  source,
  streamIndex: count,
  /**
   * Where frame 0 of the grid is in the source's timestamps, the same in all work of a video. The first picture
   * also fills the frames before it, silence what is missing of the sound.
   */
  sourceStartSeconds: seconds,
  grid,
  timescale: positive,
  ticksPerFrame: positive,
  chunk: count,
  firstFragment: count,
  fragmentCount: positive,
  firstFrame: count,
  frameCount: positive,
  deinterlace: z.boolean(),
  /** HDR transfer (PQ, HLG) to BT.709. */
  toneMap: z.boolean(),
  /**
   * The last frames of the whole grid, after the picture ended, while the sound goes on: the last picture is
   * repeated. The picture itself ends at frame `grid.frameCount - holdLastFrames`.
   */
  holdLastFrames: count,
  rungs: z.array(rung).min(1),
});

/** The whole audio of the video in one encode, cut at the frame nearest each edge of the grid. */
const audioWork = z.object({
  kind: z.literal("audio"),
  source,
  streamIndex: count,
  sourceStartSeconds: seconds,
  grid,
  track: trackId,
  codec: z.enum(["aac", "opus"]),
  sampleRateHz: positive,
  /** More in the source are mixed down. */
  channels: z.int().min(1).max(2),
  bitrateBps: positive,
  /** In order. Chunks that an earlier attempt got accepted are absent: encode through them, upload nothing. */
  chunks: z.array(z.object({ chunk: count, firstFragment: count, fragmentCount: positive, upload })),
});

/** One of several sizes of the same, the largest first. */
const sized = z.object({ width: positive, height: positive, upload });
/** From key frames: a poster, one small picture per `everySeconds`, the same in sheets, and a short film of moments. */
const imagesWork = z.object({
  kind: z.literal("images"),
  source,
  streamIndex: count,
  sourceStartSeconds: seconds,
  durationSeconds: seconds,
  toneMap: z.boolean(),
  poster: z.object({ atSeconds: seconds, sizes: z.array(sized).min(1) }),
  thumbnails: z.object({ everySeconds: positive, count: positive, sizes: z.array(sized).min(1) }),
  /** The thumbnails again, as tiles of JPEG sheets, packed like them. Width and height are a tile's. */
  storyboard: sized.extend({ columns: positive, rows: positive }),
  /** Muted H.264 in MP4, to be looped; absent where the film is too short for one. */
  preview: sized.extend({ pictures: positive, framesPerSecond: positive }).optional(),
});

/** Text streams of the source, each as one WebVTT file on the grid's time. */
const subtitlesWork = z.object({
  kind: z.literal("subtitles"),
  source,
  sourceStartSeconds: seconds,
  streams: z.array(z.object({ streamIndex: count, upload })).min(1),
});

/** The one picture that is shown at a time of the grid. */
const frameWork = z.object({
  kind: z.literal("frame"),
  source,
  streamIndex: count,
  sourceStartSeconds: seconds,
  atSeconds: seconds,
  toneMap: z.boolean(),
  deinterlace: z.boolean(),
  width: positive,
  height: positive,
  upload,
});

export const work = z.discriminatedUnion("kind", [
  probeWork,
  videoWork,
  audioWork,
  imagesWork,
  subtitlesWork,
  frameWork,
]);
export type Work = z.infer<typeof work>;
export type ProbeWork = z.infer<typeof probeWork>;
export type VideoWork = z.infer<typeof videoWork>;
export type AudioWork = z.infer<typeof audioWork>;
export type ImagesWork = z.infer<typeof imagesWork>;
export type SubtitlesWork = z.infer<typeof subtitlesWork>;
export type FrameWork = z.infer<typeof frameWork>;
export type Rung = z.infer<typeof rung>;
export type Grid = z.infer<typeof grid>;

export const task = z.object({
  id: z.string(),
  /** Fences every report: a runner whose attempt is not the current one is told `leaseLost` and stops. */
  attempt: positive,
  videoId: z.string(),
  version: positive,
  leaseSeconds: positive,
  /** How long its URLs are good for, from the claim on. What is needed later is asked for at `urls`, by `renewal`. */
  urlSeconds: positive.optional(),
  /** Uploads go straight to the bucket: the URL of each is asked for at `urls` once its length is known. */
  direct: z.boolean().optional(),
  /** Goes back in `Sluice-Lease` with everything that is said of this task, where it is there. */
  lease: z.string().optional(),
  work,
});
export type Task = z.infer<typeof task>;

export const claimRequest = z.object({
  runnerId: z.string().min(1).max(64),
  /** Claims that share one disk say the same: what one has fetched, the others need not. */
  instance: z.string().min(1).max(64).optional(),
  cpus: positive,
  /** What its FFmpeg can encode: tasks that need another are for other runners. */
  codecs: z.array(z.enum(["h264", "av1", "aac", "opus"])),
  ffmpegVersion: z.string().max(200),
  /** Of the runner; of those before 0.1.0 none. */
  release: z.string().max(64).optional(),
  /** How long the answer may be held open when there is no task. */
  waitSeconds: z.number().min(0).max(25),
});
export type ClaimRequest = z.infer<typeof claimRequest>;

export const leave = claimRequest.pick({ runnerId: true });

export const heartbeat = z.object({ attempt: positive, progress: z.number().min(0).max(1) });
export const heartbeatReply = z.object({ leaseSeconds: positive });

export const urlRequest = z.object({
  attempt: positive,
  renewal: z.string().max(4096),
  /** Of the object that is ready to go straight to the bucket; absent for a URL of the Worker's. */
  sizeBytes: positive.optional(),
});
export const urlReply = z.object({ url: z.url(), urlSeconds: positive });
export type UrlReply = z.infer<typeof urlReply>;

export const fragmentEntry = z.object({
  durationTicks: positive,
  sizeBytes: positive,
  leadBytes: count,
  sync: z.boolean(),
});

/** A finished chunk object, already uploaded. The sum of sizes must equal the object's. */
export const chunkTrack = z.object({
  track: trackId,
  /** The whole init segment: the Worker writes the first one and refuses a chunk whose init differs. */
  initBase64: z.string().max(64 * 1024),
  startTicks: count,
  fragments: z.array(fragmentEntry).min(1).max(64),
});
export const chunkReport = z.object({
  attempt: positive,
  chunk: count,
  tracks: z.array(chunkTrack).min(1).max(16),
});
export type ChunkReport = z.infer<typeof chunkReport>;
export type ChunkTrack = z.infer<typeof chunkTrack>;

const streamBase = { index: count, codec: z.string(), language: z.string() };

/** Everything about timing comes from packets; what a header claims is never trusted. */
const packetFacts = {
  packetCount: count,
  startSeconds: seconds,
  /** Largest pts + duration of any packet that is presented. */
  endSeconds: seconds,
};

export const probedVideo = z.object({
  ...streamBase,
  ...packetFacts,
  kind: z.literal("video"),
  /** Coded size, before rotation. */
  width: positive,
  height: positive,
  sampleAspect: rational,
  /** Clockwise: 0, 90, 180, 270. */
  rotationDegrees: z.int(),
  /** Pictures by the time they span. */
  averageFrameRate: rational.nullable(),
  /** Of the median distance between pictures; where the rate varies it says how the picture moves. */
  nominalFrameRate: rational.nullable(),
  interlaced: z.boolean(),
  pixelFormat: z.string(),
  colorTransfer: z.string(),
  /** nb_frames of the header, where there is one; more than packetCount means a truncated file. */
  declaredFrameCount: count.nullable(),
});
export const probedAudio = z.object({
  ...streamBase,
  ...packetFacts,
  kind: z.literal("audio"),
  channels: count,
  sampleRateHz: count,
  isDefault: z.boolean(),
  declaredFrameCount: count.nullable(),
});
/** Text only; pictures of text are `other`. */
export const probedSubtitles = z.object({
  ...streamBase,
  kind: z.literal("subtitles"),
  title: z.string(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
});
export const probedOther = z.object({ ...streamBase, kind: z.literal("other") });

export const probe = z.object({
  container: z.string(),
  streams: z.array(z.discriminatedUnion("kind", [probedVideo, probedAudio, probedSubtitles, probedOther])),
  /** What short trial encodes cost; absent where there is no picture, or none could be made. */
  complexity: z
    .object({
      /** Bit rate of the trial at `height` lines and constant quality. */
      bitrateBps: positive,
      width: positive,
      height: positive,
    })
    .optional(),
});
export type Probe = z.infer<typeof probe>;
export type ProbedVideo = z.infer<typeof probedVideo>;
export type ProbedAudio = z.infer<typeof probedAudio>;

export const completion = z.object({
  attempt: positive,
  result: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("probe"), probe }),
    /** All chunks were reported before. */
    z.object({ kind: z.literal("chunks") }),
    z.object({ kind: z.literal("images"), thumbnailCount: count }),
    /** Streams that held text, by their index; the others were uploaded by nobody. */
    z.object({ kind: z.literal("subtitles"), streams: z.array(count) }),
    z.object({ kind: z.literal("frame") }),
  ]),
  /** For the metrics: what the work cost. */
  cpuSeconds: z.number().nonnegative(),
  wallSeconds: z.number().nonnegative(),
  /** Of the source, for this task: what was on the runner's disk before is not counted. */
  bytesFetched: count.optional(),
});
export type Completion = z.infer<typeof completion>;

export const failure = z.object({
  attempt: positive,
  /** `source`: the file is at fault, no retry helps. `runner`: another attempt may succeed. `handback`: SIGTERM. */
  blame: z.enum(["source", "runner", "handback"]),
  code: z.enum([
    "emptyFile",
    "unreadable",
    "sourceTruncated",
    "tooLargeDimensions",
    "encodeFailed",
    "sourceMissing",
    "sourceTooLarge",
  ]),
  message: z.string().max(2000),
});
export type Failure = z.infer<typeof failure>;
