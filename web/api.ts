// The one client of the JSON API. Its types are the Worker's own contracts, so they can't drift.
import type { ProblemCode } from "#workers/http/problem.ts";
import type { Upload } from "#workers/uploads/contract.ts";
import type { Video } from "#workers/videos/contract.ts";
import { ok, refuse, type Result } from "#workers/result.ts";

export type { Video };

export interface Refusal {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly code: ProblemCode | null;
}

/** Where tus uploads are created. */
export const tusEndpoint = (origin: string): string => `${origin}/v1/uploads/tus`;

export function watchPath(playbackId: string): string {
  return `/watch/${encodeURIComponent(playbackId)}`;
}

export class Api {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  async listVideos(limit: number): Promise<Result<readonly Video[], Refusal>> {
    const answer = await this.#get<{ data: readonly Video[] }>(`/v1/videos?limit=${limit}`);
    return answer.ok ? ok(answer.value.data) : answer;
  }

  getVideo(id: string, signal?: AbortSignal): Promise<Result<Video, Refusal>> {
    return this.#get(`/v1/videos/${encodeURIComponent(id)}`, signal);
  }

  getUpload(id: string, signal?: AbortSignal): Promise<Result<Upload, Refusal>> {
    return this.#get(`/v1/uploads/${encodeURIComponent(id)}`, signal);
  }

  /** With which a socket is opened within a minute. */
  async getEventTicket(videoId: string, signal: AbortSignal): Promise<Result<string, Refusal>> {
    const body = JSON.stringify({ videoId });
    const answer = await this.#ask<{ ticket: string }>("/v1/events/tickets", {
      ...{ method: "POST", body, signal },
      headers: { "Content-Type": "application/json" },
    });
    return answer.ok ? ok(answer.value.ticket) : answer;
  }

  #get<T>(path: string, signal: AbortSignal | null = null): Promise<Result<T, Refusal>> {
    return this.#ask(path, { signal });
  }

  async #ask<T>(path: string, init: RequestInit): Promise<Result<T, Refusal>> {
    try {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${this.#key}`);
      headers.set("Accept", "application/json");
      const answer = await fetch(path, { ...init, headers });
      const body = await answer.text();
      if (!answer.ok) return refuse({ status: answer.status, code: problemCodeOf(body) });
      // Same origin, same release: the Worker's own contract tests vouch for the shape.
      return ok(JSON.parse(body) as T);
    } catch {
      return refuse({ status: 0, code: null });
    }
  }
}

/** The `code` of an RFC 9457 body, or null for anything else. */
export function problemCodeOf(body: string): ProblemCode | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null || !("code" in parsed)) return null;
    return typeof parsed.code === "string" ? (parsed.code as ProblemCode) : null;
  } catch {
    return null;
  }
}
