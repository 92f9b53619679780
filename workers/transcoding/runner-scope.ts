// What a runner may claim, by the token that it presents. Pure.
import type { TaskKind } from "./board.ts";
import type { ClaimRequest } from "./contract.ts";

const everyKind: Readonly<Record<TaskKind, true>> = {
  probe: true,
  video: true,
  audio: true,
  images: true,
  subtitles: true,
  frame: true,
};
export const taskKinds = Object.keys(everyKind) as readonly TaskKind[];

/** Null in a field: no limit by it. */
export interface RunnerScope {
  /** Its `runner_tokens` row. The fleet's own token has no scope at all. */
  readonly tokenId: string;
  readonly kinds: readonly TaskKind[] | null;
  readonly videoId: string | null;
  readonly creator: string | null;
}

/** What the board is asked: a claim, and the limits of whoever makes it. */
export type BoardClaim = ClaimRequest & { readonly scope?: RunnerScope };
