// Says what a source is, or why it is refused. The packets are the witness; the header only names the streams.
import { stat } from "node:fs/promises";
import type { Failure, Probe } from "#workers/transcoding/contract.ts";
import { maxPixels, runTool, type RunLimits, type RunResult } from "./ffmpeg/run.ts";
import {
  headerEntries,
  isDefault,
  isForced,
  isInterlaced,
  mediaKind,
  parseHeader,
  rotationDegrees,
  sampleAspect,
  wholeNumber,
  type Header,
  type HeaderStream,
} from "./probe-header.ts";
import { showsFields } from "./probe-fields.ts";
import { packetEntries, packetReader, type PacketFacts } from "./probe-packets.ts";
import { analysis } from "./video-recipe.ts";

export type ProbeOutcome =
  | { readonly kind: "probed"; readonly probe: Probe }
  /** The file is at fault: no retry helps. */
  | { readonly kind: "refused"; readonly code: Failure["code"]; readonly message: string };

const maxHeaderBytes = 4_000_000;
const maxTitleChars = 200;
/** Less than this of what the header lists: the upload broke off. */
const completeShare = 0.98;
/** Where a "frame" of the header is a packet; of PCM it is one sample. */
const framedAudio = new Set(["aac", "ac3", "alac", "eac3", "flac", "mp3", "opus", "vorbis"]);

export async function probeSource(
  path: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const { size } = await stat(path);
  if (size === 0) return refused("emptyFile", "The file is empty.");
  const limits = limitsFor(sizeBytes);
  const read = await readHeader(path, limits, signal);
  if (read.kind === "refused") return read;
  const { header } = read;
  const large = header.streams.find((stream) => (stream.width ?? 0) * (stream.height ?? 0) > maxPixels);
  if (large && mediaKind(large) === "video") return tooLarge(`${large.width}x${large.height}`);

  const facts = await readPackets(path, header, [], limits, signal);
  if (!facts) return refused("unreadable", "The file makes its reader fail.");
  const suspect = header.streams.filter((stream) => isShort(stream, facts(stream.index), header));
  if (suspect.length > 0) {
    // An edit list hides packets that are in the file: count again without it.
    const whole =
      isMov(header) && (await readPackets(path, header, ["-ignore_editlist", "1"], limits, signal));
    const all = whole || facts;
    const short = suspect.find((stream) => isShort(stream, all(stream.index), header));
    if (short) return truncated(short, all(short.index));
  }
  // Of the film; a file may have a thousand other streams.
  const film = header.streams.find(
    (stream) => mediaKind(stream) === "video" && facts(stream.index).packetCount > 1,
  );
  const fields = new Set(header.streams.filter(isInterlaced).map(({ index }) => index));
  if (film && !fields.has(film.index) && (await showsFields(path, film, limits, signal)))
    fields.add(film.index);
  return { kind: "probed", probe: toProbe(header, facts, fields) };
}

type HeaderOutcome =
  { readonly kind: "header"; readonly header: Header } | Extract<ProbeOutcome, { kind: "refused" }>;

async function readHeader(path: string, limits: RunLimits, signal: AbortSignal): Promise<HeaderOutcome> {
  const chunks: Uint8Array[] = [];
  let printedBytes = 0;
  const result = await runTool({
    tool: "ffprobe",
    args: [...analysis, "-show_entries", headerEntries, "-of", "json", "-i", path],
    signal,
    limits,
    onStdout: (bytes) => {
      printedBytes += bytes.length;
      if (printedBytes <= maxHeaderBytes) chunks.push(bytes);
    },
  });
  throwIfOurs(result, signal);
  const sized = /Picture size (\d+x\d+)\b.*(?:exceeds specified max pixel count|is invalid)/.exec(
    result.stderrTail,
  );
  if (sized) return tooLarge(sized[1] ?? "unknown");
  const header = parseHeader(Buffer.concat(chunks).toString("utf8"));
  const failed = result.exit.kind !== "code" || result.exit.code !== 0;
  if (failed || !header || header.streams.length === 0) {
    return refused(
      "unreadable",
      `The file is not a video that can be read. ${lastLine(result.stderrTail)}`.trim(),
    );
  }
  return { kind: "header", header };
}

/** The exit code is no witness: a damaged file is read as far as it goes, and counted. Null when FFmpeg crashed. */
async function readPackets(
  path: string,
  header: Header,
  demuxerArgs: readonly string[],
  limits: RunLimits,
  signal: AbortSignal,
): Promise<((index: number) => PacketFacts) | null> {
  const rates = new Map(header.streams.map((stream) => [stream.index, wholeNumber(stream.sample_rate) ?? 0]));
  const reader = packetReader((index) => rates.get(index) ?? 0);
  const result = await runTool({
    tool: "ffprobe",
    args: [...analysis, ...demuxerArgs, "-show_entries", packetEntries, "-of", "compact=p=0", "-i", path],
    signal,
    limits,
    onStdout: (bytes) => reader.push(bytes),
  });
  throwIfOurs(result, signal);
  return result.exit.kind === "code" ? (index) => reader.facts(index) : null;
}

