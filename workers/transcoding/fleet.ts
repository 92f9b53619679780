// Who starts runners: the one thing of transcoding that can't be the same on a laptop.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";

/**
 * A container reaches this Worker under a name that only exists inside it, so it needs no public address and its
 * traffic takes no detour.
 */
export const containerHost = "sluice.internal";

type Sizes = Pick<Env, "MAX_CONTAINERS" | "CONTAINER_SLOTS">;

/** How many containers so many open tasks are worth: each takes a few, and there are never more than allowed. */
export function containersWanted(env: Sizes, openTasks: number): number {
  return Math.min(Math.ceil(openTasks / slotsOfContainer(env)), wholeNumber(env.MAX_CONTAINERS, 0, 20));
}

export function slotsOfContainer(env: Sizes): number {
  return wholeNumber(env.CONTAINER_SLOTS, 1, 2);
}

/**
 * "container": objects with one container each. "external": runners are processes that someone runs, and they ask by
 * themselves.
 */
export async function wakeRunners(env: Env, openTasks: number): Promise<void> {
  switch (env.RUNNER_FLEET) {
    case "external":
      return;
    case "container": {
      const wanted = containersWanted(env, openTasks);
      const names = Array.from({ length: wanted }, (_, index) => `runner-${index}`);
      await Promise.all(names.map((name) => env.RUNNERS.getByName(name).wake(name)));
      return;
    }
    default:
      log("error", "transcoding.unknownFleet", { fleet: env.RUNNER_FLEET });
  }
}

/** Its place among the containers: those at the end are the first to be too many. */
export function placeOf(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

function wholeNumber(text: string | undefined, least: number, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value >= least ? value : otherwise;
}
