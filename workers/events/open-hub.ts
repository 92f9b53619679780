// What the hub does, loaded by its first call.
import { EventLog } from "./event-log.ts";
import { Listeners } from "./listeners.ts";
import { listeningIn } from "./listening-url.ts";

export function openHub(ctx: DurableObjectState) {
  return { log: new EventLog(ctx.storage.sql), listeners: new Listeners(ctx), listeningIn };
}
