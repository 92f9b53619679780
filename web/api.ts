// The API for our own pages: the client that others use too, whose refusals are values here. Its types are the Worker's
// own contracts.
import type { ProblemCode } from "#workers/http/problem.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Upload } from "#workers/uploads/contract.ts";
import type { Video } from "#workers/videos/contract.ts";
import { createClient, SluiceError, type SluiceClient } from "./client/client.ts";

export type { Video };

export interface Refusal {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly code: ProblemCode | null;
  /** What the server said of it, in words. */
  readonly detail?: string;
}

/** What tells the API who asks: headers of every request. */
export type Credential = Readonly<Record<string, string>>;

export const byKey = (key: string): Credential => ({ Authorization: `Bearer ${key}` });

/** The browser adds the cookie, which no script sees. */
export const bySession: Credential = { "X-Sluice-Csrf": "1" };

/** Where tus uploads are created. */
export const tusEndpoint = (origin: string): string => `${origin}/v1/uploads/tus`;

export function watchPath(playbackId: string): string {
  return `/watch/${encodeURIComponent(playbackId)}`;
}

export class Api {
  readonly #credential: Credential;
  readonly #onRefused: (() => void) | null;
  readonly #client: SluiceClient;

  /** `onRefused`: the credential is not good any more. */
  constructor(credential: Credential, onRefused: (() => void) | null = null) {
    this.#credential = credential;
    this.#onRefused = onRefused;
    this.#client = createClient({ headers: credential });
  }

  listVideos(limit: number): Promise<Result<readonly Video[], Refusal>> {
    return this.#told(async () => (await this.#client.listVideos({ query: { limit } })).data);
  }

  getVideo(videoId: string, signal?: AbortSignal): Promise<Result<Video, Refusal>> {
    return this.#told(() => this.#client.getVideo({ videoId, signal }));
  }

  getUpload(uploadId: string, signal?: AbortSignal): Promise<Result<Upload, Refusal>> {
    return this.#told(() => this.#client.getUpload({ uploadId, signal }));
  }

  /** With which a socket is opened within a minute. */
  getEventTicket(videoId: string | null, signal: AbortSignal): Promise<Result<string, Refusal>> {
    const body = videoId === null ? {} : { videoId };
    return this.#told(async () => (await this.#client.createEventTicket({ body, signal })).ticket);
  }

  get<T>(path: string, signal: AbortSignal | null = null): Promise<Result<T, Refusal>> {
    return this.#ask(path, { signal });
  }

  /** `null` where the answer has no body. */
  send<T>(
    method: "POST" | "PATCH" | "PUT" | "DELETE",
    path: string,
    json?: unknown,
    signal: AbortSignal | null = null,
  ): Promise<Result<T, Refusal>> {
    if (json === undefined) return this.#ask(path, { method, signal });
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method, signal, headers, body: JSON.stringify(json) });
  }

  /** A file as the body itself. */
  put<T>(path: string, file: Blob, type: string): Promise<Result<T, Refusal>> {
    return this.#ask(path, { method: "PUT", headers: { "Content-Type": type }, body: file });
  }

  /** A text, by the same credential: a caption, a manifest that is explained. */
  async getText(url: string, signal: AbortSignal | null = null): Promise<Result<string, Refusal>> {
    try {
      const answer = await fetch(url, { signal, headers: { ...this.#credential } });
      const body = await answer.text();
      return answer.ok ? ok(body) : refuse({ status: answer.status, ...problemIn(body) });
    } catch {
      return refuse({ status: 0, code: null });
    }
  }

  /** What the client throws is a value here: a page shows it. */
  async #told<T>(call: () => Promise<T>): Promise<Result<T, Refusal>> {
    try {
      return ok(await call());
    } catch (error) {
      if (!(error instanceof SluiceError)) return refuse({ status: 0, code: null });
      if (error.status === 401) this.#onRefused?.();
      // The Worker's own codes: same origin, same release.
      const code = error.code as ProblemCode | null;
      return refuse({ status: error.status, code, detail: error.message });
    }
  }

  async #ask<T>(path: string, init: RequestInit): Promise<Result<T, Refusal>> {
    try {
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(this.#credential)) headers.set(name, value);
      headers.set("Accept", "application/json");
      const answer = await fetch(path, { ...init, headers });
      const body = await answer.text();
      if (answer.status === 401) this.#onRefused?.();
      if (!answer.ok) return refuse({ status: answer.status, ...problemIn(body) });
      // Same origin, same release: the Worker's own contract tests vouch for the shape.
      return ok((body === "" ? null : JSON.parse(body)) as T);
    } catch {
      return refuse({ status: 0, code: null });
    }
  }
}

interface ProblemSaid {
  readonly code: ProblemCode | null;
  readonly detail?: string;
}

/** What an RFC 9457 body says; nothing of anything else. */
function problemIn(body: string): ProblemSaid {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return { code: null };
    const code = "code" in parsed && typeof parsed.code === "string" ? (parsed.code as ProblemCode) : null;
    const said = [
      "detail" in parsed ? parsed.detail : null,
      ...("errors" in parsed && Array.isArray(parsed.errors) ? parsed.errors.map(faultOf) : []),
    ].filter((text) => typeof text === "string" && text !== "");
    return said.length === 0 ? { code } : { code, detail: said.join("; ") };
  } catch {
    return { code: null };
  }
}

function faultOf(fault: unknown): string {
  if (typeof fault !== "object" || fault === null) return "";
  const { pointer, detail } = fault as Readonly<Record<string, unknown>>;
  return `${String(pointer).replace(/^#\//, "")}: ${String(detail)}`;
}

/** The `code` of an RFC 9457 body, or null for anything else. */
export function problemCodeOf(body: string): ProblemCode | null {
  return problemIn(body).code;
}
