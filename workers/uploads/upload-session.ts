// The address of one upload. Every isolate that plays holds this class, so it holds nothing of uploads: upload.ts
// is loaded by the first call.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { WriteRequest } from "./decide.ts";
import type { StoredPart } from "./session-store.ts";
import type {
  CancelReply,
  DirectReply,
  ExpireReply,
  NewSession,
  Refusal,
  UploadReply,
  UploadView,
} from "./session.ts";
import type { Upload } from "./upload.ts";

export class UploadSession extends DurableObject<Env> {
  #upload: Upload | null = null;

  async #open(): Promise<Upload> {
    const { Upload } = await import("./upload.ts");
    return (this.#upload ??= new Upload(this.ctx, this.env));
  }

  async create(upload: NewSession, nowMs: number): Promise<UploadView> {
    return (await this.#open()).create(upload, nowMs);
  }

  /** The upload was never given to anyone. */
  async forget(): Promise<void> {
    await (await this.#open()).forget();
  }

  /** For those who hold the secret of the upload's URL. */
  async head(secret: string, nowMs: number, origin: string | null = null): Promise<UploadReply> {
    return (await this.#open()).head(secret, nowMs, origin);
  }

  /** For those who hold the secret and only want to know which upload it is. */
  async viewBy(secret: string): Promise<UploadView | null> {
    return (await this.#open()).viewBy(secret);
  }

  async target(secret: string, nowMs: number, origin: string | null): Promise<DirectReply> {
    return (await this.#open()).target(secret, nowMs, origin);
  }

  async complete(
    secret: string,
    parts: readonly StoredPart[],
    nowMs: number,
    origin: string | null,
  ): Promise<UploadReply> {
    return (await this.#open()).complete(secret, parts, nowMs, origin);
  }

  /** For those who hold an API key. */
  async view(): Promise<UploadView | null> {
    return (await this.#open()).view();
  }

  async write(
    secret: string,
    request: WriteRequest,
    body: ReadableStream<Uint8Array> | null,
    nowMs: number,
    origin: string | null = null,
  ): Promise<UploadReply> {
    return (await this.#open()).write(secret, request, body, nowMs, origin);
  }

  /** Also what the erasing of a video calls. Repeating it is harmless. */
  async cancel(): Promise<CancelReply> {
    return (await this.#open()).cancel();
  }

  /** For those who hold the secret. */
  async terminate(secret: string, nowMs: number, origin: string | null = null): Promise<Refusal | null> {
    return (await this.#open()).terminate(secret, nowMs, origin);
  }

  /** The sweep's question to an upload whose time seems to be over. */
  async expire(nowMs: number): Promise<ExpireReply> {
    return (await this.#open()).expire(nowMs);
  }

  async start(nowMs: number): Promise<void> {
    await (await this.#open()).start(nowMs);
  }

  override async alarm(): Promise<void> {
    await (await this.#open()).alarm();
  }
}
