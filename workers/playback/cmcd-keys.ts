// What players may tell: every key of CTA-5004 (version 1) and CTA-5004-A (version 2) with the type of its value.
// Keys of others (`com.example-x`) and of later versions are not here, so nothing of them is ever kept.

export const objectTypes = ["m", "a", "v", "av", "i", "c", "tt", "k", "o"] as const;
export type ObjectType = (typeof objectTypes)[number];

/** CTA-5004-A "Event". */
export const eventNames = [
  "bc",
  "ps",
  "e",
  "t",
  "c",
  "b",
  "m",
  "um",
  "pe",
  "pc",
  "rr",
  "as",
  "ae",
  "abs",
  "abe",
  "sk",
  "ce",
  "h",
] as const;
export type EventName = (typeof eventNames)[number];

/** CTA-5004-A "State": starting, playing, seeking, rebuffering, paused, waiting, ended, fatal error, quit, preloading. */
export const playerStates = ["s", "p", "k", "r", "a", "w", "e", "f", "q", "d"] as const;
export type PlayerState = (typeof playerStates)[number];

export const streamingFormats = ["d", "h", "s", "e", "o"] as const;
export type StreamingFormat = (typeof streamingFormats)[number];

export const streamTypes = ["v", "l", "ll"] as const;
export type StreamType = (typeof streamTypes)[number];

/** A number, and what it is of where the player says so: `br=(3200;v 128;a)`. */
export interface CmcdNumber {
  readonly value: number;
  readonly of: ObjectType | null;
}

/** `numbers` are one plain number in version 1; both versions read as a list. So do `texts`. */
export type CmcdKind =
  | { readonly kind: "numbers" | "count" | "rate" | "flag" }
  | { readonly kind: "text" | "texts"; readonly maxLength: number }
  | { readonly kind: "token"; readonly known: readonly string[] };

const numbers = { kind: "numbers" } as const;
const count = { kind: "count" } as const;
const rate = { kind: "rate" } as const;
const flag = { kind: "flag" } as const;
const text = <N extends number>(maxLength: N) => ({ kind: "text", maxLength }) as const;
const texts = <N extends number>(maxLength: N) => ({ kind: "texts", maxLength }) as const;
const token = <const T extends readonly string[]>(known: T) => ({ kind: "token", known }) as const;

/** Lengths of `sid`, `cid`, `cdn`, `h` and `cen` are the standard's; the others are ours. */
const kinds = {
  ab: numbers,
  bg: flag,
  bl: numbers,
  br: numbers,
  bs: flag,
  bsa: numbers,
  bsd: numbers,
  bsda: numbers,
  cdn: text(128),
  cen: text(64),
  cid: text(128),
  cmsdd: text(1024),
  cmsds: text(1024),
  cs: text(128),
  d: count,
  dfa: count,
  dl: count,
  e: token(eventNames),
  ec: texts(64),
  h: text(128),
  lab: numbers,
  lb: numbers,
  ltc: count,
  msd: count,
  mtp: numbers,
  nor: texts(1024),
  nr: flag,
  nrr: text(64),
  ot: token(objectTypes),
  pb: numbers,
  pr: rate,
  pt: count,
  rc: count,
  rtp: count,
  sf: token(streamingFormats),
  sid: text(64),
  smrt: text(1024),
  sn: count,
  st: token(streamTypes),
  sta: token(playerStates),
  su: flag,
  tab: numbers,
  tb: numbers,
  tbl: numbers,
  tpb: numbers,
  ts: count,
  ttfb: count,
  ttfbb: count,
  ttlb: count,
  url: text(2048),
  v: count,
} as const satisfies Record<string, CmcdKind>;

type Kinds = typeof kinds;
export type CmcdKey = keyof Kinds;

type ValueOf<K extends CmcdKind> = K extends { kind: "numbers" }
  ? readonly CmcdNumber[]
  : K extends { kind: "texts" }
    ? readonly string[]
    : K extends { kind: "flag" }
      ? boolean
      : K extends { kind: "text" }
        ? string
        : K extends { kind: "token"; known: readonly (infer T)[] }
          ? T
          : number;

/** What one request or one event told. `v` is always there. */
export type Cmcd = { readonly v: 1 | 2 } & {
  readonly [K in Exclude<CmcdKey, "v">]?: ValueOf<Kinds[K]>;
};

export type CmcdValue = number | boolean | string | readonly string[] | readonly CmcdNumber[];

/** A Map, so that `constructor` is as unknown as any other word. */
export const cmcdKinds: ReadonlyMap<string, CmcdKind> = new Map(Object.entries(kinds));
