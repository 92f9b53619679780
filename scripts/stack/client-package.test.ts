// The client as a project of somebody else has it: installed, run by plain Node, and type-checked without its source.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildClient } from "./client-package.ts";
import { run } from "./bundle.ts";

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const asked: Asked[] = [];
let server: Server;
let project: string;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "sluice-client-"));
  const installed = join(project, "node_modules/sluice");
  mkdirSync(installed, { recursive: true });
  await buildClient(installed);
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body });
      if (method === "POST") {
        response.writeHead(201, { "Content-Type": "application/json" }).end('{"id":"vid_1","title":"Film"}');
        return;
      }
      const problem = {
        ...{
          type: "about:blank",
          title: "Not found",
          status: 404,
          code: "notFound",
          detail: "No such video.",
        },
        requestId: "r-1",
      };
      response.writeHead(404, { "Content-Type": "application/problem+json" }).end(JSON.stringify(problem));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(project, { recursive: true, force: true });
});

describe("the built client", () => {
  it("is called by a plain script, and reads what is refused", async () => {
    const script = join(project, "script.mjs");
    const source = `
      import { createClient, SluiceError } from "sluice/client";
      const sluice = createClient({ url: process.argv[2], apiKey: "sluice_k_s" });
      const { id } = await sluice.createVideo({ body: { title: "Film" }, idempotencyKey: "once-1" });
      const error = await sluice.getVideo({ videoId: "vid 2" }).catch((thrown) => thrown);
      const { status, code, message, requestId } = error;
      console.log(JSON.stringify({ id, known: error instanceof SluiceError, status, code, message, requestId }));
    `;
    writeFileSync(script, source);
    // Own server: it listens on TCP.
    const { port } = server.address() as AddressInfo;
    const output = await run(process.execPath, [script, `http://127.0.0.1:${port}/`], project);
    expect(JSON.parse(output)).toEqual({
      ...{ id: "vid_1", known: true, status: 404, code: "notFound", message: "No such video." },
      requestId: "r-1",
    });
    expect(
      asked.map(({ method, url, headers, body }) => [
        ...[method, url, body],
        ...[headers.authorization, headers["idempotency-key"]],
      ]),
    ).toEqual([
      ["POST", "/v1/videos", '{"title":"Film"}', "Bearer sluice_k_s", "once-1"],
      ["GET", "/v1/videos/vid%202", "", "Bearer sluice_k_s", undefined],
    ]);
  });

  it.each([
    ["bundler", "esnext"],
    ["nodenext", "nodenext"],
  ])("has types that hold under moduleResolution %s", async (moduleResolution, module) => {
    const source = `
      import { createClient, type SluiceClient, type Video } from "sluice/client";
      const sluice: SluiceClient = createClient({ url: "https://video.example" });
      const video: Video = await sluice.getVideo({ videoId: "vid_1" });
      export const title: string = video.title;
      // @ts-expect-error a title is a text
      await sluice.createVideo({ body: { title: 7 } });
      // @ts-expect-error a video has an id
      await sluice.getVideo({});
    `;
    const path = join(project, "consumer.mts");
    writeFileSync(path, source);
    const options = ["--strict", "--noEmit", "--lib", "es2022,dom", "--types", "", "--target", "es2022"];
    const args = ["--ignoreConfig", ...options, "--module", module, "--moduleResolution", moduleResolution];
    await run("tsc", [...args, path], project);
  });
});
