// A bounded number of requests over a few connections that stay open, and what they cost the server.
import { Agent, request, type IncomingMessage } from "node:http";
import { workerCpuSeconds } from "../scripts/proof/kill.ts";

export interface LoadRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}

export interface Cost {
  readonly requestsPerSecond: number;
  /** Of workerd: the answer, HTTP, and whatever simulators run in it. */
  readonly cpuMsPerRequest: number;
}

const connections = 8;

/** Sends requests 0 … count-1, as soon as a connection is free. Throws on the first wrong answer. */
export async function measureLoad(count: number, at: (index: number) => LoadRequest): Promise<Cost> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const cpuBefore = workerCpuSeconds();
  const startedMs = performance.now();
  let next = 0;
  const client = async () => {
    while (next < count) await send(agent, at(next++));
  };
  try {
    await Promise.all(Array.from({ length: connections }, client));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    requestsPerSecond: count / seconds,
    cpuMsPerRequest: ((workerCpuSeconds() - cpuBefore) * 1000) / count,
  };
}

function send(agent: Agent, { url, method = "GET", headers = {}, status }: LoadRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (answer: IncomingMessage) => {
      if (answer.statusCode !== status) {
        reject(new Error(`${method} ${url} answered ${answer.statusCode}, not ${status}`));
      }
      answer.on("error", reject);
      answer.on("end", resolve);
      answer.resume();
    });
    sent.on("error", reject);
    sent.end();
  });
}
