// Who starts runners: the one thing of transcoding that can't be the same on a laptop.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";

/** `max_instances` of the container in wrangler.toml: more objects would find no place. */
export const maxContainers = 20;

/**
 * "container": as many objects as there are tasks, each with one container. "external": runners are processes
 * that someone runs, and they ask by themselves.
 */
export async function wakeRunners(env: Env, openTasks: number): Promise<void> {
  switch (env.RUNNER_FLEET) {
    case "external":
      return;
    case "container": {
      const wanted = Math.min(openTasks, maxContainers);
      const names = Array.from({ length: wanted }, (_, index) => `runner-${index}`);
      await Promise.all(names.map((name) => env.RUNNERS.getByName(name).wake(name)));
      return;
    }
    default:
      log("error", "transcoding.unknownFleet", { fleet: env.RUNNER_FLEET });
  }
}
