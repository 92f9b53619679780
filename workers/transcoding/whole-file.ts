// Work that goes through the whole file is kept for the runner that has fetched it, so that a file crosses the network
// once however many runners there are. For moments only: nothing waits for a runner that is gone. Pure.
import type { TaskKind } from "./board.ts";
import type { BoardClaim } from "./runner-scope.ts";

export function readsWholeFile(kind: TaskKind): boolean {
  switch (kind) {
    case "probe":
    case "audio":
    case "images":
    case "subtitles":
      return true;
    case "video":
    case "frame":
      return false;
  }
}

/** Its next claim is on its way. */
const idleMs = 3_000;
/** It has work of this video, after which it asks. About one chunk. */
const busyMs = 15_000;

export interface Kept {
  readonly instance: string;
  readonly forMs: number;
}

/** Null: whoever asks may have it. A task is kept once; a scoped runner may have come for just this. */
export function keptFor(
  task: { readonly kind: TaskKind; readonly keptFor: string | null },
  holder: string | null,
  asked: Pick<BoardClaim, "instance" | "scope">,
  isAtWork: (instance: string) => boolean,
): Kept | null {
  if (holder === null || holder === asked.instance || asked.scope !== undefined) return null;
  if (task.keptFor !== null || !readsWholeFile(task.kind)) return null;
  return { instance: holder, forMs: isAtWork(holder) ? busyMs : idleMs };
}