/** Nothing here depends on the file's content, so another attempt may succeed. */
function throwIfOurs({ exit }: RunResult, signal: AbortSignal): void {
  switch (exit.kind) {
    case "aborted":
      signal.throwIfAborted();
      throw new Error("ffprobe was stopped");
    case "wallTimeout":
      throw new Error("ffprobe took too long");
    case "signal":
      // SIGKILL is the machine's (out of memory); the others are what a file can provoke.
      if (exit.signal === "SIGKILL" || exit.signal === "SIGTERM")
        throw new Error(`ffprobe ended by ${exit.signal}`);
      return;
    case "code":
      return;
  }
}

function isShort(stream: HeaderStream, facts: PacketFacts, header: Header): boolean {
  const declared = wholeNumber(stream.nb_frames) ?? 0;
  if (facts.packetCount >= declared * completeShare) return false;
  switch (mediaKind(stream)) {
    case "subtitles":
    case "other":
      return false;
    case "audio":
      return isMov(header) && framedAudio.has(stream.codec_name ?? "");
    case "video":
      return isMov(header) || coversLess(facts, declared);
  }
}

/** AVI leaves out pictures that repeat the one before: only a short time is short. */
function coversLess(facts: PacketFacts, declared: number): boolean {
  if (!facts.typicalRate) return facts.packetCount === 0;
  const promisedSeconds = (declared * facts.typicalRate.denominator) / facts.typicalRate.numerator;
  return facts.endSeconds - facts.startSeconds < promisedSeconds * completeShare;
}

function isMov(header: Header): boolean {
  return header.format.format_name.split(",").includes("mov");
}

function toProbe(header: Header, facts: (index: number) => PacketFacts, fields: ReadonlySet<number>): Probe {
  return {
    container: header.format.format_name,
    streams: header.streams.map((stream) => toStream(stream, facts(stream.index), fields.has(stream.index))),
  };
}

function toStream(stream: HeaderStream, facts: PacketFacts, interlaced: boolean): Probe["streams"][number] {
  const { packetCount, startSeconds, endSeconds } = facts;
  const base = {
    index: stream.index,
    codec: stream.codec_name ?? "",
    language: stream.tags?.language ?? "und",
  };
  const timed = {
    ...base,
    packetCount,
    startSeconds,
    endSeconds,
    declaredFrameCount: wholeNumber(stream.nb_frames),
  };
  switch (mediaKind(stream)) {
    case "other":
      return { ...base, kind: "other" };
    case "subtitles":
      return {
        ...base,
        kind: "subtitles",
        title: (stream.tags?.title ?? "").slice(0, maxTitleChars),
        isDefault: isDefault(stream),
        isForced: isForced(stream),
      };
    case "audio":
      return {
        ...timed,
        kind: "audio",
        channels: stream.channels ?? 0,
        sampleRateHz: wholeNumber(stream.sample_rate) ?? 0,
        isDefault: isDefault(stream),
      };
    case "video":
      return {
        ...timed,
        kind: "video",
        width: stream.width ?? 0,
        height: stream.height ?? 0,
        sampleAspect: sampleAspect(stream),
        rotationDegrees: rotationDegrees(stream),
        averageFrameRate: facts.averageRate,
        nominalFrameRate: facts.typicalRate,
        interlaced,
        pixelFormat: stream.pix_fmt ?? "",
        colorTransfer: stream.color_transfer ?? "",
      };
  }
}

function limitsFor(sizeBytes: number): RunLimits {
  const seconds = 120 + sizeBytes / 20_000_000;
  return { cpuSeconds: seconds, wallSeconds: seconds * 4, addressSpaceBytes: 4e9, fileSizeBytes: 1e6 };
}

function refused(code: Failure["code"], message: string) {
  return { kind: "refused", code, message: message.slice(0, 2000) } as const;
}

function tooLarge(size: string) {
  return refused("tooLargeDimensions", `The picture is ${size}; at most ${maxPixels} pixels are allowed.`);
}

function truncated(stream: HeaderStream, facts: PacketFacts) {
  const message = `Stream ${stream.index} lists ${stream.nb_frames} packets, but only ${facts.packetCount} are in the file.`;
  return refused("sourceTruncated", message);
}

/** FFmpeg's own reason, without the work directory's path. */
function lastLine(stderr: string): string {
  const line = stderr.split("\n").findLast((text) => text.trim() !== "") ?? "";
  return line.replaceAll(/(?:file:)?\/\S+?: /g, "").slice(0, 300);
}
