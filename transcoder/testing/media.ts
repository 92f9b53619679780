// Small media for tests, made by FFmpeg: everything people and attackers upload. Each function writes one file
// and resolves to its path.
import { execFile } from "node:child_process";
import { copyFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { claimDuration, patchFirst, rotateQuarter } from "./patch-mp4.ts";

const run = promisify(execFile);

export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args]);
}

export interface ClipOptions {
  readonly name?: string;
  readonly seconds?: number;
  readonly size?: string;
  readonly rate?: string;
  readonly videoArgs?: readonly string[];
  /** The picture begins this long after the sound. */
  readonly pictureDelaySeconds?: number;
  /** A filter chain on the test picture. */
  readonly filter?: string;
  readonly audio?: boolean;
  readonly audioSeconds?: number;
  readonly audioArgs?: readonly string[];
  readonly containerArgs?: readonly string[];
}

const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

/** A test picture with a running counter, and a tone. Deterministic. */
export async function makeClip(dir: string, options: ClipOptions = {}): Promise<string> {
  const { name = "clip.mp4", seconds = 3, size = "320x180", rate = "30", audio = true } = options;
  const path = join(dir, name);
  const picture = `testsrc2=s=${size}:r=${rate}:d=${seconds}${options.filter ? `,${options.filter}` : ""}`;
  const tone = `sine=f=440:r=48000:d=${options.audioSeconds ?? seconds}`;
  await ffmpeg(
    ...["-itsoffset", String(options.pictureDelaySeconds ?? 0), "-f", "lavfi", "-i", picture],
    ...(audio ? ["-f", "lavfi", "-i", tone] : []),
    ...(options.videoArgs ?? x264),
    ...(audio ? (options.audioArgs ?? ["-c:a", "aac", "-b:a", "64k"]) : []),
    ...(options.containerArgs ?? []),
    path,
  );
  return path;
}

export async function makeEmpty(dir: string): Promise<string> {
  return write(dir, "empty.mp4", "");
}

export async function makeTextNamedMp4(dir: string): Promise<string> {
  return write(dir, "text.mp4", "Dear diary, this is not a video.\n".repeat(2000));
}

