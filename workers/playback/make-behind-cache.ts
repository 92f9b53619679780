// What the entrypoint behind Workers Cache makes of uploaded files. That cache is filled by answers alone, one entry
// each, so what was made beside the track that was asked for waits in memory for its own request.
import { ByteLru } from "./byte-lru.ts";
import { FillBudget } from "./fill-budget.ts";
import { FragmentMaker, type MakerCall, type MakeRefusal } from "./fragment-maker.ts";
import { bodyOf, type Made } from "./made-bytes.ts";
import type { MadeBytes } from "./segment-source.ts";

const waitingBytes = 8 * 1024 * 1024;
/** Sound of ten seconds; a picture would push out all else. */
const longestBytes = 1024 * 1024;

const waiting = new ByteLru<Made>(waitingBytes);
const maker = new FragmentMaker(new FillBudget(), async (source, tracks) => {
  for (const [track, made] of tracks) {
    if (track === source.track || made.sizeBytes > longestBytes) continue;
    // A copy: its pieces are views of all that was read.
    const pieces = made.pieces.map((piece) => piece.slice());
    waiting.set(nameOf(source, track), { ...made, pieces }, made.sizeBytes + 200);
  }
});

const statusOf = { fileGone: 404, fileChanged: 409, makersBusy: 503 } as const satisfies Record<
  MakeRefusal,
  number
>;

/** A number is the status of why not. */
export async function makeBehindCache(source: MadeBytes, call: MakerCall) {
  const name = nameOf(source, source.track);
  const found = waiting.get(name);
  waiting.delete(name);
  const made = found ?? (await maker.make(source, call));
  if ("ok" in made && !made.ok) return statusOf[made.reason];
  const whole = "ok" in made ? made.value : made;
  return { sizeBytes: whole.sizeBytes, body: bodyOf(whole) };
}

const nameOf = ({ videoId, version, generation, number }: MadeBytes, track: string) =>
  `${videoId}/${version}/${generation}/${number}/${track}`;
