// The Worker as a runner sees it: the contract over HTTP, with tasks that a test queues and objects in memory.
// Refuses what the contract refuses, and can be told to be ill.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  chunkReport,
  claimRequest,
  completion,
  failure,
  heartbeat,
  protocolHeader,
  protocolVersion,
  type ChunkReport,
  type Completion,
  type Failure,
  type Task,
  type Work,
} from "#workers/transcoding/contract.ts";

export type Ended =
  | { readonly kind: "complete"; readonly completion: Completion }
  | { readonly kind: "fail"; readonly failure: Failure };

export interface TaskServer {
  readonly origin: string;
  readonly token: string;
  readonly objects: Map<string, Buffer>;
  readonly reports: ChunkReport[];
  readonly heartbeats: number[];
  /** Every request, as `METHOD /path`. */
  readonly requests: string[];
  addSource(name: string, bytes: Buffer): { url: string; sizeBytes: number };
  uploadTo(name: string, maxBytes?: number): { url: string; maxBytes: number };
  /** Resolves when the runner has completed or failed it. */
  queue(work: Work, task?: Partial<Task>): Promise<Ended>;
  /** The next requests whose `METHOD /path` matches are answered by this instead. */
  answer(pattern: RegExp, status: number, times: number, body?: object, afterWork?: boolean): void;
  /** Every later report of any task is told so. */
  loseLeases(): void;
  close(): Promise<void>;
}

interface Rule {
  readonly pattern: RegExp;
  readonly status: number;
  readonly body: object;
  /** The request is done, but its answer is lost. */
  readonly afterWork: boolean;
  times: number;
}

export async function startTaskServer(): Promise<TaskServer> {
  const token = "a-runner-token";
  const sources = new Map<string, Buffer>();
  const objects = new Map<string, Buffer>();
  const limits = new Map<string, number>();
  const reports: ChunkReport[] = [];
  const heartbeats: number[] = [];
  const requests: string[] = [];
  const waiting: Task[] = [];
  const claims = new Set<ServerResponse>();
  const ends = new Map<string, (ended: Ended) => void>();
  const rules: Rule[] = [];
  let leasesLost = false;
  let tasks = 0;

  const json = (
    response: ServerResponse,
    status: number,
    body?: object,
    headers: Record<string, string> = {},
  ) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(body ? JSON.stringify(body) : undefined);
  };

  const onTask = (path: string, body: unknown, response: ServerResponse) => {
    if (path === "claim") {
      claimRequest.parse(body);
      const task = waiting.shift();
      if (task) return json(response, 200, task);
      // Held open, as the Worker does: whoever is answered at once with nothing waits before it asks again.
      claims.add(response);
      response.once("close", () => claims.delete(response));
      return;
    }
    if (path === "leave") return json(response, 204);
    const [id = "", verb = ""] = path.split("/");
    if (leasesLost) return json(response, 409, { code: "leaseLost" });
    switch (verb) {
      case "heartbeat":
        heartbeats.push(heartbeat.parse(body).progress);
        return json(response, 200, { leaseSeconds: 1 });
      case "chunks":
        reports.push(chunkReport.parse(body));
        return json(response, 204);
      case "complete":
        ends.get(id)?.({ kind: "complete", completion: completion.parse(body) });
        return json(response, 204);
      case "fail":
        ends.get(id)?.({ kind: "fail", failure: failure.parse(body) });
        return json(response, 204);
      default:
        return json(response, 404);
    }
  };

  const onObject = (name: string, request: IncomingMessage, body: Buffer, response: ServerResponse) => {
    if (request.method === "GET") return sendRange(sources.get(name), request, response);
    const length = Number(request.headers["content-length"] ?? Number.NaN);
    if (length !== body.length) return json(response, 400, { code: "badRequest" });
    if (length > (limits.get(name) ?? 0)) return json(response, 413, { code: "bodyTooLarge" });
    const existing = objects.get(name);
    if (existing) {
      const size = { "Sluice-Object-Size": String(existing.length) };
      return json(response, 412, { code: "objectExists" }, size);
    }
    objects.set(name, body);
    return json(response, 201);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const body = await readBody(request);
    const rule = rules.find((candidate) => candidate.times > 0 && candidate.pattern.test(line));
    if (rule) rule.times--;
    if (rule && !rule.afterWork) return json(response, rule.status, rule.body);
    const [, root, version, kind, ...rest] = (request.url ?? "").split("/");
    if (`${root}/${version}` !== "internal/v1") return json(response, 404);
    if (rule) {
      // Done in full, and then the connection breaks.
      response.end = () => response.destroy();
    }
    if (kind === "objects") return onObject(rest.join("/"), request, body, response);
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, 401);
    if (request.headers[protocolHeader.toLowerCase()] !== String(protocolVersion)) return json(response, 426);
    return onTask(rest.join("/"), JSON.parse(body.toString()), response);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      json(response, 422, { code: "unprocessable", detail: String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  const urlOf = (name: string) => `${origin}/internal/v1/objects/${name}`;

  return {
    origin,
    token,
    objects,
    reports,
    heartbeats,
    requests,
    addSource: (name, bytes) => {
      sources.set(name, bytes);
      return { url: urlOf(name), sizeBytes: bytes.length };
    },
    uploadTo: (name, maxBytes = 20_000_000) => {
      limits.set(name, maxBytes);
      return { url: urlOf(name), maxBytes };
    },
    queue: (work, task = {}) =>
      new Promise((resolve) => {
        const id = `tsk_${tasks++}`;
        ends.set(id, resolve);
        const next = { id, attempt: 1, videoId: "vid_1", version: 1, leaseSeconds: 1, work, ...task };
        const [claim] = claims;
        if (!claim) return void waiting.push(next);
        claims.delete(claim);
        json(claim, 200, next);
      }),
    answer: (pattern, status, times, body = {}, afterWork = false) =>
      void rules.push({ pattern, status, times, body, afterWork }),
    loseLeases: () => {
      leasesLost = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendRange(bytes: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (!bytes || first === undefined || last === undefined) {
    response.writeHead(bytes ? 400 : 404).end();
    return;
  }
  const part = bytes.subarray(Number(first), Number(last) + 1);
  response.writeHead(206, {
    "Content-Length": part.length,
    "Content-Range": `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`,
    ETag: '"one"',
  });
  response.end(part);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
