// The runner's side of the protocol in workers/transcoding/contract.ts.
import {
  claimRequest,
  heartbeatReply,
  leaseHeader,
  protocolHeader,
  protocolVersion,
  task as taskSchema,
  urlReply,
  type ChunkReport,
  type ClaimRequest,
  type Completion,
  type Failure,
  type Task,
  type UrlReply,
} from "#workers/transcoding/contract.ts";
import { request } from "./http.ts";

/** No retry will help until someone changes something: another version, another token. */
export class FatalRefusal extends Error {
  override readonly name = "FatalRefusal";
  readonly of: "token" | "protocol";

  constructor(of: FatalRefusal["of"], message: string) {
    super(message);
    this.of = of;
  }
}

export type ReportAnswer =
  | { readonly kind: "accepted" }
  | { readonly kind: "leaseLost" }
  /** 422 and the like: the report does not fit what was asked for. */
  | { readonly kind: "refused"; readonly detail: string };

export interface SchedulerClient {
  claim(body: ClaimRequest, signal: AbortSignal): Promise<Task | null>;
  /** The claim that was held open is not heard any more. Once, and nothing is lost when it is not heard. */
  leave(runnerId: string, signal: AbortSignal): Promise<void>;
  /** The lease's new length, or null when it is lost. One attempt: the next beat is the retry. */
  heartbeat(task: Task, progress: number, signal: AbortSignal): Promise<number | null>;
  /** A new URL for what the task names; with a size, one straight to the bucket. Null when the lease is lost. */
  renewUrl(
    task: Task,
    renewal: string,
    sizeBytes: number | null,
    signal: AbortSignal,
  ): Promise<UrlReply | null>;
  reportChunk(task: Task, report: Omit<ChunkReport, "attempt">, signal: AbortSignal): Promise<ReportAnswer>;
  complete(task: Task, completion: Omit<Completion, "attempt">, signal: AbortSignal): Promise<ReportAnswer>;
  fail(task: Task, failure: Omit<Failure, "attempt">, signal: AbortSignal): Promise<ReportAnswer>;
}

const timeoutMs = 15_000;
const forever = 2 ** 31 - 1;

export function schedulerClient(origin: string, token: string): SchedulerClient {
  const post = (
    path: string,
    body: unknown,
    attempts: { signal: AbortSignal; timeoutMs: number; once?: boolean; lease?: string | undefined },
  ) =>
    request(
      `${origin}/internal/v1/tasks/${path}`,
      () => ({
        method: "POST",
        headers: {
          Authorization: `Bearer ${token}`,
          "Content-Type": "application/json",
          [protocolHeader]: String(protocolVersion),
          ...(attempts.lease === undefined ? {} : { [leaseHeader]: attempts.lease }),
        },
        body: JSON.stringify(body),
      }),
      { ...attempts, giveUpAfterMs: attempts.once === true ? 0 : forever },
    );

  const report = async (
    task: Task,
    verb: string,
    body: object,
    signal: AbortSignal,
  ): Promise<ReportAnswer> => {
    const path = `${encodeURIComponent(task.id)}/${verb}`;
    const { attempt, lease } = task;
    const response = await post(path, { ...body, attempt }, { signal, timeoutMs, lease });
    return answerOf(response);
  };

  return {
    claim: async (body, signal) => {
      const wait = { signal, timeoutMs: timeoutMs + body.waitSeconds * 1000 };
      const response = await post("claim", claimRequest.parse(body), wait);
      await throwIfFatal(response);
      if (response.status === 204) return null;
      if (!response.ok)
        throw new Error(`claim was answered ${response.status}: ${await problemText(response)}`);
      const parsed = taskSchema.safeParse(await response.json());
      // The version is the same, so one side breaks the contract.
      if (!parsed.success)
        throw new FatalRefusal("protocol", `the task does not fit the contract: ${parsed.error.message}`);
      return parsed.data;
    },
    leave: async (runnerId, signal) => {
      const response = await post("leave", { runnerId }, { signal, timeoutMs, once: true });
      await response.body?.cancel();
    },
    heartbeat: async (task, progress, signal) => {
      const path = `${encodeURIComponent(task.id)}/heartbeat`;
      const response = await post(
        path,
        { attempt: task.attempt, progress },
        { signal, timeoutMs, once: true, lease: task.lease },
      );
      if (response.ok) return heartbeatReply.parse(await response.json()).leaseSeconds;
      await throwIfFatal(response);
      return null;
    },
    renewUrl: async (task, renewal, sizeBytes, signal) => {
      const path = `${encodeURIComponent(task.id)}/urls`;
      const { attempt, lease } = task;
      const body = { attempt, renewal, ...(sizeBytes === null ? {} : { sizeBytes }) };
      const response = await post(path, body, { signal, timeoutMs, lease });
      if (response.ok) return urlReply.parse(await response.json());
      const answer = await answerOf(response);
      if (answer.kind === "refused") throw new Error(`a URL was refused: ${answer.detail}`);
      return null;
    },
    reportChunk: (task, body, signal) => report(task, "chunks", body, signal),
    complete: (task, body, signal) => report(task, "complete", body, signal),
    fail: (task, body, signal) => report(task, "fail", body, signal),
  };
}

async function answerOf(response: Response): Promise<ReportAnswer> {
  if (response.ok) {
    await response.body?.cancel();
    return { kind: "accepted" };
  }
  await throwIfFatal(response);
  // 404: the task went with its video.
  if (response.status === 409 || response.status === 404) return { kind: "leaseLost" };
  return { kind: "refused", detail: `${response.status} ${await problemText(response)}` };
}

async function throwIfFatal(response: Response): Promise<void> {
  if (response.status === 426) {
    const detail = await problemText(response);
    throw new FatalRefusal(
      "protocol",
      `this runner speaks protocol ${protocolVersion}, the Worker another: ${detail}`,
    );
  }
  if (response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    throw new FatalRefusal("token", "the Worker does not accept the runner token");
  }
}

/** RFC 9457: the code, and the detail where there is one. */
async function problemText(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== "object" || body === null) return "";
  const field = (name: string) => {
    const value: unknown = Reflect.get(body, name);
    return typeof value === "string" ? value : "";
  };
  return `${field("code")} ${field("detail")}`.trim().slice(0, 1000);
}
