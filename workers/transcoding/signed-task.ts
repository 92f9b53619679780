// A task as it leaves for its runner: every key of its order becomes a URL that lets this attempt do one thing for an
// hour, and a renewal by which its runner asks for another.
import { work as workSchema, type Task, type UrlReply } from "./contract.ts";
import { signGrant, signLease, signRenewal, urlSeconds, type ObjectName } from "./object-url.ts";
import type { BucketEndpoint } from "#workers/storage/bucket-endpoint.ts";
import {
  directReadSeconds,
  directWriteSeconds,
  presignCreate,
  presignRead,
} from "#workers/storage/presign.ts";
import type { SourceRef, TaskOrder, UploadRef } from "./work-order.ts";

export interface Signing {
  readonly secret: string;
  /** Where the runner reached us. */
  readonly origin: string;
  readonly nowMs: number;
  /** Of the runner token that claimed; null for the fleet's own. */
  readonly tokenId: string | null;
  /** Where bytes go past the Worker. */
  readonly bucket: BucketEndpoint | null;
}

export async function signTask(order: TaskOrder, signing: Signing): Promise<Task> {
  const { tokenId, secret } = signing;
  const lease =
    tokenId === null
      ? {}
      : { lease: await signLease(secret, { taskId: order.id, attempt: order.attempt, tokenId }) };
  const work = await signWork(order, signing);
  return { ...order, urlSeconds, direct: signing.bucket !== null, ...lease, work };
}

/** A URL for what a renewal names; with a length, one that leads straight to the bucket where there is one. */
export async function signAgain(
  name: ObjectName,
  sizeBytes: number | null,
  signing: Signing,
): Promise<UrlReply> {
  const { bucket } = signing;
  if (bucket !== null && name.method === "GET") {
    return { url: await presignRead(bucket, name.key), urlSeconds: directReadSeconds };
  }
  if (bucket !== null && sizeBytes !== null) {
    return { url: await presignCreate(bucket, name.key, sizeBytes), urlSeconds: directWriteSeconds };
  }
  return { url: await ownUrl(name, signing), urlSeconds };
}

/** The contract's own check says whether a key was left that no URL took the place of. */
async function signWork(order: TaskOrder, signing: Signing): Promise<Task["work"]> {
  const source = await signSource(order, order.work.source, signing);
  return workSchema.parse(
    await withUrls({ ...order.work, source }, (ref) => signUpload(order, ref, signing)),
  );
}

/** Whatever its kind: wherever the order says `upload`, a key becomes a URL. */
async function withUrls(value: unknown, sign: (ref: UploadRef) => Promise<object>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((inner: unknown) => withUrls(inner, sign)));
  if (typeof value !== "object" || value === null) return value;
  const signed = Object.entries(value).map(async ([name, inner]: [string, unknown]) => [
    name,
    isUpload(name, inner) ? await sign(inner) : await withUrls(inner, sign),
  ]);
  return Object.fromEntries(await Promise.all(signed));
}

function isUpload(name: string, value: unknown): value is UploadRef {
  return name === "upload" && typeof value === "object" && value !== null && "key" in value;
}

async function signSource(order: TaskOrder, { key, ...ref }: SourceRef, signing: Signing) {
  const name: ObjectName = { ...fence(order, signing), method: "GET", key, sizeBytes: ref.sizeBytes };
  const { url } = await signAgain(name, null, signing);
  return { ...ref, url, renewal: await signRenewal(signing.secret, name) };
}

/** Of the Worker, whatever is configured: the length is not known yet. */
async function signUpload(order: TaskOrder, { key, maxBytes }: UploadRef, signing: Signing) {
  const name: ObjectName = { ...fence(order, signing), method: "PUT", key, maxBytes };
  return { url: await ownUrl(name, signing), maxBytes, renewal: await signRenewal(signing.secret, name) };
}

function fence({ id: taskId, attempt }: TaskOrder, { tokenId }: Signing) {
  return tokenId === null ? { taskId, attempt } : { taskId, attempt, tokenId };
}

async function ownUrl(name: ObjectName, { secret, origin, nowMs }: Signing): Promise<string> {
  const token = await signGrant(secret, { ...name, expiresMs: nowMs + urlSeconds * 1000 });
  return `${origin}/internal/v1/objects/${token}`;
}
