// The process of workerd. Miniflare starts it, and starts it again, but keeps its pid and exit code to itself; Node
// tells of every child that is spawned in this process.
import { spawn, type ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

export interface RuntimeProcess {
  /** What ended since the last time it was asked for: `pid 4711 by signal SIGKILL`. */
  takeExits(): string;
  /** When workerd has been ended. */
  close(): void;
}

const channel = "child_process";

/** A shell that outlives a kill of this process by a moment: its input ends then, and it ends the last pid it read. */
const guardScript = `trap "" INT TERM HUP
while read -r pid; do last=$pid; done
[ -z "$last" ] || kill -9 "$last" 2>/dev/null`;

/** Of one Worker a process. An orphaned workerd would hold the port and write to the data of the next. */
export function watchRuntimeProcess(): RuntimeProcess {
  let exits: string[] = [];
  const guard = spawn("sh", ["-c", guardScript], { stdio: ["pipe", "ignore", "ignore"] });
  guard.stdin.on("error", () => undefined);
  const onSpawn = (message: unknown) => {
    const { process: child } = message as { readonly process: ChildProcess };
    // Its program's name and pid are not known before it runs.
    child.once("spawn", () => {
      if (!child.spawnfile.includes("workerd")) return;
      guard.stdin.write(`${child.pid}\n`);
      child.once("exit", (code, signal) => {
        exits.push(`pid ${child.pid} by ${endedBy(code, signal)}`);
        guard.stdin.write("\n");
      });
    });
  };
  subscribe(channel, onSpawn);
  return {
    takeExits() {
      const text = exits.join(", ");
      exits = [];
      return text === "" ? "nobody saw why" : text;
    },
    close() {
      unsubscribe(channel, onSpawn);
      guard.stdin.end();
    },
  };
}

export function endedBy(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