/** Always the same bytes, so that a test never meets a lucky header. */
export async function makeNoise(dir: string): Promise<string> {
  let state = 1;
  const bytes = Uint8Array.from({ length: 65_536 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return write(dir, "noise.mp4", bytes);
}

export async function makeZeros(dir: string): Promise<string> {
  return write(dir, "zeros.mp4", new Uint8Array(65_536));
}

/** The index is at the front and lists all pictures; the file ends in the middle. */
export async function makeTruncated(dir: string, share = 0.5): Promise<string> {
  const path = await makeClip(dir, { name: "truncated.mp4", containerArgs: ["-movflags", "+faststart"] });
  await truncate(path, Math.floor((await readFile(path)).length * share));
  return path;
}

/** The index would have been at the end, which never arrived. */
export async function makeWithoutMoov(dir: string): Promise<string> {
  const path = await makeClip(dir, { name: "no-moov.mp4" });
  await truncate(path, Math.floor((await readFile(path)).length / 2));
  return path;
}

export async function makeAudioOnly(dir: string, seconds = 5): Promise<string> {
  const path = join(dir, "audio.m4a");
  await ffmpeg("-f", "lavfi", "-i", `sine=d=${seconds}:r=44100`, "-c:a", "aac", "-b:a", "64k", path);
  return path;
}

/** Sound with cover art, which is a video stream of one picture. */
/** Sound without a container of its own: the format follows the name. */
export async function makeBareAudio(dir: string, name: string): Promise<string> {
  const path = join(dir, name);
  await ffmpeg("-f", "lavfi", "-i", "sine=f=440:r=48000:d=5", path);
  return path;
}

export async function makeAudioWithCover(dir: string): Promise<string> {
  const path = join(dir, "cover.m4a");
  const cover = ["-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.04:r=25"];
  const maps = ["-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"];
  await ffmpeg("-f", "lavfi", "-i", "sine=d=3", ...cover, ...maps, "-disposition:v:0", "attached_pic", path);
  return path;
}

export async function makeSilent(dir: string): Promise<string> {
  return makeClip(dir, { name: "silent.mp4", audio: false });
}

/** Pictures 33, 33, 33 and 133 ms apart. */
export async function makeVariableRate(dir: string): Promise<string> {
  const containerArgs = ["-fps_mode", "vfr"];
  return makeClip(dir, { name: "vfr.mp4", filter: "select='lt(mod(n,7),4)'", containerArgs });
}

/** As a phone held upright writes it: coded on its side, with a matrix that turns it clockwise. */
export async function makeRotated(dir: string): Promise<string> {
  const path = await makeClip(dir, { name: "rotated.mp4", size: "320x180" });
  await patchFirst(path, "tkhd", rotateQuarter);
  return path;
}

export async function makeTenBit(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"];
  return makeClip(dir, { name: "10bit.mp4", videoArgs });
}

export async function makeHdr(dir: string): Promise<string> {
  const colors = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"];
  const videoArgs = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params"];
  const x265 = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc";
  return makeClip(dir, { name: "hdr.mp4", seconds: 1, videoArgs: [...videoArgs, x265, ...colors] });
}

/** Truly odd: 4:4:4 has no need of even sides. */
export async function makeOddSize(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"];
  const filter = "format=yuv444p,crop=321:181:0:0";
  return makeClip(dir, { name: "odd.mp4", size: "322x182", filter, videoArgs });
}

/** Anamorphic PAL: pixels that are wider than they are high. */
export async function makeAnamorphic(dir: string): Promise<string> {
  return makeClip(dir, {
    name: "anamorphic.mp4",
    size: "720x576",
    rate: "25",
    seconds: 1,
    filter: "setsar=64/45",
  });
}

export async function makeInterlaced(dir: string): Promise<string> {
  const videoArgs = [...x264, "-flags", "+ilme+ildct", "-x264-params", "tff=1"];
  const filter = "tinterlace=interleave_top,fieldorder=tff,setfield=tff";
  return makeClip(dir, { name: "interlaced.ts", rate: "50", filter, videoArgs });
}

/** One key frame in the whole file, as some screen recorders write. */
export async function makeSparseKeys(dir: string, seconds = 12): Promise<string> {
  const videoArgs = [...x264, "-g", "100000", "-sc_threshold", "0"];
  return makeClip(dir, { name: "sparse.mp4", seconds, rate: "10", videoArgs });
}

/** 36 million pixels, which compress to nothing. */
export async function makeHugePicture(dir: string): Promise<string> {
  const path = join(dir, "huge.mp4");
  await ffmpeg("-f", "lavfi", "-i", "color=s=9000x4000:r=1:d=1", ...x264, path);
  return path;
}

/** `mvhd`, `tkhd` and `mdhd` say 46 days; the sample tables say three seconds. */
export async function makeClaimsDays(dir: string): Promise<string> {
  const path = await makeClip(dir, { name: "46-days.mp4" });
  for (const box of ["mvhd", "tkhd", "mdhd"]) await patchFirst(path, box, claimDuration(0xf0000000));
  return path;
}

/** One picture of the sample table lasts for days: the timestamps themselves lie. */
export async function makeTimestampBomb(dir: string): Promise<string> {
  const containerArgs = ["-use_editlist", "0"];
  const path = await makeClip(dir, {
    name: "bomb.mp4",
    audio: false,
    videoArgs: [...x264, "-bf", "0"],
    containerArgs,
  });
  // version and flags, entry count, then (count, delta): one entry for a constant rate.
  await patchFirst(path, "stts", (payload) => payload.setUint32(12, 0x01000000));
  return path;
}

export async function makeSoundGoesOn(dir: string, seconds = 3, audioSeconds = 6): Promise<string> {
  return makeClip(dir, { name: "sound-goes-on.mp4", seconds, audioSeconds });
}

/** The sound begins at 0, the picture one second later. */
export async function makeLatePicture(dir: string): Promise<string> {
  return makeClip(dir, {
    name: "late-picture.mkv",
    pictureDelaySeconds: 1,
    containerArgs: ["-fps_mode", "passthrough"],
  });
}

export async function makeAvi(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "mpeg4", "-bf", "2"];
  return makeClip(dir, { name: "clip.avi", videoArgs, audioArgs: ["-c:a", "mp3"] });
}

export async function makeFlv(dir: string): Promise<string> {
  return makeClip(dir, { name: "clip.flv" });
}

export async function makeWebm(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"];
  return makeClip(dir, { name: "clip.webm", videoArgs, audioArgs: ["-c:a", "libopus"] });
}

export async function makeMpegPs(dir: string): Promise<string> {
  const videoArgs = ["-c:v", "mpeg2video", "-bf", "2"];
  return makeClip(dir, {
    name: "clip.mpg",
    videoArgs,
    audioArgs: ["-c:a", "mp2"],
    containerArgs: ["-f", "mpeg"],
  });
}

/** QuickTime with PCM, whose header counts single samples of sound. */
export async function makeMovWithPcm(dir: string): Promise<string> {
  return makeClip(dir, { name: "clip.mov", audioArgs: ["-c:a", "pcm_s16le"] });
}

/** Cut without re-encoding: an edit list hides the first pictures, which are still in the file. */
export async function makeEdited(dir: string): Promise<string> {
  const whole = await makeClip(dir, { name: "whole.mp4", videoArgs: [...x264, "-g", "15"] });
  const path = join(dir, "edited.mp4");
  await copyFile(whole, path);
  // One edit: (segment duration, media time, rate). Half the film, from its second second on.
  await patchFirst(path, "elst", (payload) => {
    payload.setUint32(8, 1000);
    payload.setUint32(12, payload.getUint32(12) + 15_360);
  });
  return path;
}

/** Playlists and scripts that name other files, in the clothes of an MP4. */
export const disguises: Readonly<Record<"hls" | "concat" | "dash" | "sdp", (target: string) => string>> = {
  hls: (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${target}\n#EXT-X-ENDLIST\n`,
  concat: (target) => `ffconcat version 1.0\nfile '${target}'\n`,
  dash: (target) => `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>
`,
  sdp: (target) =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:${target}\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
};

export async function makeDisguised(
  dir: string,
  kind: keyof typeof disguises,
  target: string,
): Promise<string> {
  return write(dir, `${kind}.mp4`, disguises[kind](target));
}

async function write(dir: string, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}
