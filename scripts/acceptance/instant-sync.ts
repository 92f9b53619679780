// Sound and picture of segments made just in time: flashes and beeps that coincide in a film with B-frames and edit
// lists, and a film whose sound is late by a known time, which must measure as that.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as HLS from "hls-parser";
import type { Stack } from "../stack/stack.ts";
import type { CheckRun } from "./check.ts";
import { makeFlashAndBeep, markCount, measureOffsets, type Marks, type Offsets } from "./flash-and-beep.ts";
import { kinds, makeKind } from "./instant-kinds.ts";
import { uploadPlayable } from "./instant-players.ts";

const toleratedMs = 40;
const lateMs = 50;
/** What is served is as the file says, to the coarsest units of them: a millisecond, of picture and of sound. */
const keptMs = 2;

const film: Marks = { numerator: 30, denominator: 1, durationSeconds: 60, periodFrames: 300 };

async function bytesOf(url: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function playlistOf(url: string): Promise<string> {
  return new TextDecoder().decode(await bytesOf(url));
}

/** A track as a player gets it: its init segment and every segment that its playlist names, as one file. */
async function assemble(playlistUrl: string, path: string): Promise<string> {
  const { segments } = HLS.parse(await playlistOf(playlistUrl)) as HLS.types.MediaPlaylist;
  const init = segments[0]?.map?.uri;
  if (init === undefined) throw new Error(`${playlistUrl} names no init segment`);
  const parts: Uint8Array[] = [];
  for (const uri of [init, ...segments.map((segment) => segment.uri)])
    parts.push(await bytesOf(new URL(uri, playlistUrl).href));
  await writeFile(path, Buffer.concat(parts));
  return path;
}

async function measureSegments(hlsUrl: string, prefix: string): Promise<Offsets> {
  const { variants } = HLS.parse(await playlistOf(hlsUrl)) as HLS.types.MasterPlaylist;
  const picture = variants.find(({ isIFrameOnly }) => !isIFrameOnly);
  const sound = picture?.audio[0]?.uri;
  if (picture === undefined || sound === undefined) throw new Error(`${hlsUrl} has no picture with sound`);
  const absolute = (uri: string) => new URL(uri, hlsUrl).href;
  return measureOffsets(
    await assemble(absolute(picture.uri), `${prefix}-picture.mp4`),
    await assemble(absolute(sound), `${prefix}-sound.mp4`),
  );
}

const rounded = (value: number) => Math.round(value * 100) / 100;

/** Sound after picture, the one that is farthest from `dueMs`. */
function worstOf({ milliseconds }: Offsets, dueMs: number): number {
  const [worst = NaN] = milliseconds.toSorted((a, b) => Math.abs(b - dueMs) - Math.abs(a - dueMs));
  return rounded(worst);
}

type Places = Readonly<Record<"source" | "segments" | "DASH", number>>;

/** How late the sound is in the file, in the segments by HLS, and by DASH. */
async function measureFile(run: CheckRun, stack: Stack, name: string, path: string, dueMs: number) {
  const { playback } = await uploadPlayable(run, stack, path, name);
  const measured = {
    source: await measureOffsets(path),
    segments: await measureSegments(playback.hlsUrl, path),
    DASH: await measureOffsets(playback.dashUrl),
  };
  const marks = markCount(film);
  for (const [where, { flashes, beeps }] of Object.entries(measured))
    run.expect(
      flashes === marks && beeps === marks,
      `${name} ${where}: ${flashes} flashes, ${beeps} beeps of ${marks}`,
    );
  const { source, segments, DASH } = measured;
  const late: Places = {
    source: worstOf(source, dueMs),
    segments: worstOf(segments, dueMs),
    DASH: worstOf(DASH, dueMs),
  };
  run.measure(`${name}: source, segments, DASH ms`, [late.source, late.segments, late.DASH]);
  run.say(`${name}: source ${late.source} ms, segments ${late.segments} ms, DASH ${late.DASH} ms`);
  for (const where of ["segments", "DASH"] as const)
    run.expect(
      Math.abs(late[where] - late.source) <= keptMs,
      `${name} ${where}: ${late[where]} ms, and ${late.source} ms in the file`,
    );
  return late;
}

export async function checkSync(run: CheckRun, stack: Stack): Promise<void> {
  const together = join(run.scratch, "together.mp4");
  await makeFlashAndBeep(together, film);
  const lateSound = ["-itsoffset", String(lateMs / 1000), "-i", together];
  for (const kind of kinds) {
    const { name } = kind;
    const path = await makeKind(kind, ["-i", together], run.scratch, "together");
    const right = await measureFile(run, stack, name, path, 0);
    for (const where of ["segments", "DASH"] as const)
      run.expect(
        Math.abs(right[where]) <= toleratedMs,
        `${name} ${where}: sound and picture are ${right[where]} ms apart`,
      );

    // The control: the same with a late sound.
    const input = ["-i", together, ...lateSound, "-map", "0:v", "-map", "1:a"];
    const late = await makeKind(kind, input, run.scratch, "late");
    const wrong = await measureFile(run, stack, `${name}, sound ${lateMs} ms late`, late, lateMs);
    for (const where of ["segments", "DASH"] as const)
      run.expect(
        Math.abs(wrong[where] - right[where] - lateMs) <= keptMs,
        `${name} ${where}: ${lateMs} ms measure as ${rounded(wrong[where] - right[where])}`,
      );
  }
}
