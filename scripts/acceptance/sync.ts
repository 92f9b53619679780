// Sound and picture stay together: flashes and beeps that coincide in the source, after the whole product.
import { join } from "node:path";
import { run as runTool } from "../stack/bundle.ts";
import type { Stack } from "../stack/stack.ts";
import type { Check, CheckRun } from "./check.ts";
import { encode, playbackOf } from "./encoded.ts";
import { makeFlashAndBeep, markCount, measureOffsets, type Marks } from "./flash-and-beep.ts";

const toleratedMs = 40;
const lateMs = 50;

const films: readonly (Marks & { readonly name: string })[] = [
  { name: "30 fps 10 min", numerator: 30, denominator: 1, durationSeconds: 600, periodFrames: 300 },
  { name: "23.976 fps 2 min", numerator: 24_000, denominator: 1001, durationSeconds: 120, periodFrames: 240 },
  { name: "29.97 fps 2 min", numerator: 30_000, denominator: 1001, durationSeconds: 120, periodFrames: 300 },
];

async function compare(run: CheckRun, name: string, url: string, marks: number): Promise<void> {
  const { milliseconds, flashes, beeps } = await measureOffsets(url);
  const rounded = (value: number | undefined) => Math.round((value ?? NaN) * 100) / 100;
  const worst = rounded(Math.max(...milliseconds.map(Math.abs)));
  const [first, last] = [rounded(milliseconds[0]), rounded(milliseconds.at(-1))];
  run.say(`${name}: ${flashes} flashes, ${beeps} beeps; worst ${worst} ms, first ${first}, last ${last}`);
  run.measure(`${name} worst ms`, worst);
  run.measure(`${name} first ms`, first);
  run.measure(`${name} last ms`, last);
  run.expect(flashes === marks && beeps === marks, `${name}: ${flashes} flashes, ${beeps} beeps of ${marks}`);
  run.expect(worst <= toleratedMs, `${name}: sound and picture are ${worst} ms apart`);
}

async function checkFilm(run: CheckRun, stack: Stack, film: (typeof films)[number]): Promise<void> {
  const path = join(run.scratch, `${film.numerator}.mp4`);
  await makeFlashAndBeep(path, film);
  const marks = markCount(film);
  await compare(run, `${film.name} source`, path, marks);
  const { hlsUrl, dashUrl } = playbackOf(await encode(run, stack, path));
  await compare(run, `${film.name} HLS`, hlsUrl, marks);
  await compare(run, `${film.name} DASH`, dashUrl, marks);
}

/** The instrument itself: a film whose sound is known to be late must measure exactly that. */
async function checkInstrument(run: CheckRun): Promise<void> {
  const [film] = films.slice(-1);
  if (film === undefined) return;
  const [path, late] = [join(run.scratch, "together.mp4"), join(run.scratch, "late.mp4")];
  await makeFlashAndBeep(path, { ...film, durationSeconds: 30 });
  const copy = ["-map", "0:v", "-map", "1:a", "-c", "copy", late];
  const sources = ["-i", path, "-itsoffset", String(lateMs / 1000), "-i", path];
  await runTool("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", ...sources, ...copy]);
  const { milliseconds } = await measureOffsets(late);
  const found = milliseconds.map(Math.round);
  run.expect(
    found.length === 3 && found.every((ms) => Math.abs(ms - lateMs) <= 1),
    `${lateMs} ms measure as ${found.join(", ")}`,
  );
  run.measure(`sound ${lateMs} ms late measures ms`, found);
}

export const sync: Check = {
  name: "sync",
  async run(run) {
    await checkInstrument(run);
    const stack = await run.startStack();
    for (const film of films) await checkFilm(run, stack, film);
  },
};
