// The example of docs/webhooks.md, as it stands there, against what is sent.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { plainHeaders, signatureHeader } from "./sign.ts";

const root = join(import.meta.dirname, "../..");
let example: ChildProcess | null = null;
let folder = "";

afterEach(() => {
  example?.kill();
  rmSync(folder, { recursive: true, force: true });
});

it("the example of docs/webhooks.md takes what is sent, and nothing else", async () => {
  const page = readFileSync(join(root, "docs/webhooks.md"), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  // Inside the project, so that it finds the library.
  folder = mkdtempSync(join(root, "node_modules/.webhook-example-"));
  writeFileSync(
    join(folder, "example.mjs"),
    `${code}\nserver.on("listening", () => console.log("listening"));\n`,
  );
  const port = await freePort();
  const secret = new Uint8Array(32).fill(7);
  example = spawn(process.execPath, [join(folder, "example.mjs")], {
    env: {
      PATH: process.env["PATH"],
      PORT: String(port),
      SLUICE_WEBHOOK_SECRET: `whsec_${Buffer.from(secret).toString("base64")}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { stdout } = example;
  if (stdout === null) throw new Error("no output");
  let said = "";
  stdout.on("data", (data: Buffer) => (said += data.toString()));
  await once(stdout, "data");

  const body = JSON.stringify({ id: "evt_1", type: "video.ready", data: { id: "vid_ü" } });
  const atMs = Date.now();
  const signature = await signatureHeader({ eventId: "evt_1", body, atMs }, [secret]);
  const send = async (sent: string, headers: object) => {
    const all = { ...plainHeaders("evt_1", atMs), "webhook-signature": signature, ...headers };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: all, body: sent })).status;
  };
  expect(await send(body, {})).toBe(204);
  expect(await send(body.replace("ready", "failed"), {})).toBe(400);
  expect(await send(body, { "webhook-id": "evt_2" })).toBe(400);
  const old = { "webhook-timestamp": String(Math.floor(atMs / 1000) - 3_600) };
  expect(await send(body, old)).toBe(400);
  expect(said).toContain("video.ready vid_ü\n");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
