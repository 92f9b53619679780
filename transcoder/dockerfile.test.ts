import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { startTaskServer } from "./testing/task-server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

it(
  "copies all that the runner imports: what is in the image claims a task",
  { timeout: 30_000 },
  async () => {
    const app = await mkdtemp(join(tmpdir(), "sluice-image-"));
    const server = await startTaskServer();
    try {
      const dockerfile = await readFile(join(root, "transcoder/Dockerfile"), "utf8");
      const copies = [...dockerfile.matchAll(/^COPY (--from=modules )?(\S+) (\S+)$/gm)].filter(
        ([, , , to]) => to !== "/usr/local/bin/node",
      );
      expect(copies.length).toBeGreaterThan(5);
      for (const [, staged, from = "", to = ""] of copies) {
        const source = join(root, staged ? from.replace("/app/", "") : from);
        const target = to === "./" ? join(app, from) : join(app, to);
        await mkdir(dirname(target), { recursive: true });
        if (staged) await symlink(source, target);
        else
          await cp(source, target, {
            recursive: true,
            filter: (path) => !/\.test\.ts$|\/testing$/.test(path),
          });
      }
      const workDir = join(app, "work");
      const args = [join(app, "transcoder/main.ts"), "--url", server.origin, "--work-dir", workDir];
      const child = spawn(process.execPath, args, {
        env: { PATH: process.env["PATH"], SLUICE_RUNNER_TOKEN: server.token },
      });
      const exit = new Promise((resolve) => child.once("close", resolve));
      const text = Buffer.from("no media");
      const ended = await Promise.race([
        server.queue({ kind: "probe", source: server.addSource("text", text) }),
        exit,
      ]);
      expect(ended).toMatchObject({ kind: "fail", failure: { code: "unreadable" } });
      child.kill("SIGTERM");
      expect(await exit).toBe(0);
    } finally {
      await server.close();
      await rm(app, { recursive: true, force: true });
    }
  },
);
