// A task as it leaves for its runner: every key of its order becomes a URL that lets this attempt do one thing.
import { grantLifetimeMs, signGrant } from "./object-url.ts";
import type { Task } from "./contract.ts";
import type { SourceRef, TaskOrder, UploadRef, WorkOrder } from "./work-order.ts";

export interface Signing {
  readonly secret: string;
  /** Where the runner reached us. */
  readonly origin: string;
  readonly nowMs: number;
}

export async function signTask(order: TaskOrder, signing: Signing): Promise<Task> {
  return { ...order, work: await signWork(order, signing) };
}

async function signWork(order: TaskOrder, signing: Signing): Promise<Task["work"]> {
  const work: WorkOrder = order.work;
  const upload = (ref: UploadRef) => signUpload(order, ref, signing);
  const source = await signSource(work.source, signing);
  switch (work.kind) {
    case "probe":
      return { ...work, source };
    case "video": {
      const rungs = work.rungs.map(async (rung) => ({ ...rung, upload: await upload(rung.upload) }));
      return { ...work, source, rungs: await Promise.all(rungs) };
    }
    case "audio": {
      const chunks = work.chunks.map(async (chunk) => ({ ...chunk, upload: await upload(chunk.upload) }));
      return { ...work, source, chunks: await Promise.all(chunks) };
    }
    case "images":
      return {
        ...work,
        source,
        poster: { ...work.poster, upload: await upload(work.poster.upload) },
        thumbnails: { ...work.thumbnails, upload: await upload(work.thumbnails.upload) },
      };
  }
}

async function signSource({ key, sizeBytes }: SourceRef, { secret, origin, nowMs }: Signing) {
  const expiresMs = nowMs + grantLifetimeMs;
  const token = await signGrant(secret, { method: "GET", key, sizeBytes, expiresMs });
  return { url: objectUrl(origin, token), sizeBytes };
}

async function signUpload(
  { id: taskId, attempt }: TaskOrder,
  { key, maxBytes }: UploadRef,
  { secret, origin, nowMs }: Signing,
) {
  const expiresMs = nowMs + grantLifetimeMs;
  const token = await signGrant(secret, { method: "PUT", key, maxBytes, expiresMs, taskId, attempt });
  return { url: objectUrl(origin, token), maxBytes };
}

const objectUrl = (origin: string, token: string) => `${origin}/internal/v1/objects/${token}`;
