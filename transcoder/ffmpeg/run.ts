// The only place that starts FFmpeg. Sources are hostile: no shell, no network, no format that can name other
// files, hard limits on CPU, memory and output, its own process group, and none of our environment.
// It never decides whether the work succeeded: FFmpeg can exit 0 with most of the film missing.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { launcherFor } from "./launcher.ts";
import { progressReader, type Progress } from "./progress.ts";
import { stderrReader } from "./stderr.ts";
import { handOver } from "./unprivileged.ts";

type Tool = "ffmpeg" | "ffprobe";

export interface RunLimits {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly addressSpaceBytes: number;
  /** Of any one file it writes. */
  readonly fileSizeBytes: number;
}

export interface RunOptions {
  readonly tool: Tool;
  /** Without a shell. Before each `-i` the whitelists are inserted; the path after it must be a local file. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly limits: RunLimits;
  /** What the input may be, where it is a file of our own making and not a source. */
  readonly formats?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Standard output is not read on until the promise settles; a rejection kills the tool and is thrown on. */
  readonly onStdout?: (bytes: Uint8Array) => void | Promise<void>;
}

type Exit =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "wallTimeout" }
  | { readonly kind: "aborted" };

export interface RunResult {
  readonly exit: Exit;
  /** Warnings and errors, the last 8 KiB. Holds paths of the work directory and metadata of the source. */
  readonly stderrTail: string;
  /** FFmpeg said that something of what it decoded or wrote is wrong, whatever its exit code. */
  readonly complained: boolean;
  /** User and system time that FFmpeg reported; 0 for ffprobe and for a run that was killed. */
  readonly cpuSeconds: number;
}

const protocols = "file,pipe";
/** Demuxers that read one file and nothing else: no playlists (hls, dash), no scripts (concat), no sdp. */
const sourceFormats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,mpeg,ogg,mp3,aac,flac,wav";
/** 8K is 33.2 million. */
export const maxPixels = 35_000_000;
const maxAllocationBytes = 1_000_000_000;
/** After standard input, output and error, and the pipe of progress. */
const firstDescriptor = 4;
const environment = () => ({
  // The runner's token is in our environment; a decoder with a hole in it must not find it.
  PATH: process.env["PATH"],
  LC_ALL: "C",
  AV_LOG_FORCE_NOCOLOR: "1",
  // Address space, which is limited, must not follow from the number of cores.
  MALLOC_ARENA_MAX: "8",
});
/** Nobody wants the output of a run that was stopped; this only lets it say why it ends. */
const killAfterMs = 1_000;

export async function runTool(options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted)
    return { exit: { kind: "aborted" }, stderrTail: "", complained: false, cpuSeconds: 0 };
  const { prefix, uid } = await launcherFor(options.limits);
  const given = uid === null ? null : await handOver(options.args, options.cwd, uid, firstDescriptor);
  const [command, ...args] = [
    ...prefix,
    options.tool,
    ...hardened({ ...options, args: given?.args ?? options.args }),
  ];
  const child = spawn(command ?? options.tool, args, {
    cwd: options.cwd,
    env: environment(),
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe", ...(given?.descriptors ?? [])],
  });

  let stopped: Exit | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: Exit) => {
    if (stopped) return;
    stopped = why;
    signalGroup(child.pid, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), killAfterMs);
  };
  const onAbort = () => stop({ kind: "aborted" });
  const wallTimer = setTimeout(() => stop({ kind: "wallTimeout" }), options.limits.wallSeconds * 1000);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  // While the launcher was looked for: no listener is told of an abort that was before it.
  if (options.signal?.aborted) onAbort();

  const stderr = stderrReader();
  const progress = progressReader(options.onProgress);
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) =>
      resolve(
        stopped ?? (code === null ? { kind: "signal", signal: signal ?? "unknown" } : { kind: "code", code }),
      ),
    );
  });
  const stdoutRead = readAll(child.stdout, options.onStdout).catch((error: unknown) => {
    stop({ kind: "aborted" });
    // The rest is discarded, so that the pipe closes and `close` fires.
    child.stdout?.resume();
    return { error };
  });
  child.stderr?.on("data", stderr.push);
  (child.stdio[3] as Readable | null)?.on("data", progress.push);
  try {
    const exit = await ended;
    const failed = await stdoutRead;
    if (failed) throw failed.error;
    const complained = stderr.complained();
    return { exit, stderrTail: stderr.tail(), complained, cpuSeconds: stderr.cpuSeconds() };
  } finally {
    clearTimeout(wallTimer);
    clearTimeout(killTimer);
    options.signal?.removeEventListener("abort", onAbort);
    await given?.close();
    // A helper that outlived its leader would keep the source open.
    signalGroup(child.pid, "SIGKILL");
  }
}

function hardened({ tool, args, formats = sourceFormats }: RunOptions): string[] {
  const perInput = [
    "-protocol_whitelist",
    protocols,
    "-format_whitelist",
    formats,
    "-max_pixels",
    String(maxPixels),
  ];
  const whole = ["-hide_banner", "-max_alloc", String(maxAllocationBytes)];
  const ffmpegOnly = ["-nostdin", "-nostats", "-benchmark", "-loglevel", "level+info"];
  const progress = ["-progress", "pipe:3", "-stats_period", "0.5"];
  return [
    ...whole,
    ...(tool === "ffmpeg" ? [...ffmpegOnly, ...progress] : ["-loglevel", "level+error"]),
    ...args.flatMap((arg, index) => {
      if (arg === "-i") return [...perInput, arg];
      // Without a scheme, a name such as `http:x.mp4` or `concat:a|b` would be taken for a protocol.
      return args[index - 1] === "-i" ? [`file:${arg}`] : [arg];
    }),
  ];
}

async function readAll(stream: Readable | null, onStdout: RunOptions["onStdout"]): Promise<null> {
  if (!stream) return null;
  for await (const bytes of stream as AsyncIterable<Uint8Array>) await onStdout?.(bytes);
  return null;
}

function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone.
  }
}
