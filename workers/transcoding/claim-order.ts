// Which task is claimed next, as numbers that an index can hold. Pure.
//
// 1. High before normal before low.
// 2. Among creators of one priority: whoever has had the least work done, counted by weight. (Start-time fair
//    queueing: each claim puts its creator's turn back by the task's weight; whoever comes anew starts where the
//    others are.)
// 3. Of one creator: by lane, the oldest video first, by rank.
// 4. Ageing: a task that has waited longer than its priority's patience is overdue, and every fourth claim takes
//    the task that is overdue longest, whatever its priority and whosever. So a task waits for four claims for
//    each that was overdue before it, and for no more.
import type { Work } from "./contract.ts";
import type { Priority } from "./priority.ts";

export type Codec = "h264" | "av1" | "aac" | "opus";

export const priorities = ["high", "normal", "low"] as const satisfies readonly Priority[];

const patienceMs: Readonly<Record<Priority, number>> = {
  high: 60_000,
  normal: 10 * 60_000,
  low: 30 * 60_000,
};

export function overdueAtMs(priority: Priority, sinceMs: number): number {
  return sinceMs + patienceMs[priority];
}

export const agedEvery = 4;

/** `claims` were made before this one. */
export function isAgedTurn(claims: number): boolean {
  return claims % agedEvery === agedEvery - 1;
}

/** Probes and pictures cost something too: the look at the source. */
const leastCost = 50;

/** Where a creator stands after a claim. `level`: where the turn stands that was served last. */
export function afterClaim(turn: number, level: number, weight: number) {
  const start = Math.max(turn, level);
  return { level: start, turn: start + leastCost + weight };
}

/** Tasks that the same runners can take. */
export function classOf(kind: Work["kind"], needs: readonly Codec[]): string {
  return [kind, ...needs.toSorted()].join(" ");
}
