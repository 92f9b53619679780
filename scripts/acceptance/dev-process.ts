// `npm run dev` as a person runs it: a process group of its own, as a terminal's foreground job has, and a mark
// in its environment by which every process that descends from it is found, whoever its parent is by then.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { root } from "../setup.mjs";
import { until } from "./until.ts";

export interface DevFacts {
  readonly url: string;
  readonly apiKey: string;
  readonly runnerToken: string;
  readonly metricsToken: string;
  readonly pid: number;
}

const markName = "SLUICE_ACCEPTANCE_MARK";

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class DevProcess {
  readonly port: number;
  readonly dataDirectory: string;
  output = "";
  private readonly mark: string = randomUUID();
  private readonly child: ChildProcess;

  /** `directory`: of the checkout. */
  constructor(port: number, dataDirectory: string, directory = root) {
    this.port = port;
    this.dataDirectory = dataDirectory;
    this.child = spawn("npm", ["run", "dev", "--", "--port", String(port), "--data", dataDirectory], {
      cwd: directory,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, [markName]: this.mark },
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Says `ready` with its URL. */
  async ready(): Promise<void> {
    const said = `ready http://127.0.0.1:${this.port}\n`;
    await until(`"${said.trim()}"`, () => this.ended || this.output.includes(said), 120);
    if (this.ended) throw new Error(`npm run dev ended with ${this.exitCode}: ${this.output}`);
  }

  facts(): DevFacts {
    return JSON.parse(readFileSync(join(this.dataDirectory, "dev.json"), "utf8")) as DevFacts;
  }

  /** Every living process that came of it, with its command line. */
  processes(): readonly { readonly pid: number; readonly command: string }[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => {
        try {
          if (!readFileSync(`/proc/${entry}/environ`, "utf8").includes(`${markName}=${this.mark}`)) return [];
          const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ");
          return [{ pid: Number(entry), command }];
        } catch {
          // Gone between the two reads.
          return [];
        }
      });
  }

  pidOf(pattern: RegExp): number {
    const found = this.processes().find(({ command }) => pattern.test(command));
    if (found === undefined)
      throw new Error(`no process ${pattern} among ${JSON.stringify(this.processes())}`);
    return found.pid;
  }

  /** Ctrl-C: the terminal sends it to the whole foreground group. */
  async interrupt(): Promise<void> {
    process.kill(-(this.child.pid ?? NaN), "SIGINT");
    await until("npm run dev ends on Ctrl-C", () => this.ended, 30);
  }

  killAll(): void {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended by itself in the meantime.
      }
    }
  }
}
