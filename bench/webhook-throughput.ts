// Events to endpoints that answer at once: from the first change to the last delivery, through the outbox, the queue of
// the simulator (one consumer at a time, where the platform runs many) and the log.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Stack } from "../scripts/stack/stack.ts";
import { expectStatus, withBenchStack } from "./bench-stack.ts";
import { judge, type Claim } from "./claim.ts";

const deadlineMs = 120_000;

export const webhookThroughput: Claim = {
  name: "webhook-throughput",
  run: ({ quick, rounds }) =>
    withBenchStack(async (stack) => {
      const [endpoints, videos] = quick ? [10, 10] : [20, 50];
      const sink = await startSink();
      try {
        for (let made = 0; made < endpoints; made += 1) {
          const url = `${sink.url}/${made}`;
          await post(stack, "/v1/webhooks", { url, events: ["video.created"] });
        }
        const values = [];
        for (let round = 0; round < rounds; round += 1) {
          const wanted = sink.ids.size + endpoints * videos;
          const beganAt = performance.now();
          await Promise.all(Array.from({ length: videos }, () => post(stack, "/v1/videos", {})));
          await sink.until(wanted);
          values.push((endpoints * videos * 1000) / (performance.now() - beganAt));
        }
        const note = `${videos} videos made at once, each told to ${endpoints} endpoints; each delivery signed, sent and logged; ${sink.repeated} came twice`;
        return [
          judge({
            name: "webhook-throughput",
            unit: "deliveries/s",
            values,
            aim: { of: "value", is: ">=", bound: 200 },
            note,
          }),
        ];
      } finally {
        await sink.close();
      }
    }),
};

interface Sink {
  readonly url: string;
  /** Endpoint and event of what came. */
  readonly ids: ReadonlySet<string>;
  readonly repeated: number;
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

async function startSink(): Promise<Sink> {
  const ids = new Set<string>();
  let repeated = 0;
  const server: Server = createServer((request, response) => {
    const id = `${request.url} ${request.headers["webhook-id"]?.toString()}`;
    if (ids.has(id)) repeated += 1;
    ids.add(id);
    request.resume();
    response.writeHead(204).end();
    server.emit("delivery");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    ids,
    get repeated() {
      return repeated;
    },
    async until(count) {
      const signal = AbortSignal.timeout(deadlineMs);
      while (ids.size < count) await once(server, "delivery", { signal });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function post(stack: Stack, path: string, json: object): Promise<Response> {
  const headers = { Authorization: `Bearer ${stack.apiKey}`, "Content-Type": "application/json" };
  return expectStatus(201, stack.url + path, { method: "POST", headers, body: JSON.stringify(json) });
}
